"""FindMissing: which blobs a push has to send, and the lease that keeps them until its commit."""

from __future__ import annotations

from collections.abc import Sequence

from tfreg.app.file_digests import FileDigests
from tfreg.app.stores import Stores
from tfreg.core.digests import Digest
from tfreg.core.errors import BlobTooLargeError, LimitExceededError, SizeMismatchError
from tfreg.core.records import BlobRef, Lease, Limits


def find_missing(
    stores: Stores, file_digests: FileDigests, lease_id: str, blobs: Sequence[BlobRef], file_path: str = ""
) -> tuple[Lease, list[Digest]]:
    """Takes or extends a lease on blobs.

    Args:
        stores: Where blobs are kept.
        file_digests: Is told what to expect.
        lease_id: Empty for a new lease.
        blobs: What the caller is about to refer to.
        file_path: Which file goes on with these blobs, in this order; empty: not said.

    Returns:
        The lease, and the digests among `blobs` that the store lacks, each once, in the order given. A blob whose bytes the store
        lost counts among them: sending it again is what heals it.

    Raises:
        LimitExceededError: Too many blobs at once, or in all under this lease.
        BlobTooLargeError, SizeMismatchError: A blob cannot have that size, or is stored with another.
        LeaseNotFoundError: The lease is unknown or has expired.
        StorageFullError: No room for what is missing.
    """
    _check(blobs, stores.limits)
    now_ms = stores.clock()
    expires_at_ms = now_ms + stores.limits.lease_period_s * 1000
    lease, missing = stores.catalog.lease_blobs(lease_id, blobs, expires_at_ms, now_ms)
    sizes = {blob.digest: blob.size_bytes for blob in blobs}
    without_row = set(missing)
    missing = [digest for digest in sizes if digest in without_row or stores.blobs.size_bytes(digest) != sizes[digest]]
    stores.blobs.check_room(sum(sizes[digest] for digest in missing))
    file_digests.announce(lease.id, file_path, blobs, missing)
    return lease, missing


def _check(blobs: Sequence[BlobRef], limits: Limits) -> None:
    if len(blobs) > limits.max_blobs_per_request:
        raise LimitExceededError(
            f"A request names {len(blobs)} blobs.",
            hint=f"Name at most {limits.max_blobs_per_request} at once.",
            limit=str(limits.max_blobs_per_request),
        )
    for blob in blobs:
        check_size(blob, limits)


def check_size(blob: BlobRef, limits: Limits) -> None:
    """Checks that a blob can have its size.

    Raises:
        BlobTooLargeError, SizeMismatchError: It cannot.
    """
    if blob.size_bytes > limits.max_blob_bytes:
        raise BlobTooLargeError(
            f"The blob {blob.digest} would have {blob.size_bytes} bytes.",
            hint=f"Cut files into blobs of at most {limits.max_blob_bytes} bytes.",
            digest=blob.digest,
            limit=str(limits.max_blob_bytes),
        )
    if blob.size_bytes < 1:
        raise SizeMismatchError(f"The blob {blob.digest} cannot have {blob.size_bytes} bytes.", digest=blob.digest)
