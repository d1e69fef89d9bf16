"""Finds out what the server lacks, and sends it, while more is being hashed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Self

from tfreg.client.calls import Calls
from tfreg.client.push.batches import Batch, Tally, find_missing
from tfreg.client.push.sources import Piece
from tfreg.core.digests import Digest
from tfreg.core.errors import CancelledError

BATCH_BYTES = 64 * 1024 * 1024
BATCH_BLOBS = 1024
STREAMS = 2
AHEAD = 4  # batches between hashing and sending: what is sent should still be in the page cache, where hashing left it
FOLLOWED_FILE_BYTES = 4 * 1024 * 1024
"""Files of this size are announced alone, by name, so that the server can hash them as they come."""


class Upload:
    """Takes pieces in the order of their files. Pieces are announced in batches by one thread and sent by two.

    A batch is one FindMissing and one Write stream of what is missing. A stream that breaks is repeated by the same two steps, so
    that only what did not arrive goes again. Leaving the context early gives all calls up.
    """

    def __init__(self, calls: Calls, tally: Tally) -> None:
        self._calls = calls
        self._tally = tally
        self._lock = threading.Lock()
        self._announcer = ThreadPoolExecutor(1, thread_name_prefix="tfreg-announce")
        self._senders = ThreadPoolExecutor(STREAMS, thread_name_prefix="tfreg-send")
        self._room = threading.BoundedSemaphore(AHEAD)
        self._running: list[Future[None]] = []
        self._failure: BaseException | None = None
        self._batch: list[Piece] = []
        self._batch_bytes = 0
        self._claimed: set[Digest] = set()
        self.lease_id = ""

    def add(self, piece: Piece) -> None:
        """Takes the next piece. Waits while sending is far behind.

        Raises:
            TfregError: Sending an earlier one failed.
        """
        if self._batch and _file_of(self._batch[-1]) != _file_of(piece):
            self.flush()
        self._batch.append(piece)
        self._batch_bytes += piece.length_bytes
        if self._batch_bytes >= BATCH_BYTES or len(self._batch) >= BATCH_BLOBS:
            self.flush()

    def flush(self) -> None:
        """Announces the pieces that wait for more of them."""
        if not self._batch:
            return
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        while not self._room.acquire(timeout=0.2):
            self._check()
        self._check()
        self._keep(self._announcer.submit(self._announce, batch))

    def finish(self) -> str:
        """Waits until the server has all pieces, and returns the lease that holds them.

        Raises:
            TfregError: Sending one failed.
        """
        self.flush()
        while running := self._unfinished():
            wait(running, return_when=FIRST_EXCEPTION)
            self._check()
        self._check()
        return self.lease_id

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:
            self._calls.scope.cancel()
        self._announcer.shutdown(cancel_futures=True)
        self._senders.shutdown(cancel_futures=True)
        if isinstance(error, CancelledError) and self._failure is not None:
            raise self._failure from None  # what gave the rest up is what the caller should hear of

    def _announce(self, batch: list[Piece]) -> None:
        try:
            path = _file_of(batch[0])
            self.lease_id, missing = find_missing(self._calls, self.lease_id, batch, path)
            to_send = self._claim(batch, missing)
            if to_send:
                self._keep(self._senders.submit(self._send, to_send))
                return
        except BaseException as error:
            self._fail(error)
            raise
        self._room.release()

    def _send(self, pieces: list[Piece]) -> None:
        try:
            Batch(self._calls, self.lease_id, pieces, self._tally).send()
        except BaseException as error:
            self._fail(error)
            raise
        self._room.release()

    def _claim(self, batch: Sequence[Piece], missing: set[Digest]) -> list[Piece]:
        """Returns one piece for each missing blob that no earlier batch sends already."""
        claimed: list[Piece] = []
        for piece in batch:
            if piece.digest in missing and piece.digest not in self._claimed:
                self._claimed.add(piece.digest)
                claimed.append(piece)
        return claimed

    def _keep(self, future: Future[None]) -> None:
        with self._lock:
            self._running = [running for running in self._running if not running.done()]
            self._running.append(future)

    def _unfinished(self) -> list[Future[None]]:
        with self._lock:
            return [running for running in self._running if not running.done()]

    def _fail(self, error: BaseException) -> None:
        with self._lock:
            if self._failure is None or isinstance(self._failure, CancelledError):
                self._failure = error
        self._calls.scope.cancel()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure
        self._calls.scope.check()


def _file_of(piece: Piece) -> str:
    """The path by which a piece is announced; empty for those that share a batch."""
    source = piece.source
    return source.path if source.size_bytes >= FOLLOWED_FILE_BYTES and not source.role else ""
