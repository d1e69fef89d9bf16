"""Runtimes, and their lists of ops: each list once, however many runtimes have it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from tfreg.core.digests import Digest
from tfreg.core.runtimes.profile import MAX_RUNTIMES
from tfreg.store.catalog.sqlite.encoding import compress, decompress, read_runtime, write_runtime

if TYPE_CHECKING:
    from sqlite_utils import Database

    from tfreg.core.runtimes.profile import RuntimeProfile


def keep(database: Database, profile: RuntimeProfile, op_list: bytes, now_ms: int) -> None:
    """Keeps a runtime; the one that was seen longest ago makes room for it."""
    if mark_seen(database, profile.digest, now_ms):
        return
    if profile.op_list_digest is not None:
        listed = {"digest": profile.op_list_digest, "content": compress(op_list)}
        database.table("op_lists", pk="digest").insert(listed, ignore=True)
    row: dict[str, object] = {
        "digest": profile.digest,
        "op_list_digest": profile.op_list_digest,
        "seen_at_ms": now_ms,
        "profile": write_runtime(profile),
    }
    database.table("runtimes", pk="digest").insert(row)
    query = "DELETE FROM runtimes WHERE digest IN (SELECT digest FROM runtimes ORDER BY seen_at_ms DESC, rowid DESC LIMIT -1 OFFSET ?)"
    if database.execute(query, (MAX_RUNTIMES,)).rowcount:
        _remove_lists(database)


def mark_seen(database: Database, digest: Digest, now_ms: int) -> bool:
    """Notes that somebody asked with a runtime. Returns whether there is one of this digest."""
    return bool(database.execute("UPDATE runtimes SET seen_at_ms = ? WHERE digest = ?", (now_ms, digest)).rowcount)


def find(connection: sqlite3.Connection, digest: Digest) -> tuple[RuntimeProfile, int] | None:
    """A runtime, and when it was seen; None if there is none."""
    row = connection.execute("SELECT profile, seen_at_ms FROM runtimes WHERE digest = ?", (digest,)).fetchone()
    return (read_runtime(row[0]), row[1]) if row else None


def op_list(connection: sqlite3.Connection, digest: Digest) -> bytes | None:
    """The list of ops of a digest; None if there is none."""
    row = connection.execute("SELECT content FROM op_lists WHERE digest = ?", (digest,)).fetchone()
    return decompress(row[0]) if row else None


def forget(database: Database, seen_before_ms: int) -> int:
    """Removes runtimes that nobody asked with since a time, with the lists that no other has. Returns how many."""
    count: int = database.execute("DELETE FROM runtimes WHERE seen_at_ms < ?", (seen_before_ms,)).rowcount
    if count:
        _remove_lists(database)
    return count


def _remove_lists(database: Database) -> None:
    query = """
        DELETE FROM op_lists WHERE digest NOT IN (SELECT op_list_digest FROM runtimes WHERE op_list_digest IS NOT NULL)
    """
    database.execute(query)
