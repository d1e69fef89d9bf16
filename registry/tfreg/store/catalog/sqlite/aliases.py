"""Moves aliases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tfreg.core.names import ModelName
from tfreg.core.records import MAX_ALIASES, AliasMove
from tfreg.store.catalog.refusals import alias_conflict, alias_not_found, too_many_aliases, version_not_found
from tfreg.store.catalog.sqlite import reading
from tfreg.store.catalog.sqlite.events import record_alias_move

if TYPE_CHECKING:
    from sqlite_utils import Database


def move_aliases(database: Database, model: ModelName, model_id: int, moves: Iterable[AliasMove], now_ms: int) -> None:
    """Moves aliases one after the other; the transaction makes it all or none."""
    for move in moves:
        pointing = reading.aliases(database.conn, model_id)
        actual = pointing.get(move.alias, 0)
        if move.version == 0 and not actual:
            raise alias_not_found(model, move.alias, pointing)
        if move.version and not _is_live(database, model_id, move.version):
            raise version_not_found(model, move.version, reading.newest_version(database.conn, model_id))
        if move.version == actual:
            continue
        if move.expected_version not in (None, actual):
            raise alias_conflict(model, move, actual)
        if move.alias not in pointing and len(pointing) >= MAX_ALIASES:
            raise too_many_aliases(model, MAX_ALIASES)
        _point(database, model_id, move)
        record_alias_move(database, model_id, move, actual, now_ms)


def _is_live(database: Database, model_id: int, number: int) -> bool:
    query = "SELECT 1 FROM versions WHERE model_id = ? AND number = ? AND deleted_at_ms IS NULL"
    return database.conn.execute(query, (model_id, number)).fetchone() is not None


def _point(database: Database, model_id: int, move: AliasMove) -> None:
    table = database.table("aliases", pk=("model_id", "alias"))
    if move.version:
        table.upsert({"model_id": model_id, "alias": move.alias, "version": move.version})
    else:
        table.delete((model_id, move.alias))
