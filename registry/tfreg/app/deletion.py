"""Deleting versions, and taking that back."""

from __future__ import annotations

import logging

from tfreg.app.collection import collect
from tfreg.app.stores import Stores
from tfreg.core.names import ModelName
from tfreg.core.records import VersionRecord

_log = logging.getLogger("tfreg.app")


def delete_version(stores: Stores, model: ModelName, number: int, *, purge: bool = False) -> VersionRecord:
    """Marks a version deleted; its bytes stay until the collection after `Limits.undelete_period_s`.

    With `purge` it goes for good, and what only it held is freed before this returns. Live leases keep what running pushes count on.

    Raises:
        ModelNotFoundError, VersionNotFoundError: As named.
        VersionAliasedError: Aliases point at it.
    """
    version = stores.catalog.delete_version(model, number, purge=purge, now_ms=stores.clock())
    if purge:
        _free(stores)
    return version


def undelete_version(stores: Stores, model: ModelName, number: int) -> VersionRecord:
    """Takes a deletion back.

    Raises:
        ModelNotFoundError, VersionNotFoundError: As named; also if it was purged.
    """
    return stores.catalog.undelete_version(model, number, stores.clock())


def _free(stores: Stores) -> None:
    """Collects. The purge itself is done by now, so a failure is no failure of it: the next collection frees the space."""
    try:
        collect(stores)
    except Exception:
        _log.exception("The collection after a purge failed; the next one goes on with it")
