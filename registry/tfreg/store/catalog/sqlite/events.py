"""Writes and reads events. An event's number becomes its model's sequence number in the same transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tfreg.core.events import Event, EventGroup, EventKind, Watched
from tfreg.core.names import ModelName
from tfreg.core.records import AliasMove
from tfreg.store.catalog.sqlite.reading import AFTER_ALL, json_list

if TYPE_CHECKING:
    from sqlite_utils import Database


NEWEST_SEQUENCE = "SELECT max(sequence) FROM events"
# The plus keeps SQLite from an index of models: nearly always the question is about the last few events.
_EVENTS = """
SELECT events.sequence, name, kind, version, at_ms, coalesce(alias, ''), coalesce(from_version, 0)
FROM events JOIN models ON models.id = +model_id WHERE events.sequence > ?
"""
_OF_SOME = " AND (name IN (SELECT value FROM json_each(?)) OR (name >= ? AND name < ?))"
_KINDS = {kind.value: kind for kind in EventKind}

_Row = tuple[int, str, str, int, int, str, int]


def read_events(connection: sqlite3.Connection, watched: Watched, after_sequence: int, limit: int) -> EventGroup:
    """Events of the models watched, oldest first, as of one moment."""
    query = _EVENTS
    names: tuple[str, ...] = ()
    if watched.models or watched.prefix:
        query += _OF_SOME
        names = (json_list(sorted(watched.models)), watched.prefix, watched.prefix + AFTER_ALL if watched.prefix else "")
    rows = connection.execute(f"{query} ORDER BY events.sequence LIMIT ?", (after_sequence, *names, limit)).fetchall()
    (newest,) = connection.execute(NEWEST_SEQUENCE).fetchone()
    events = tuple(map(_event, rows))
    return EventGroup(events[-1].sequence if len(events) == limit else newest or 0, events)


def _event(row: _Row) -> Event:
    sequence, name, kind, version, at_ms, alias, from_version = row
    return Event(sequence, ModelName(name), _KINDS.get(kind, EventKind.OTHER), version, at_ms, alias, from_version)


def record_event(database: Database, model_id: int, kind: EventKind, version: int, at_ms: int) -> None:
    """Writes an event that concerns a version."""
    _record(database, {"model_id": model_id, "kind": kind.value, "version": version, "at_ms": at_ms})


def record_alias_move(database: Database, model_id: int, move: AliasMove, from_version: int, at_ms: int) -> None:
    """Writes the event of an alias that moved; `from_version` is 0 if it was nowhere."""
    _record(
        database,
        {
            "model_id": model_id,
            "kind": EventKind.ALIAS_MOVED.value,
            "version": move.version,
            "at_ms": at_ms,
            "alias": move.alias,
            "from_version": from_version,
        },
    )


def _record(database: Database, event: Mapping[str, int | str]) -> None:
    sequence = database.table("events", pk="sequence").insert(event).last_pk
    database.table("models").update(event["model_id"], {"sequence": sequence})
