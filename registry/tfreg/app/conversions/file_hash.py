"""The SHA-256 of a file that is read by one thread and hashed by another, so that the disk does not wait for the processor."""

from __future__ import annotations

import hashlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor

from tfreg.core.digests import Digest, from_hex

_WAITING = 3
_SMALL_BYTES = 256 * 1024
"""Less than this is gathered first: handing a chunk over costs as much as hashing some KiB."""


class FileHash:
    """Hashes one file after the other.

    Args:
        pool: A pool of one thread, which only this uses.
    """

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._sha256 = hashlib.sha256()
        self._running: deque[Future[None]] = deque()
        self._gathered: list[bytes] = []
        self._gathered_bytes = 0

    def update(self, chunk: bytes) -> None:
        """Takes the next bytes. Waits if the thread is too far behind, so that memory stays flat."""
        self._gathered.append(chunk)
        self._gathered_bytes += len(chunk)
        if self._gathered_bytes >= _SMALL_BYTES:
            self._hand_over()

    def digest(self) -> Digest:
        """Returns the digest of what was taken, and begins the next file."""
        self._hand_over()
        while self._running:
            self._running.popleft().result()
        found, self._sha256 = self._sha256, hashlib.sha256()
        return from_hex(found.hexdigest())

    def _hand_over(self) -> None:
        if not self._gathered:
            return
        chunk = self._gathered[0] if len(self._gathered) == 1 else b"".join(self._gathered)
        self._gathered, self._gathered_bytes = [], 0
        if len(self._running) >= _WAITING:
            self._running.popleft().result()
        self._running.append(self._pool.submit(self._sha256.update, chunk))
