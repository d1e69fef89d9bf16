"""Writes events. An event's number becomes its model's sequence number in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tfreg.core.events import EventKind
from tfreg.core.records import AliasMove

if TYPE_CHECKING:
    from sqlite_utils import Database


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
