"""Derived artifacts: what versions were converted to, and whether that computes the same."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

from tfreg.app.needed_blobs import check_stored, needed_ends
from tfreg.core.digests import Digest
from tfreg.core.events import EventKind
from tfreg.core.names import ModelName
from tfreg.core.records import ArtifactRecord, VersionRecord
from tfreg.store.catalog.refusals import not_derived, too_much_derived
from tfreg.store.catalog.sqlite import reading
from tfreg.store.catalog.sqlite.commits import keep_artifact
from tfreg.store.catalog.sqlite.encoding import read_derived, write_derived
from tfreg.store.catalog.sqlite.events import record_event
from tfreg.store.catalog.sqlite.leases import check_lease, release_lease

if TYPE_CHECKING:
    from sqlite_utils import Database

    from tfreg.core.conversions.records import Derived, NewDerived
    from tfreg.core.conversions.results import Check

_OF_VERSION = """
SELECT derived FROM derived JOIN versions ON versions.id = version_id JOIN models ON models.id = model_id
WHERE models.name = ? AND number = ? ORDER BY derived.id
"""
_BY_KEY = """
SELECT derived FROM derived JOIN versions ON versions.id = version_id
WHERE key = ? ORDER BY deleted_at_ms IS NOT NULL, derived.id LIMIT 1
"""
_UNCHECKED = """
SELECT models.name, number, derived FROM derived JOIN versions ON versions.id = version_id JOIN models ON models.id = model_id
WHERE is_unchecked AND deleted_at_ms IS NULL ORDER BY derived.id LIMIT ?
"""


def commit_derived(database: Database, new: NewDerived, now_ms: int) -> tuple[VersionRecord, Derived]:
    """Adds a derived artifact to a version, unless it has one of this key."""
    model_id, version_id = reading.live_version(database.conn, new.model, new.number)
    kept = _of_key(database.conn, version_id, new.derived.key)
    if kept is None:
        _check(database.conn, new, version_id, now_ms)
        addition = _count_addition(database, version_id)
        kept = replace(new.derived, addition=addition, created_at_ms=now_ms)
        row = {
            "version_id": version_id,
            "artifact_id": keep_artifact(database, new.artifact),
            "key": kept.key,
            "is_unchecked": int(_is_pending(kept.check)),
            "derived": write_derived(kept),
        }
        database.table("derived", pk="id").insert(row)
        record_event(database, model_id, EventKind.ARTIFACT_DERIVED, new.number, now_ms)
    release_lease(database, new.lease_id)
    return reading.existing_version(database.conn, new.model, new.number), kept


def derived(connection: sqlite3.Connection, model: ModelName, number: int) -> list[Derived]:
    """The derived artifacts of a version, oldest first."""
    return [read_derived(content) for (content,) in connection.execute(_OF_VERSION, (model, number)).fetchall()]


def derived_by_key(connection: sqlite3.Connection, key: str) -> tuple[ArtifactRecord, Derived] | None:
    """One that is memoised by a key, of a version that is not deleted if there is one."""
    row = connection.execute(_BY_KEY, (key,)).fetchone()
    if row is None:
        return None
    found = read_derived(row[0])
    artifact = reading.artifact(connection, found.artifact_digest)
    assert artifact is not None
    return artifact, found


def set_check(database: Database, model: ModelName, number: int, digest: Digest, check: Check, *, now_ms: int) -> VersionRecord:
    """Keeps what a check of an artifact showed, whichever conversions of the version made it."""
    model_id, version_id = reading.live_version(database.conn, model, number)
    query = (
        "SELECT derived.id, derived FROM derived JOIN artifacts ON artifacts.id = artifact_id WHERE version_id = ? AND digest = ?"
    )
    rows = database.conn.execute(query, (version_id, digest)).fetchall()
    if not rows:
        raise not_derived(model, number, digest)
    for key, content in rows:
        checked = replace(read_derived(content), check=check)
        changed = {"derived": write_derived(checked), "is_unchecked": int(_is_pending(check))}
        database.table("derived", pk="id").update(key, changed)
    _count_addition(database, version_id)
    record_event(database, model_id, EventKind.CONVERSION_CHECKED, number, now_ms)
    return reading.existing_version(database.conn, model, number)


def unchecked(connection: sqlite3.Connection, limit: int) -> list[tuple[ModelName, int, Derived]]:
    """Those whose check is still to come, the oldest first."""
    rows = connection.execute(_UNCHECKED, (limit,)).fetchall()
    return [(ModelName(name), number, read_derived(content)) for name, number, content in rows]


def _check(connection: sqlite3.Connection, new: NewDerived, version_id: int, now_ms: int) -> None:
    if new.lease_id:
        check_lease(connection, new.lease_id, now_ms)
    needed = needed_ends(new.artifact.layouts)
    check_stored(needed, reading.blob_sizes(connection, list(needed)))
    from tfreg.core.conversions.records import MAX_DERIVED

    (count,) = connection.execute("SELECT count(*) FROM derived WHERE version_id = ?", (version_id,)).fetchone()
    if count >= MAX_DERIVED:
        raise too_much_derived(new.model, new.number, MAX_DERIVED)


def _of_key(connection: sqlite3.Connection, version_id: int, key: str) -> Derived | None:
    row = connection.execute("SELECT derived FROM derived WHERE version_id = ? AND key = ?", (version_id, key)).fetchone()
    return read_derived(row[0]) if row else None


def _count_addition(database: Database, version_id: int) -> int:
    query = "UPDATE versions SET additions = additions + 1 WHERE id = ? RETURNING additions"
    ((addition,),) = database.execute(query, (version_id,)).fetchall()
    return int(addition)


def _is_pending(check: Check) -> bool:
    from tfreg.core.conversions.records import is_pending  # most catalogs hold no conversions

    return is_pending(check)
