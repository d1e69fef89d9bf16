"""Receiving blobs: checked as they come, made durable in groups, and only then known to the catalog."""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from tfreg.app.file_digests import FileDigests
from tfreg.app.find_missing import check_size
from tfreg.app.ports import BlobWriter
from tfreg.app.stores import Stores
from tfreg.core.errors import SizeMismatchError, StreamInvalidError, TfregError
from tfreg.core.records import BlobRef

GROUP_BYTES = 128 * 1024 * 1024
GROUP_BLOBS = 256
_log = logging.getLogger(__name__)


class Reception:
    """Takes one stream of blobs of a push. Use it as a context manager; `finish` is the stream's regular end.

    While a group of blobs is synced to the disk, the next one is received. A stream that ends otherwise leaves no part of a blob;
    the blobs that are whole by then are kept, so that the push can go on with them.

    Raises:
        LeaseNotFoundError: On entering the context: the lease is unknown or has expired.
    """

    def __init__(self, stores: Stores, file_digests: FileDigests, lease_id: str) -> None:
        self._stores = stores
        self._file_digests = file_digests
        self._lease_id = lease_id
        self._blob: BlobRef | None = None
        self._writer: BlobWriter | None = None
        self._open_bytes = 0
        self._group: list[BlobRef] = []
        self._group_bytes = 0
        self._sealing: Future[None] | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._count = 0
        self._size_bytes = 0

    def start(self, blob: BlobRef) -> None:
        """Starts a blob.

        Raises:
            StreamInvalidError: The blob before is not complete.
            BlobTooLargeError, SizeMismatchError: A blob cannot have that size.
            StorageFullError: There is no room for it.
        """
        if self._blob is not None:
            raise self._incomplete(self._blob)
        check_size(blob, self._stores.limits)
        self._writer = self._stores.blobs.writer(self._lease_id, blob).__enter__()
        self._blob, self._open_bytes = blob, blob.size_bytes

    def data(self, chunk: bytes | memoryview) -> None:
        """Takes the next bytes of the blob.

        Raises:
            StreamInvalidError: No blob was started.
            SizeMismatchError: More bytes came than were announced.
            DigestMismatchError: The blob is complete, and has another digest.
            StorageFullError: The disk is full.
        """
        if not chunk:
            return
        if self._blob is None or self._writer is None:
            raise StreamInvalidError("Bytes came before a blob was named.", hint="Name it in the message that starts it.")
        if len(chunk) > self._open_bytes:
            raise SizeMismatchError(
                f"More than the {self._blob.size_bytes} bytes of {self._blob.digest} came.", digest=self._blob.digest
            )
        self._writer.write(chunk)
        self._open_bytes -= len(chunk)
        if self._open_bytes == 0:
            self._complete(self._blob, self._writer)

    def finish(self) -> tuple[int, int]:
        """Makes the last group durable. Returns how many blobs came, and how many bytes they have.

        Raises:
            StreamInvalidError: The last blob is not complete.
            LeaseNotFoundError: The lease expired.
            StorageFullError: The disk is full.
        """
        if self._blob is not None:
            raise self._incomplete(self._blob)
        self._seal_group()
        self._await_seal()
        return self._count, self._size_bytes

    def _complete(self, blob: BlobRef, writer: BlobWriter) -> None:
        writer.finish()
        writer.__exit__(None, None, None)
        self._blob = self._writer = None
        self._group.append(blob)
        self._group_bytes += blob.size_bytes
        self._count, self._size_bytes = self._count + 1, self._size_bytes + blob.size_bytes
        if self._group_bytes >= GROUP_BYTES or len(self._group) >= GROUP_BLOBS:
            self._seal_group()

    def _seal_group(self) -> None:
        self._await_seal()
        group, self._group, self._group_bytes = self._group, [], 0
        if not group:
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="seal")
        self._sealing = self._pool.submit(self._seal, group)

    def _await_seal(self) -> None:
        sealing, self._sealing = self._sealing, None
        if sealing is not None:
            sealing.result()

    def _seal(self, group: list[BlobRef]) -> None:
        self._extend_lease()
        self._stores.blobs.seal(self._lease_id, [blob.digest for blob in group])
        self._stores.catalog.add_blobs(self._lease_id, group, self._stores.clock())
        self._file_digests.arrived(self._lease_id, group)

    def _incomplete(self, blob: BlobRef) -> StreamInvalidError:
        return StreamInvalidError(
            f"The blob {blob.digest} ended {self._open_bytes} bytes short of its {blob.size_bytes}.", digest=blob.digest
        )

    def _extend_lease(self) -> None:
        now_ms = self._stores.clock()
        self._stores.catalog.lease_blobs(self._lease_id, [], now_ms + self._stores.limits.lease_period_s * 1000, now_ms)

    def __enter__(self) -> Self:
        self._extend_lease()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if self._writer is not None:
                self._writer.__exit__(kind, error, trace)
            if kind is not None:
                self._keep_whole_blobs()
        finally:
            if self._pool is not None:
                self._pool.shutdown()

    def _keep_whole_blobs(self) -> None:
        try:
            self._seal_group()
            self._await_seal()
        except TfregError as problem:
            _log.info("Blobs of a broken stream were not kept: %s", problem)
