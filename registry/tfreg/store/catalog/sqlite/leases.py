"""Leases, and the rows of blobs that were sent under them."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tfreg.core.digests import Digest
from tfreg.core.records import MAX_LEASED_BLOBS, BlobRef, Lease
from tfreg.store.catalog.refusals import blobs_not_leased, lease_not_found, stored_size_differs, too_much_leased
from tfreg.store.catalog.sqlite.reading import blob_sizes, json_list

if TYPE_CHECKING:
    from sqlite_utils import Database

_HAS_LIVE_LEASE = """
SELECT 1 FROM lease_blobs JOIN leases ON leases.id = lease_id WHERE lease_blobs.digest = {digest} AND expires_at_ms > :now_ms
"""


def without_live_lease(digest_column: str) -> str:
    """Returns the condition that no lease which lives at `:now_ms` names the digest in a column."""
    return f"NOT EXISTS ({_HAS_LIVE_LEASE.format(digest=digest_column)})"


def lease_blobs(
    database: Database, lease_id: str, blobs: Sequence[BlobRef], expires_at_ms: int, now_ms: int
) -> tuple[Lease, list[Digest]]:
    """Takes or extends a lease, and says which blobs have no row."""
    lease = _extended(database, lease_id, expires_at_ms, now_ms) if lease_id else _taken(database, expires_at_ms)
    digests = list(dict.fromkeys(blob.digest for blob in blobs))
    _name_blobs(database, lease.id, digests)
    _check_count(database.conn, lease.id)
    sizes = blob_sizes(database.conn, digests)
    for blob in blobs:
        if sizes.get(blob.digest, blob.size_bytes) != blob.size_bytes:
            raise stored_size_differs(blob, sizes[blob.digest])
    return lease, [digest for digest in digests if digest not in sizes]


def add_blobs(database: Database, lease_id: str, blobs: Sequence[BlobRef], now_ms: int) -> None:
    """Writes the rows of sealed blobs that the lease names."""
    check_lease(database.conn, lease_id, now_ms)
    query = "SELECT value FROM json_each(?) EXCEPT SELECT digest FROM lease_blobs WHERE lease_id = ?"
    unnamed = database.conn.execute(query, (json_list([blob.digest for blob in blobs]), lease_id)).fetchall()
    if unnamed:
        raise blobs_not_leased(lease_id, sorted(digest for (digest,) in unnamed))
    rows = ({"digest": blob.digest, "size_bytes": blob.size_bytes} for blob in blobs)
    database.table("blobs").insert_all(rows, ignore=True)


def check_lease(connection: sqlite3.Connection, lease_id: str, now_ms: int) -> None:
    """Raises LeaseNotFoundError if a lease is unknown or has expired."""
    query = "SELECT 1 FROM leases WHERE id = ? AND expires_at_ms > ?"
    if connection.execute(query, (lease_id, now_ms)).fetchone() is None:
        raise lease_not_found(lease_id)


def release_lease(database: Database, lease_id: str) -> None:
    """Ends a lease; what it names goes with it."""
    database.table("leases").delete_where("id = ?", [lease_id])


def expired_leases(connection: sqlite3.Connection, now_ms: int) -> list[str]:
    """Leases that have expired, the oldest first."""
    query = "SELECT id FROM leases WHERE expires_at_ms <= ? ORDER BY expires_at_ms, id"
    return [lease_id for (lease_id,) in connection.execute(query, (now_ms,)).fetchall()]


def _taken(database: Database, expires_at_ms: int) -> Lease:
    lease = Lease(secrets.token_hex(16), expires_at_ms)
    database.table("leases", pk="id").insert({"id": lease.id, "expires_at_ms": expires_at_ms})
    return lease


def _extended(database: Database, lease_id: str, expires_at_ms: int, now_ms: int) -> Lease:
    check_lease(database.conn, lease_id, now_ms)
    query = "UPDATE leases SET expires_at_ms = max(expires_at_ms, ?) WHERE id = ? RETURNING expires_at_ms"
    ((expires_at_ms,),) = database.execute(query, (expires_at_ms, lease_id)).fetchall()
    return Lease(lease_id, expires_at_ms)


def _check_count(connection: sqlite3.Connection, lease_id: str) -> None:
    (count,) = connection.execute("SELECT count(*) FROM lease_blobs WHERE lease_id = ?", (lease_id,)).fetchone()
    if count > MAX_LEASED_BLOBS:
        raise too_much_leased(lease_id, MAX_LEASED_BLOBS)


def _name_blobs(database: Database, lease_id: str, digests: Sequence[Digest]) -> None:
    query = "INSERT OR IGNORE INTO lease_blobs (lease_id, digest) SELECT ?, value FROM json_each(?)"
    database.execute(query, (lease_id, json_list(digests)))
