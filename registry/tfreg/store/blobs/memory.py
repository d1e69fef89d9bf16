"""Blobs in memory: the twin of the local store, for tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from threading import RLock
from types import TracebackType
from typing import Self

from tfreg.core.digests import Digest
from tfreg.core.errors import BlobMissingError, BlobNotFoundError
from tfreg.core.records import BlobRef
from tfreg.store.blobs.arrival import Arrival
from tfreg.store.blobs.full_disk import storage_full


class MemoryBlobStore:
    """Keeps blobs in a dictionary.

    Args:
        capacity_bytes: It is full when the blobs, finished and visible, have so many bytes.
    """

    def __init__(self, capacity_bytes: int = 2**40) -> None:
        self._capacity_bytes = capacity_bytes
        self._lock = RLock()
        self._finished: defaultdict[str, dict[Digest, bytes]] = defaultdict(dict)
        self._visible: dict[Digest, bytes] = {}

    def writer(self, lease_id: str, blob: BlobRef) -> MemoryBlobWriter:
        """Opens a place for a blob."""
        self.check_room(blob.size_bytes)
        return MemoryBlobWriter(self, lease_id, blob)

    def keep(self, lease_id: str, digest: Digest, content: bytes) -> None:
        """Keeps a finished blob for `seal`."""
        with self._lock:
            self._finished[lease_id][digest] = content

    def seal(self, lease_id: str, digests: Sequence[Digest]) -> None:
        """Makes finished blobs visible."""
        with self._lock:
            finished = self._finished[lease_id]
            missing = [digest for digest in dict.fromkeys(digests) if digest not in finished and digest not in self._visible]
            if missing:
                raise BlobMissingError(f"{len(missing)} blobs were not sent whole.", missing=", ".join(missing))
            self._visible.update((digest, finished.pop(digest)) for digest in set(digests) & finished.keys())

    def discard(self, lease_id: str) -> int:
        """Throws away what was not sealed. Returns its bytes."""
        with self._lock:
            return sum(len(content) for content in self._finished.pop(lease_id, {}).values())

    def open(self, digest: Digest) -> MemoryBlobReader:
        """Opens a blob for reading."""
        try:
            return MemoryBlobReader(self._visible[digest])
        except KeyError:
            raise BlobNotFoundError(f"There is no blob {digest}.", digest=digest) from None

    def size_bytes(self, digest: Digest) -> int | None:
        """Size of a blob; None if there is none."""
        content = self._visible.get(digest)
        return None if content is None else len(content)

    def delete(self, digests: Sequence[Digest]) -> None:
        """Takes blobs away."""
        with self._lock:
            for digest in digests:
                self._visible.pop(digest, None)

    def digests(self) -> Iterator[Digest]:
        """All blobs, sorted."""
        return iter(sorted(self._visible))

    def check_room(self, size_bytes: int) -> None:
        """Raises StorageFullError if so many bytes more pass the capacity."""
        with self._lock:
            used = sum(len(content) for blobs in (self._visible, *self._finished.values()) for content in blobs.values())
        if used + size_bytes > self._capacity_bytes:
            raise storage_full(size_bytes, self._capacity_bytes - used)

    def close(self) -> None:
        """Nothing to give up."""


class MemoryBlobWriter:
    """Takes the bytes of one blob."""

    def __init__(self, store: MemoryBlobStore, lease_id: str, blob: BlobRef) -> None:
        self._store = store
        self._lease_id = lease_id
        self._arrival = Arrival(blob)
        self._content = bytearray()

    def write(self, chunk: bytes | memoryview) -> None:
        """Appends bytes."""
        self._arrival.take(chunk)
        self._content += chunk

    def finish(self) -> None:
        """Checks the bytes and keeps them for `seal`."""
        self._arrival.check()
        self._store.keep(self._lease_id, self._arrival.blob.digest, bytes(self._content))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._content.clear()


class MemoryBlobReader:
    """Random access to the bytes of a blob."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.size_bytes = len(content)

    def read_at(self, offset: int, length: int) -> bytes:
        """Returns `length` bytes from `offset`; fewer only at the end."""
        return self._content[offset : offset + length]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        pass
