"""Deletes versions so that it can be taken back, and takes it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfreg.core.events import EventKind
from tfreg.core.names import ModelName
from tfreg.core.records import VersionRecord
from tfreg.store.catalog.refusals import model_not_found, version_aliased, version_not_found
from tfreg.store.catalog.sqlite import reading
from tfreg.store.catalog.sqlite.events import record_event

if TYPE_CHECKING:
    from sqlite_utils import Database


def delete_version(database: Database, model: ModelName, number: int, purge: bool, now_ms: int) -> VersionRecord:
    """Marks a version deleted, and purged if so wished."""
    model_id, version = _existing(database, model, number)
    if version.aliases:
        raise version_aliased(model, number, version.aliases)
    if version.deleted_at_ms is None:
        _mark(database, model_id, number, deleted_at_ms=now_ms)
        record_event(database, model_id, EventKind.VERSION_DELETED, number, now_ms)
    if purge:
        database.execute("UPDATE versions SET purged = 1 WHERE model_id = ? AND number = ?", (model_id, number))
    return _existing(database, model, number)[1]


def undelete_version(database: Database, model: ModelName, number: int, now_ms: int) -> VersionRecord:
    """Takes a deletion back."""
    model_id, version = _existing(database, model, number)
    query = "SELECT purged FROM versions WHERE model_id = ? AND number = ?"
    (purged,) = database.conn.execute(query, (model_id, number)).fetchone()
    if purged:
        raise version_not_found(model, number, reading.newest_version(database.conn, model_id))
    if version.deleted_at_ms is None:
        return version
    _mark(database, model_id, number, deleted_at_ms=None)
    record_event(database, model_id, EventKind.VERSION_UNDELETED, number, now_ms)
    return _existing(database, model, number)[1]


def _existing(database: Database, model: ModelName, number: int) -> tuple[int, VersionRecord]:
    model_id = reading.model_id(database.conn, model)
    if model_id is None:
        raise model_not_found(model)
    version = reading.version(database.conn, model, number)
    if version is None:
        raise version_not_found(model, number, reading.newest_version(database.conn, model_id))
    return model_id, version


def _mark(database: Database, model_id: int, number: int, deleted_at_ms: int | None) -> None:
    query = "UPDATE versions SET deleted_at_ms = ? WHERE model_id = ? AND number = ?"
    database.execute(query, (deleted_at_ms, model_id, number))
