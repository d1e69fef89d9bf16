"""Leases, and the rows of blobs that were sent under them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from tfreg.core.digests import Digest
from tfreg.core.records import MAX_LEASED_BLOBS, BlobRef, Lease
from tfreg.store.catalog import refusals
from tfreg.store.catalog.memory.state import HeldLease, State


def lease_blobs(
    state: State, lease_id: str, blobs: Sequence[BlobRef], expires_at_ms: int, now_ms: int
) -> tuple[Lease, list[Digest]]:
    """Takes or extends a lease, and says which blobs have no row."""
    held = check_lease(state, lease_id, now_ms) if lease_id else HeldLease(expires_at_ms)
    for blob in blobs:
        if state.blobs.get(blob.digest, blob.size_bytes) != blob.size_bytes:
            raise refusals.stored_size_differs(blob, state.blobs[blob.digest])
    digests = dict.fromkeys(blob.digest for blob in blobs)
    if len(held.digests | digests.keys()) > MAX_LEASED_BLOBS:
        raise refusals.too_much_leased(lease_id, MAX_LEASED_BLOBS)

    lease_id = lease_id or secrets.token_hex(16)
    state.leases[lease_id] = held
    held.expires_at_ms = max(held.expires_at_ms, expires_at_ms)
    held.digests.update(digests)
    return Lease(lease_id, held.expires_at_ms), [digest for digest in digests if digest not in state.blobs]


def add_blobs(state: State, lease_id: str, blobs: Sequence[BlobRef], now_ms: int) -> None:
    """Writes the rows of sealed blobs."""
    held = check_lease(state, lease_id, now_ms)
    unnamed = {blob.digest for blob in blobs} - held.digests
    if unnamed:
        raise refusals.blobs_not_leased(lease_id, sorted(unnamed))
    for blob in blobs:
        state.blobs.setdefault(blob.digest, blob.size_bytes)


def check_lease(state: State, lease_id: str, now_ms: int) -> HeldLease:
    """Returns a lease; LeaseNotFoundError if it is unknown or has expired."""
    held = state.leases.get(lease_id)
    if held is None or held.expires_at_ms <= now_ms:
        raise refusals.lease_not_found(lease_id)
    return held


def leased(state: State, now_ms: int) -> set[Digest]:
    """All that live leases name."""
    live = (held.digests for held in state.leases.values() if held.expires_at_ms > now_ms)
    return set().union(*live)


def expired_leases(state: State, now_ms: int) -> list[str]:
    """Leases that have expired, the oldest first."""
    expired = [(held.expires_at_ms, key) for key, held in state.leases.items() if held.expires_at_ms <= now_ms]
    return [key for _, key in sorted(expired)]
