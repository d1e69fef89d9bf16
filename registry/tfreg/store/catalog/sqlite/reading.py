"""Reads models, versions, artifacts and alias moves as values, from any connection."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from tfreg.core.digests import Digest
from tfreg.core.events import EventKind
from tfreg.core.manifests import ManifestFile
from tfreg.core.names import Alias, ModelName
from tfreg.core.records import AliasMoved, ArtifactRecord, AttachmentRecord, BlobRef, ModelRecord, VersionRecord
from tfreg.store.catalog.refusals import model_not_found, version_not_found
from tfreg.store.catalog.sqlite.encoding import read_layouts, read_manifest

_MODEL = """
SELECT name, created_at_ms, sequence,
    (SELECT coalesce(max(number), 0) FROM versions WHERE model_id = models.id AND deleted_at_ms IS NULL),
    (SELECT count(*) FROM versions WHERE model_id = models.id AND deleted_at_ms IS NULL),
    (SELECT json_group_object(alias, version) FROM aliases WHERE model_id = models.id)
FROM models
"""
VERSION_COLUMNS = """
versions.id, models.name, number, artifacts.digest, format, size_bytes, versions.created_at_ms, additions, deleted_at_ms,
    (SELECT json_group_array(alias) FROM aliases WHERE aliases.model_id = versions.model_id AND version = number),
    (SELECT json_group_object(key, value) FROM labels WHERE version_id = versions.id),
    EXISTS (SELECT 1 FROM attachments WHERE version_id = versions.id)
