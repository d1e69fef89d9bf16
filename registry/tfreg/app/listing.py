"""Listing models, versions, moves of aliases: pages of what the catalog keeps."""

from __future__ import annotations

from tfreg.app.lookup import find_model
from tfreg.app.paging import Page, PageRequest, page_of
from tfreg.app.stores import Stores
from tfreg.core.names import ModelName
from tfreg.core.records import AliasMoved, ModelRecord, VersionRecord


def list_models(stores: Stores, prefix: str, page: PageRequest) -> Page[ModelRecord]:
    """Returns models whose names start with `prefix`, sorted by name.

    Raises:
        PageTokenInvalidError: The token is of another list.
    """
    of = ("models", prefix)
    limit = page.limit(stores.limits)
    found = stores.catalog.models(prefix, page.position(of), limit + 1)
    return page_of(found, limit, of, [model.name for model in found])


def list_versions(stores: Stores, model: ModelName, page: PageRequest, *, include_deleted: bool = False) -> Page[VersionRecord]:
    """Returns versions of a model, newest first.

    Raises:
        ModelNotFoundError: There is no such model.
        PageTokenInvalidError: The token is of another list.
    """
    find_model(stores.catalog, model)
    of = ("versions", model, str(include_deleted))
    limit = page.limit(stores.limits)
    found = stores.catalog.versions(model, page.number(of), limit + 1, deleted=include_deleted)
    return page_of(found, limit, of, [str(version.number) for version in found])


def list_alias_moves(stores: Stores, model: ModelName, alias: str, page: PageRequest) -> Page[AliasMoved]:
    """Returns where the aliases of a model (one, or all if `alias` is empty) have pointed, newest first.

    Raises:
        ModelNotFoundError: There is no such model.
        PageTokenInvalidError: The token is of another list.
    """
    find_model(stores.catalog, model)
    of = ("alias_moves", model, alias)
    limit = page.limit(stores.limits)
    found = stores.catalog.alias_moves(model, alias, page.number(of), limit + 1)
    return page_of(found, limit, of, [str(move.sequence) for move in found])
