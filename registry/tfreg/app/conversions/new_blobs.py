"""The new blobs of a conversion's result: written under a lease, durable all at once."""

from __future__ import annotations

from collections.abc import Iterable

from tfreg.app.stores import Stores
from tfreg.core.digests import Digest, digest_of
from tfreg.core.errors import BlobMissingError
from tfreg.core.layouts import MAX_BLOB_BYTES, BlobExtent
from tfreg.core.records import BlobRef

_INLINE_BYTES = 1 << 20
"""So many bytes of a result are kept in its layouts at most: these are read and sent as a whole."""


class NewBlobs:
    """Writes blobs of at most `MAX_BLOB_BYTES`. Many short runs of bytes share blobs: a file for each would be slow to make durable.

    Args:
        stores: Where to.
        lease_id: Keeps them until the commit.
        trusting: Leave out what is stored already. It may be collected before `seal`, which then says so.
    """

    def __init__(self, stores: Stores, lease_id: str, *, trusting: bool) -> None:
        self._stores = stores
        self._lease_id = lease_id
        self._trusting = trusting
        self._named: dict[Digest, BlobRef] = {}
        self._written: dict[Digest, BlobRef] = {}
        self._shared = bytearray()
        self._shared_digests: list[Digest] = []
        self._inline_left_bytes = _INLINE_BYTES

    def put(self, content: bytes) -> Digest:
        """Writes a blob of its own, unless it is stored.

        Raises:
            StorageFullError: The disk is full.
        """
        blob = BlobRef(digest_of(content), len(content))
        if blob.digest not in self._named:
            self._named[blob.digest] = blob
            if not (self._trusting and self._is_stored(blob)):
                self._write(blob, content)
        return blob.digest

    def take_inline(self, size_bytes: int) -> bool:
        """Whether there is room in the layouts for so many bytes more; if so they count as taken."""
        if size_bytes > self._inline_left_bytes:
            return False
        self._inline_left_bytes -= size_bytes
        return True

    def share(self, content: bytes) -> list[SharedExtent]:
        """Adds bytes to a blob that they share with others. Returns where they will be."""
        places: list[SharedExtent] = []
        rest = memoryview(content)
        while rest:
            taken = rest[: MAX_BLOB_BYTES - len(self._shared)]
            places.append(SharedExtent(self, len(self._shared_digests), len(self._shared), len(taken)))
            self._shared += taken
            rest = rest[len(taken) :]
            if len(self._shared) == MAX_BLOB_BYTES:
                self.close_shared()
        return places

    def close_shared(self) -> None:
        """Writes the blob that is shared; what comes then gets another."""
        if self._shared:
            self._shared_digests.append(self.put(bytes(self._shared)))
            self._shared = bytearray()

    def shared_digest(self, index: int) -> Digest:
        """The digest of a shared blob that was written."""
        return self._shared_digests[index]

    def seal(self, others: Iterable[BlobRef]) -> None:
        """Leases all blobs of the result, `others` that are stored too, and makes the new ones durable.

        Raises:
            BlobMissingError: One that was stored is so no longer.
            LeaseNotFoundError, StorageFullError: As named.
        """
        now_ms = self._stores.clock()
        expires_at_ms = now_ms + self._stores.limits.lease_period_s * 1000
        blobs = list({blob.digest: blob for blob in (*others, *self._named.values())}.values())
        _, missing = self._stores.catalog.lease_blobs(self._lease_id, blobs, expires_at_ms, now_ms)
        lost = [digest for digest in missing if digest not in self._written]
        if lost:
            raise BlobMissingError(f"{len(lost)} blobs were taken away, such as {lost[0]}.", hint="Ask again.", missing=lost[0])
        if self._written:
            self._stores.blobs.seal(self._lease_id, list(self._written))
            self._stores.catalog.add_blobs(self._lease_id, list(self._written.values()), now_ms)

    def _is_stored(self, blob: BlobRef) -> bool:
        return bool(
            self._stores.catalog.blob_sizes([blob.digest]) and self._stores.blobs.size_bytes(blob.digest) == blob.size_bytes
        )

    def _write(self, blob: BlobRef, content: bytes) -> None:
        with self._stores.blobs.writer(self._lease_id, blob) as writer:
            writer.write(content)
            writer.finish()
        self._written[blob.digest] = blob


class SharedExtent:
    """A run of bytes in a shared blob, whose digest is known once it is closed."""

    __slots__ = ("_blobs", "_index", "length_bytes", "offset_bytes")

    def __init__(self, blobs: NewBlobs, index: int, offset_bytes: int, length_bytes: int) -> None:
        self._blobs = blobs
        self._index = index
        self.offset_bytes = offset_bytes
        self.length_bytes = length_bytes

    def extent(self) -> BlobExtent:
        """The extent, once the blob is closed."""
        return BlobExtent(self._blobs.shared_digest(self._index), self.offset_bytes, self.length_bytes)
