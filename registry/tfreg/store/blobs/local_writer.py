"""Writes one blob of the local store."""

from __future__ import annotations

import os
from contextlib import suppress
from types import TracebackType
from typing import Self

from tfreg.core.digests import hex_of
from tfreg.core.errors import LeaseNotFoundError
from tfreg.core.records import BlobRef
from tfreg.store.blobs.arrival import Arrival
from tfreg.store.blobs.full_disk import full_disk_told
from tfreg.store.blobs.syncing import start_writeback

_WRITEBACK_BYTES = 4 * 1024 * 1024
"""So much is written before the disk is asked to begin: large enough to be written in one go, small enough not to pile up."""


class LocalBlobWriter:
    """Takes the bytes into `<hex>.<random>.part`; `finish` makes it `<hex>`. Two streams may send the same blob.

    Args:
        lease_fd: Descriptor of the lease's folder below `incoming`, owned by the writer from now on.
        lease_id: For messages.
        blob: What was announced.
    """

    def __init__(self, lease_fd: int, lease_id: str, blob: BlobRef) -> None:
        self._lease_fd = lease_fd
        self._lease_id = lease_id
        self._name = hex_of(blob.digest)
        self._part = f"{self._name}.{os.urandom(4).hex()}.part"
        self._arrival = Arrival(blob)
        self._started_bytes = 0
        self._finished = False
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._fd = os.open(self._part, flags, 0o444, dir_fd=lease_fd)

    def write(self, chunk: bytes | memoryview) -> None:
        """Appends bytes; see `tfreg.app.ports.BlobWriter`."""
        self._arrival.take(chunk)
        rest = memoryview(chunk)
        with full_disk_told(self._lease_fd, self._arrival.blob.size_bytes):
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        if self._arrival.received_bytes - self._started_bytes >= _WRITEBACK_BYTES:
            self._start_writeback()

    def finish(self) -> None:
        """Checks the bytes and keeps them for `seal`; see `tfreg.app.ports.BlobWriter`."""
        self._arrival.check()
        self._start_writeback()
        os.fchmod(self._fd, 0o444)  # whatever the umask is
        try:
            os.rename(self._part, self._name, src_dir_fd=self._lease_fd, dst_dir_fd=self._lease_fd)
        except FileNotFoundError:
            raise LeaseNotFoundError(
                f"The lease {self._lease_id} ended while a blob was written.", hint="Push again.", lease_id=self._lease_id
            ) from None
        self._finished = True

    def _start_writeback(self) -> None:
        start_writeback(self._fd, self._started_bytes, self._arrival.received_bytes - self._started_bytes)
        self._started_bytes = self._arrival.received_bytes

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if not self._finished:
            with suppress(FileNotFoundError):
                os.unlink(self._part, dir_fd=self._lease_fd)
        os.close(self._fd)
        os.close(self._lease_fd)
