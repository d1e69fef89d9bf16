"""Deleting versions, and taking that back."""

from __future__ import annotations

from tfreg.app.stores import Stores
from tfreg.core.names import ModelName
from tfreg.core.records import VersionRecord


def delete_version(stores: Stores, model: ModelName, number: int, *, purge: bool = False) -> VersionRecord:
    """Marks a version deleted; its bytes stay until the collection after `Limits.undelete_period_s`, or with `purge` the next one.

    Raises:
        ModelNotFoundError, VersionNotFoundError: As named.
        VersionAliasedError: Aliases point at it.
    """
    return stores.catalog.delete_version(model, number, purge=purge, now_ms=stores.clock())


def undelete_version(stores: Stores, model: ModelName, number: int) -> VersionRecord:
    """Takes a deletion back.

    Raises:
        ModelNotFoundError, VersionNotFoundError: As named; also if it was purged.
    """
    return stores.catalog.undelete_version(model, number, stores.clock())
