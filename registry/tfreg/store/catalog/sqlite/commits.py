"""Writes a version with all that belongs to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from tfreg.app.needed_blobs import blobs_of, check_stored, needed_ends
from tfreg.core.digests import Digest
from tfreg.core.events import EventKind
from tfreg.core.names import ModelName
from tfreg.core.records import ArtifactRecord, AttachmentRecord, Committed, NewVersion, VersionRecord
from tfreg.store.catalog.attachments import lacking_attachments
from tfreg.store.catalog.refusals import version_conflict
from tfreg.store.catalog.sqlite import reading
from tfreg.store.catalog.sqlite.aliases import move_aliases
from tfreg.store.catalog.sqlite.encoding import write_layouts
from tfreg.store.catalog.sqlite.events import record_event
from tfreg.store.catalog.sqlite.leases import check_lease, release_lease

if TYPE_CHECKING:
    from sqlite_utils import Database


def commit_version(database: Database, new: NewVersion, now_ms: int) -> Committed:
    """Writes a version, or adds to the one that has the same artifact."""
    found = reading.version_of_source(database.conn, new.model, new.artifact.digest)
    if new.lease_id and found is None:
        check_lease(database.conn, new.lease_id, now_ms)
    needed = needed_ends(new.layouts)
    check_stored(needed, reading.blob_sizes(database.conn, list(needed)))
    model_id = _model(database, new.model, now_ms)
    if found is None:
        number = _create(database, model_id, new, now_ms)
    else:
        number = found.number
        _add_attachments(database, model_id, found, new.attachments, now_ms)
    moves = [replace(move, version=number) for move in new.alias_moves]
    move_aliases(database, new.model, model_id, moves, now_ms)
    release_lease(database, new.lease_id)
    version = reading.version(database.conn, new.model, number)
    assert version is not None
    return Committed(version, created=found is None)


def _model(database: Database, name: ModelName, now_ms: int) -> int:
    key = reading.model_id(database.conn, name)
    if key is not None:
        return key
    row = {"name": name, "next_version": 1, "sequence": 0, "created_at_ms": now_ms}
    return int(database.table("models", pk="id").insert(row).last_pk)


def _create(database: Database, model_id: int, new: NewVersion, now_ms: int) -> int:
    newest = reading.newest_version(database.conn, model_id)
    if new.expected_newest_version not in (None, newest):
        raise version_conflict(new.model, new.expected_newest_version or 0, newest)
    query = "UPDATE models SET next_version = next_version + 1 WHERE id = ? RETURNING next_version - 1"
    ((number,),) = database.execute(query, (model_id,)).fetchall()
    row = {
        "model_id": model_id,
        "number": number,
        "artifact_id": keep_artifact(database, new.artifact),
        "created_at_ms": now_ms,
        "additions": 0,
        "purged": 0,
    }
    version_id = database.table("versions", pk="id").insert(row).last_pk
    database.table("labels").insert_all(
        {"version_id": version_id, "key": key, "value": value} for key, value in new.labels.items()
    )
    for attachment in lacking_attachments(new.model, number, (), new.attachments):
        _attach(database, version_id, attachment)
    record_event(database, model_id, EventKind.VERSION_CREATED, number, now_ms)
    return int(number)


def keep_artifact(database: Database, artifact: ArtifactRecord) -> int:
    """Returns the key of the artifact's row. One that is there keeps its layout: it leads to the same bytes."""
    row = database.conn.execute("SELECT id FROM artifacts WHERE digest = ?", (artifact.digest,)).fetchone()
    if row:
        return int(row[0])
    new_row = {
        "digest": artifact.digest,
        "format": artifact.format,
        "size_bytes": artifact.manifest.size_bytes,
        "manifest": artifact.manifest.text(),
        "layouts": write_layouts(artifact.layouts),
    }
    key = int(database.table("artifacts", pk="id").insert(new_row).last_pk)
    _hold_blobs(database, "artifact", key, blobs_of(artifact.layouts))
    return key


def _add_attachments(
    database: Database, model_id: int, version: VersionRecord, attachments: Iterable[AttachmentRecord], now_ms: int
) -> None:
    query = "SELECT id FROM versions WHERE model_id = ? AND number = ?"
    (version_id,) = database.conn.execute(query, (model_id, version.number)).fetchone()
    for attachment in lacking_attachments(version.model, version.number, version.attachments, attachments):
        _attach(database, version_id, attachment)
        database.execute("UPDATE versions SET additions = additions + 1 WHERE id = ?", (version_id,))
        record_event(database, model_id, EventKind.ATTACHMENT_ADDED, version.number, now_ms)


def _attach(database: Database, version_id: int, attachment: AttachmentRecord) -> None:
    row = {
        "version_id": version_id,
        "role": attachment.role,
        "path": attachment.file.path,
        "size_bytes": attachment.file.size_bytes,
        "digest": attachment.file.digest,
        "layout": write_layouts([attachment.layout]),
    }
    key = int(database.table("attachments", pk="id").insert(row).last_pk)
    _hold_blobs(database, "attachment", key, blobs_of((attachment.layout,)))


def _hold_blobs(database: Database, holder: str, key: int, digests: Iterable[Digest]) -> None:
    query = "SELECT id FROM blobs WHERE digest IN (SELECT value FROM json_each(?))"
    stored = database.conn.execute(query, (reading.json_list(sorted(digests)),))
    database.table(f"{holder}_blobs").insert_all({f"{holder}_id": key, "blob_id": blob_id} for (blob_id,) in stored.fetchall())