"""
"""What `version_of` makes a value of."""
VERSION_TABLES = "versions JOIN models ON models.id = model_id JOIN artifacts ON artifacts.id = artifact_id"
_VERSION = f"\nSELECT {VERSION_COLUMNS} FROM {VERSION_TABLES}"
_HOLDING = """
SELECT versions.id FROM versions JOIN artifacts ON artifacts.id = artifact_id WHERE digest = ?
UNION ALL SELECT version_id FROM derived JOIN artifacts ON artifacts.id = artifact_id WHERE digest = ?
"""
AFTER_ALL = "\U0010ffff"  # sorts after every text that a name can go on with

_ModelRow = tuple[str, int, int, int, int, str]
VersionRow = tuple[int, str, int, str, str, int, int, int, int | None, str, str, int]


def model_id(connection: sqlite3.Connection, name: ModelName) -> int | None:
    """The key of a model's row; None if there is none."""
    row = connection.execute("SELECT id FROM models WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else None


def model(connection: sqlite3.Connection, name: ModelName) -> ModelRecord | None:
    """A model; None if there is none."""
    row = connection.execute(f"{_MODEL} WHERE name = ?", (name,)).fetchone()
    return _model(row) if row else None


def models(connection: sqlite3.Connection, prefix: str, after: str, limit: int) -> list[ModelRecord]:
    """Models whose name starts with `prefix` and comes after `after`."""
    query = f"{_MODEL} WHERE name >= ? AND name < ? AND name > ? ORDER BY name LIMIT ?"
    rows = connection.execute(query, (prefix, prefix + AFTER_ALL, after, limit)).fetchall()
    return [_model(row) for row in rows]


def newest_version(connection: sqlite3.Connection, model: int) -> int:
    """The newest version that is not deleted; 0 if there is none."""
    query = "SELECT coalesce(max(number), 0) FROM versions WHERE model_id = ? AND deleted_at_ms IS NULL"
    return int(connection.execute(query, (model,)).fetchone()[0])


def aliases(connection: sqlite3.Connection, model: int) -> dict[Alias, int]:
    """Where a model's aliases point, sorted by alias."""
    query = "SELECT alias, version FROM aliases WHERE model_id = ? ORDER BY alias"
    return dict(connection.execute(query, (model,)).fetchall())


def version(connection: sqlite3.Connection, model: ModelName, number: int) -> VersionRecord | None:
    """A version, deleted or not."""
    row = connection.execute(f"{_VERSION} WHERE models.name = ? AND number = ?", (model, number)).fetchone()
    return version_of(connection, row) if row else None


def version_of_artifact(connection: sqlite3.Connection, model: ModelName, digest: Digest) -> VersionRecord | None:
    """The newest version, not deleted, that has the artifact, as its source or derived."""
    query = (
        f"{_VERSION} WHERE models.name = ? AND versions.id IN ({_HOLDING}) AND deleted_at_ms IS NULL ORDER BY number DESC LIMIT 1"
    )
    row = connection.execute(query, (model, digest, digest)).fetchone()
    return version_of(connection, row) if row else None


def version_of_source(connection: sqlite3.Connection, model: ModelName, digest: Digest) -> VersionRecord | None:
    """The newest version, not deleted, whose source is the artifact."""
    query = f"{_VERSION} WHERE models.name = ? AND digest = ? AND deleted_at_ms IS NULL ORDER BY number DESC LIMIT 1"
    row = connection.execute(query, (model, digest)).fetchone()
    return version_of(connection, row) if row else None


def live_version(connection: sqlite3.Connection, model: ModelName, number: int) -> tuple[int, int]:
    """Returns the keys of a model's row and of a version's that is not deleted."""
    key = model_id(connection, model)
    if key is None:
        raise model_not_found(model)
    query = "SELECT id FROM versions WHERE model_id = ? AND number = ? AND deleted_at_ms IS NULL"
    row = connection.execute(query, (key, number)).fetchone()
    if row is None:
        raise version_not_found(model, number, newest_version(connection, key))
    return key, row[0]


def existing_version(connection: sqlite3.Connection, model: ModelName, number: int) -> VersionRecord:
    """Returns a version that is known to be there."""
    found = version(connection, model, number)
    assert found is not None
    return found


def versions(connection: sqlite3.Connection, model: ModelName, before: int, limit: int, deleted: bool) -> list[VersionRecord]:
    """Versions with numbers below `before` (0: all), newest first; with `deleted` also those that can be undeleted."""
    listed = "NOT purged" if deleted else "deleted_at_ms IS NULL"
    query = f"{_VERSION} WHERE models.name = ? AND (? = 0 OR number < ?) AND {listed} ORDER BY number DESC LIMIT ?"
    rows = connection.execute(query, (model, before, before, limit)).fetchall()
    return [version_of(connection, row) for row in rows]


def artifact(connection: sqlite3.Connection, digest: Digest) -> ArtifactRecord | None:
    """An artifact; None if there is none."""
    row = connection.execute("SELECT format, manifest, layouts FROM artifacts WHERE digest = ?", (digest,)).fetchone()
    if row is None:
        return None
    format_name, manifest, layouts = row
    return ArtifactRecord(digest, format_name, read_manifest(manifest), read_layouts(layouts))


def attachments(connection: sqlite3.Connection, version: int) -> tuple[AttachmentRecord, ...]:
    """The attachments of a version by its key, in the order in which they came."""
    query = "SELECT role, path, size_bytes, digest, layout FROM attachments WHERE version_id = ? ORDER BY id"
    return tuple(
        AttachmentRecord(role, ManifestFile(path, size_bytes, digest), read_layouts(layout)[0])
        for role, path, size_bytes, digest, layout in connection.execute(query, (version,)).fetchall()
    )


def alias_moves(connection: sqlite3.Connection, model: ModelName, alias: str, before: int, limit: int) -> list[AliasMoved]:
    """Moves of an alias (empty: of all), newest first."""
    query = """
    SELECT alias, from_version, version, at_ms, events.sequence FROM events JOIN models ON models.id = model_id
    WHERE models.name = ? AND kind = ? AND (? = '' OR alias = ?) AND (? = 0 OR events.sequence < ?)
    ORDER BY events.sequence DESC LIMIT ?
    """
    rows = connection.execute(query, (model, EventKind.ALIAS_MOVED.value, alias, alias, before, before, limit)).fetchall()
    return [AliasMoved(*row) for row in rows]


def blobs(connection: sqlite3.Connection, after: str, limit: int) -> list[BlobRef]:
    """Rows of blobs after a digest, sorted."""
    query = "SELECT digest, size_bytes FROM blobs WHERE digest > ? ORDER BY digest LIMIT ?"
    return [BlobRef(*row) for row in connection.execute(query, (after, limit)).fetchall()]


def blob_sizes(connection: sqlite3.Connection, digests: Sequence[Digest]) -> dict[Digest, int]:
    """Sizes in bytes of those of the digests that have a row."""
    query = "SELECT digest, size_bytes FROM blobs WHERE digest IN (SELECT value FROM json_each(?))"
    return dict(connection.execute(query, (json_list(digests),)).fetchall())


def json_list(texts: Sequence[str]) -> str:
    """Any number of texts as one parameter, for `json_each`."""
    return json.dumps(list(texts))


def _model(row: _ModelRow) -> ModelRecord:
    name, created_at_ms, sequence, newest, count, pointing = row
    return ModelRecord(ModelName(name), newest, count, dict(sorted(json.loads(pointing).items())), created_at_ms, sequence)


def version_of(connection: sqlite3.Connection, row: VersionRow) -> VersionRecord:
    """Returns the version that a row of `VERSION_COLUMNS` tells."""
    (
        key,
        name,
        number,
        digest,
        format_name,
        size_bytes,
        created_at_ms,
        additions,
        deleted_at_ms,
        pointing,
        labels,
        has_attachments,
    ) = row
    return VersionRecord(
        model=ModelName(name),
        number=number,
        artifact_digest=Digest(digest),
        format=format_name,
        size_bytes=size_bytes,
        created_at_ms=created_at_ms,
        additions=additions,
        aliases=tuple(sorted(json.loads(pointing))),
        attachments=attachments(connection, key) if has_attachments else (),
        labels=dict(sorted(json.loads(labels).items())),
        deleted_at_ms=deleted_at_ms,
    )
