"""The tables, and how a file of an older tfreg gets them.

`user_version` counts the migrations that a file has had: one number to compare, so that a file that is up to date is opened without
sqlite-utils. A migration that was released is never changed; a new one is added below it.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from tfreg.core.errors import DataFolderInvalidError

if TYPE_CHECKING:
    from sqlite_utils import Database

_FIRST_TABLES = """
CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    next_version INTEGER NOT NULL,  -- only ever grows: a number is given once
    sequence INTEGER NOT NULL,      -- that of its last event
    created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE artifacts (
    id INTEGER PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    format TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    manifest TEXT NOT NULL,  -- the lines whose SHA-256 is the digest
    layouts BLOB NOT NULL    -- see encoding.py
) STRICT;

CREATE TABLE versions (
    id INTEGER PRIMARY KEY,
    model_id INTEGER NOT NULL REFERENCES models,
    number INTEGER NOT NULL,
    artifact_id INTEGER NOT NULL REFERENCES artifacts,
    created_at_ms INTEGER NOT NULL,
    additions INTEGER NOT NULL,
    deleted_at_ms INTEGER,
    purged INTEGER NOT NULL,
    UNIQUE (model_id, number)
) STRICT;
CREATE INDEX versions_by_artifact ON versions (artifact_id);
CREATE INDEX versions_deleted ON versions (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;

CREATE TABLE labels (
    version_id INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (version_id, key)
) STRICT;

CREATE TABLE attachments (
    id INTEGER PRIMARY KEY,
    version_id INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE,
    role TEXT NOT NULL,
    path TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    digest TEXT NOT NULL,
    layout BLOB NOT NULL,
    UNIQUE (version_id, role, path)
) STRICT;

CREATE TABLE aliases (
    model_id INTEGER NOT NULL,
    alias TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (model_id, alias),
    FOREIGN KEY (model_id, version) REFERENCES versions (model_id, number)
) STRICT;
CREATE INDEX aliases_by_version ON aliases (model_id, version);

-- Numbers are given in the order of the commits, because one transaction writes at a time; AUTOINCREMENT never gives one twice.
CREATE TABLE events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    model_id INTEGER NOT NULL REFERENCES models,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,       -- 0: an alias was removed
    alias TEXT,                     -- alias_moved
    from_version INTEGER,           -- alias_moved; 0: it was nowhere
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX events_by_model ON events (model_id, sequence);

CREATE TABLE blobs (
    id INTEGER PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    size_bytes INTEGER NOT NULL
) STRICT;

CREATE TABLE artifact_blobs (
    artifact_id INTEGER NOT NULL REFERENCES artifacts ON DELETE CASCADE,
    blob_id INTEGER NOT NULL REFERENCES blobs,
    PRIMARY KEY (artifact_id, blob_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX artifact_blobs_by_blob ON artifact_blobs (blob_id);

CREATE TABLE attachment_blobs (
    attachment_id INTEGER NOT NULL REFERENCES attachments ON DELETE CASCADE,
    blob_id INTEGER NOT NULL REFERENCES blobs,
    PRIMARY KEY (attachment_id, blob_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_blobs_by_blob ON attachment_blobs (blob_id);

CREATE TABLE leases (
    id TEXT PRIMARY KEY,
    expires_at_ms INTEGER NOT NULL
) STRICT;

-- By digest, not by blob: a lease is taken on blobs that are still to come.
CREATE TABLE lease_blobs (
    lease_id TEXT NOT NULL REFERENCES leases ON DELETE CASCADE,
    digest TEXT NOT NULL,
    PRIMARY KEY (lease_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX lease_blobs_by_digest ON lease_blobs (digest);

CREATE TABLE inspections (
    digest TEXT NOT NULL,  -- of an artifact; written before the artifact is
    inspector_version INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (digest, inspector_version)
) STRICT;
"""

_COMPRESSED_INSPECTIONS = "DELETE FROM inspections"  # they were not compressed; each is made again when it is asked for

_SIGNATURES_AND_FINGERPRINTS = """
-- The journal of declared signatures; nothing is taken out of it as long as its version is there.
CREATE TABLE signature_declarations (
    version_id INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE,
    addition INTEGER NOT NULL,   -- which of the version's additions it was
    tags TEXT NOT NULL,          -- those that callers see, as a sorted JSON list
    key TEXT NOT NULL,
    declared BLOB NOT NULL,      -- see encoding.py
    withdrawn INTEGER NOT NULL,  -- 1: this entry took it back
    holds INTEGER NOT NULL,      -- 1 until another entry replaces it or takes it back
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (version_id, addition)
) STRICT;
CREATE UNIQUE INDEX signatures_that_hold ON signature_declarations (version_id, tags, key) WHERE holds;

CREATE TABLE fingerprints (
    digest TEXT NOT NULL,  -- of an artifact; written before the artifact is
    fingerprint_version INTEGER NOT NULL,
    model TEXT NOT NULL,
    program TEXT NOT NULL,
    weights TEXT NOT NULL,
    interface TEXT NOT NULL,
    PRIMARY KEY (digest, fingerprint_version)
) STRICT;
CREATE INDEX fingerprints_by_model ON fingerprints (model, fingerprint_version) WHERE model <> '';
CREATE INDEX fingerprints_by_weights ON fingerprints (weights, fingerprint_version) WHERE weights <> '';
"""

_CONVERSIONS = """
-- What a version was converted to.
CREATE TABLE derived (
    id INTEGER PRIMARY KEY,
    version_id INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE,
    artifact_id INTEGER NOT NULL REFERENCES artifacts,
    key TEXT NOT NULL,           -- what it is memoised by
    is_unchecked INTEGER NOT NULL,  -- 1: its check is still to come
    derived BLOB NOT NULL,       -- see encoding.py
    UNIQUE (version_id, key)
) STRICT;
CREATE INDEX derived_by_key ON derived (key);
CREATE INDEX derived_by_artifact ON derived (artifact_id);
CREATE INDEX derived_unchecked ON derived (id) WHERE is_unchecked;

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL,
    is_open INTEGER NOT NULL,
    alive_until_ms INTEGER NOT NULL,
    ended_at_ms INTEGER NOT NULL,
    job BLOB NOT NULL            -- see encoding.py
) STRICT;
CREATE UNIQUE INDEX jobs_open ON jobs (key) WHERE is_open;
CREATE INDEX jobs_ended ON jobs (ended_at_ms) WHERE NOT is_open;
"""

_RUNTIMES = """
-- What callers can load.
CREATE TABLE runtimes (
    digest TEXT PRIMARY KEY,
    op_list_digest TEXT,         -- NULL: it has no list
    seen_at_ms INTEGER NOT NULL, -- to a day
    profile BLOB NOT NULL        -- see encoding.py
) STRICT;
CREATE INDEX runtimes_by_seen ON runtimes (seen_at_ms);

CREATE TABLE op_lists (
    digest TEXT PRIMARY KEY,
    content BLOB NOT NULL        -- compressed
) STRICT;
"""

_MIGRATIONS = (
    ("first_tables", _FIRST_TABLES),
    ("compressed_inspections", _COMPRESSED_INSPECTIONS),
    ("signatures_and_fingerprints", _SIGNATURES_AND_FINGERPRINTS),
    ("conversions", _CONVERSIONS),
    ("runtimes", _RUNTIMES),
)
VERSION = len(_MIGRATIONS)
_OLDEST_SQLITE = (3, 37, 0)  # STRICT tables


def bring_up_to_date(connection: sqlite3.Connection, path: str) -> None:
    """Makes the tables, or those that a newer tfreg added. Nobody else prepares the file at the same time.

    Raises:
        DataFolderInvalidError: A newer tfreg wrote the file, or SQLite is too old.
    """
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        needed = ".".join(map(str, _OLDEST_SQLITE))
        raise DataFolderInvalidError(
            f"This Python's SQLite is {sqlite3.sqlite_version}; tfreg needs {needed} for its catalog.",
            hint="Use a newer Python or operating system.",
            found_version=sqlite3.sqlite_version,
        )
    found = schema_version(connection)
    if found > VERSION:
        raise _too_new(path, found)
    (journal_mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if journal_mode != "wal":
        raise DataFolderInvalidError(
            f"{path} cannot be used by several processes on this file system.", hint="Use a folder on a local disk.", path=path
        )
    if found < VERSION:
        _migrate(connection)


def schema_version(connection: sqlite3.Connection) -> int:
    """How many migrations a file has had."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _migrate(connection: sqlite3.Connection) -> None:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    migrations = Migrations("tfreg")
    for name, statements in _MIGRATIONS:
        migrations(name=name)(_Step(name, statements))
    connection.execute("BEGIN IMMEDIATE")  # Migrations alone would let two processes begin the same one
    try:
        migrations.apply(Database(connection, execute_plugins=False))
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


class _Step:
    """A migration: statements run one by one, because `executescript` would commit first."""

    def __init__(self, name: str, statements: str) -> None:
        self.__name__ = name
        self._statements = statements

    def __call__(self, database: Database, /) -> None:
        without_comments = "\n".join(line.partition("--")[0] for line in self._statements.splitlines())
        for statement in without_comments.split(";"):
            if statement.strip():
                database.execute(statement)


def _too_new(path: str, found: int) -> DataFolderInvalidError:
    return DataFolderInvalidError(
        f"{path} was written by a newer tfreg: its tables have version {found}, this tfreg knows {VERSION}.",
        hint="Upgrade tfreg.",
        path=path,
        found_version=str(found),
        known_version=str(VERSION),
    )
