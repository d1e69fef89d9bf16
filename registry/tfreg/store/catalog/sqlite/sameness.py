"""Keeps fingerprints, and finds versions by them."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from tfreg.core.digests import Digest
from tfreg.core.names import ModelName
from tfreg.core.records import Fingerprints, Sameness, SameVersion
from tfreg.store.catalog.sqlite.reading import VERSION_COLUMNS, VERSION_TABLES, version_of

if TYPE_CHECKING:
    from sqlite_utils import Database

_SAMENESS = (Sameness.BYTES, Sameness.MODEL, Sameness.WEIGHTS)  # the most first: SQL takes the least number
_SAME_VERSIONS = f"""
WITH own AS (SELECT model, weights FROM fingerprints WHERE digest = :digest AND fingerprint_version = :fingerprint_version),
same(digest, sameness) AS (
    SELECT :digest, 0
    UNION ALL SELECT digest, 1 FROM fingerprints
        WHERE fingerprint_version = :fingerprint_version AND model = (SELECT model FROM own) AND model <> ''
    UNION ALL SELECT digest, 2 FROM fingerprints
        WHERE fingerprint_version = :fingerprint_version AND weights = (SELECT weights FROM own) AND weights <> ''
),
held(version_id, artifact_id) AS (SELECT id, artifact_id FROM versions UNION ALL SELECT version_id, artifact_id FROM derived),
most AS (
    SELECT version_id, min(sameness) AS sameness
    FROM same JOIN artifacts ON artifacts.digest = same.digest JOIN held ON held.artifact_id = artifacts.id GROUP BY version_id
)
SELECT sameness, {VERSION_COLUMNS} FROM {VERSION_TABLES} JOIN most ON most.version_id = versions.id
WHERE deleted_at_ms IS NULL AND (models.name > :model OR (models.name = :model AND number < :number))
ORDER BY models.name, number DESC LIMIT :limit
"""  # noqa: S608 - constants of this program


def fingerprints(connection: sqlite3.Connection, digest: Digest, fingerprint_version: int) -> Fingerprints | None:
    """Those of an artifact; None if none are kept."""
    query = "SELECT model, program, weights, interface FROM fingerprints WHERE digest = ? AND fingerprint_version = ?"
    row = connection.execute(query, (digest, fingerprint_version)).fetchone()
    return Fingerprints(*row) if row else None


def keep(database: Database, digest: Digest, fingerprint_version: int, found: Fingerprints) -> None:
    """Keeps those of an artifact, in place of those that were kept before."""
    row = {
        "digest": digest,
        "fingerprint_version": fingerprint_version,
        "model": found.model,
        "program": found.program,
        "weights": found.weights,
        "interface": found.interface,
    }
    database.table("fingerprints", pk=("digest", "fingerprint_version")).upsert(row)


def without(connection: sqlite3.Connection, fingerprint_version: int, limit: int) -> list[Digest]:
    """Artifacts that have none of this version, the oldest first."""
    query = """
    SELECT digest FROM artifacts WHERE NOT EXISTS (
        SELECT 1 FROM fingerprints WHERE fingerprints.digest = artifacts.digest AND fingerprint_version = ?
    ) ORDER BY id LIMIT ?
    """
    return [Digest(digest) for (digest,) in connection.execute(query, (fingerprint_version, limit)).fetchall()]


def same_versions(
    connection: sqlite3.Connection, digest: Digest, fingerprint_version: int, after: tuple[ModelName, int] | None, limit: int
) -> list[SameVersion]:
    """Versions with an artifact, their source or a derived one, that is the same as this one in bytes, model or weights."""
    model, number = after or ("", 0)
    parameters = {
        "digest": digest,
        "fingerprint_version": fingerprint_version,
        "model": model,
        "number": number,
        "limit": limit,
    }
    rows = connection.execute(_SAME_VERSIONS, parameters).fetchall()
    return [SameVersion(version_of(connection, row[1:]), _SAMENESS[row[0]]) for row in rows]
