"""Declares signatures, takes them back, and reads what was declared."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tfreg.core.events import EventKind
from tfreg.core.names import ModelName
from tfreg.core.records import MAX_DECLARED_SIGNATURES, DeclaredSignature, SignatureDeclaration, VersionRecord
from tfreg.store.catalog.refusals import signature_not_declared, too_many_signatures
from tfreg.store.catalog.sqlite import reading
from tfreg.store.catalog.sqlite.encoding import read_declared, write_declared
from tfreg.store.catalog.sqlite.events import record_event

if TYPE_CHECKING:
    from sqlite_utils import Database

_ONE = "version_id = ? AND tags = ? AND key = ? AND holds"
_OF_VERSION = """
signature_declarations JOIN versions ON versions.id = version_id JOIN models ON models.id = model_id
WHERE models.name = ? AND number = ?
"""


def declare(
    database: Database, model: ModelName, number: int, declared: DeclaredSignature, now_ms: int
) -> tuple[VersionRecord, bool]:
    """Adds a signature in place of the one that holds for its tags and key, if it differs."""
    model_id, version_id = reading.live_version(database.conn, model, number)
    before = _holding(database.conn, version_id, declared.seen_tags, declared.signature.key)
    changed = before != declared
    if changed:
        if before is None:
            _check_room(database.conn, model, number, version_id)
        _append(database, version_id, declared, now_ms, withdrawn=False)
        record_event(database, model_id, EventKind.SIGNATURE_DECLARED, number, now_ms)
    return reading.existing_version(database.conn, model, number), changed


def withdraw(database: Database, model: ModelName, number: int, tags: Sequence[str], key: str, *, now_ms: int) -> VersionRecord:
    """Takes back the signature that holds for these tags and this key."""
    model_id, version_id = reading.live_version(database.conn, model, number)
    declared = _holding(database.conn, version_id, tags, key)
    if declared is None:
        existing = [found.signature.key for found in holding(database.conn, model, number)]
        raise signature_not_declared(model, number, tags, key, existing)
    _append(database, version_id, declared, now_ms, withdrawn=True)
    record_event(database, model_id, EventKind.SIGNATURE_WITHDRAWN, number, now_ms)
    return reading.existing_version(database.conn, model, number)


def holding(connection: sqlite3.Connection, model: ModelName, number: int) -> list[DeclaredSignature]:
    """The signatures that hold, in the order in which they were declared."""
    query = f"SELECT declared FROM {_OF_VERSION} AND holds ORDER BY addition"  # noqa: S608 - constants of this program
    return [read_declared(content) for (content,) in connection.execute(query, (model, number)).fetchall()]


def journal(
    connection: sqlite3.Connection, model: ModelName, number: int, before_addition: int, limit: int
) -> list[SignatureDeclaration]:
    """What was declared and taken back, newest first."""
    query = f"""
    SELECT addition, declared, at_ms, withdrawn FROM {_OF_VERSION} AND (? = 0 OR addition < ?) ORDER BY addition DESC LIMIT ?
    """  # noqa: S608 - constants of this program
    rows = connection.execute(query, (model, number, before_addition, before_addition, limit)).fetchall()
    return [
        SignatureDeclaration(addition, read_declared(content), at_ms, bool(withdrawn))
        for addition, content, at_ms, withdrawn in rows
    ]


def _holding(connection: sqlite3.Connection, version_id: int, tags: Iterable[str], key: str) -> DeclaredSignature | None:
    query = f"SELECT declared FROM signature_declarations WHERE {_ONE}"  # noqa: S608 - constants of this program
    row = connection.execute(query, (version_id, _set_of(tags), key)).fetchone()
    return read_declared(row[0]) if row else None


def _check_room(connection: sqlite3.Connection, model: ModelName, number: int, version_id: int) -> None:
    query = "SELECT count(*) FROM signature_declarations WHERE version_id = ? AND holds"
    (count,) = connection.execute(query, (version_id,)).fetchone()
    if count >= MAX_DECLARED_SIGNATURES:
        raise too_many_signatures(model, number, MAX_DECLARED_SIGNATURES)


def _append(database: Database, version_id: int, declared: DeclaredSignature, now_ms: int, *, withdrawn: bool) -> None:
    """Writes the journal's next entry, after which the one before for the same tags and key no longer holds."""
    tags, key = _set_of(declared.seen_tags), declared.signature.key
    query = f"UPDATE signature_declarations SET holds = 0 WHERE {_ONE}"  # noqa: S608 - constants of this program
    database.execute(query, (version_id, tags, key))
    query = "UPDATE versions SET additions = additions + 1 WHERE id = ? RETURNING additions"
    ((addition,),) = database.execute(query, (version_id,)).fetchall()
    row = {
        "version_id": version_id,
        "addition": addition,
        "tags": tags,
        "key": key,
        "declared": write_declared(declared),
        "withdrawn": int(withdrawn),
        "holds": int(not withdrawn),
        "at_ms": now_ms,
    }
    database.table("signature_declarations").insert(row)


def _set_of(tags: Iterable[str]) -> str:
    """A tag set as a column's content: the same in whatever order its tags were named."""
    return reading.json_list(sorted(set(tags)))
