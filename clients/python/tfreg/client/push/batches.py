"""A batch of missing blobs: sent, and sent on where the stream broke."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from tfreg.client.calls import Calls
from tfreg.client.progress import Meter
from tfreg.client.push.sources import Piece
from tfreg.client.push.writing import write_blobs
from tfreg.core.digests import Digest
from tfreg.translate.blobs import missing_from_proto
from tfreg.v1.blobs_pb2 import BlobRef, FindMissingRequest

STORING_S = 2.0


class Tally:
    """What a push has sent so far. Thread-safe.

    Args:
        meter: Counts what is to be sent and what is sent, repetitions once.
    """

    def __init__(self, meter: Meter) -> None:
        self._lock = threading.Lock()
        self.meter = meter
        self.sent_bytes = 0
        self.sent_blobs = 0

    def add(self, sent_bytes: int = 0, sent_blobs: int = 0) -> None:
        """Counts what went out, repetitions too."""
        with self._lock:
            self.sent_bytes += sent_bytes
            self.sent_blobs += sent_blobs
        if sent_bytes:
            self.meter.add(done_bytes=sent_bytes)


class Batch:
    """Blobs that one stream sends."""

    def __init__(self, calls: Calls, lease_id: str, pieces: list[Piece], tally: Tally) -> None:
        self._calls = calls
        self._lease_id = lease_id
        self._waiting = pieces
        self._tally = tally
        self._tries = 0
        self._sent_bytes = 0  # by the stream under way

    def send(self) -> None:
        """Returns once the server has stored all of them.

        Raises:
            SourceChangedError: A file no longer holds what was hashed.
            TfregError: As the server answered.
        """
        self._tally.meter.add(total_bytes=_size_of(self._waiting))
        self._calls.transferring(self._attempt, self._left_bytes)

    def _left_bytes(self) -> int:
        if self._sent_bytes:  # by a stream that was given up: the server knows what came of it, once it has stored it
            self._calls.scope.pause(STORING_S)
            self._drop_arrived()
        return _size_of(self._waiting)

    def _attempt(self, timeout_s: float) -> None:
        if self._tries:
            self._drop_arrived()
        self._tries += 1
        if self._waiting:
            write_blobs(self._calls, self._lease_id, self._waiting, timeout_s, self._count)
            self._tally.add(sent_blobs=len(self._waiting))

    def _drop_arrived(self) -> None:
        _, missing = find_missing(self._calls, self._lease_id, self._waiting)
        arrived = [piece for piece in self._waiting if piece.digest not in missing]
        self._waiting = [piece for piece in self._waiting if piece.digest in missing]
        self._tally.add(sent_blobs=len(arrived))
        self._tally.meter.add(done_bytes=_size_of(arrived) - self._sent_bytes)
        self._sent_bytes = 0

    def _count(self, sent_bytes: int) -> None:
        self._sent_bytes += sent_bytes
        self._tally.add(sent_bytes=sent_bytes)


def find_missing(calls: Calls, lease_id: str, pieces: Sequence[Piece], file_path: str = "") -> tuple[str, set[Digest]]:
    """Takes or extends a lease on blobs, and returns it with those that the server lacks.

    Raises:
        LeaseNotFoundError: The lease has expired.
        StorageFullError: The server has no room for them.
    """
    request = FindMissingRequest(
        lease_id=lease_id,
        blobs=(BlobRef(digest=piece.digest, size_bytes=piece.length_bytes) for piece in pieces),
        file_path=file_path,
    )
    lease, missing = missing_from_proto(calls.unary(calls.connection.find_missing, request))
    return lease.id, set(missing)


def _size_of(pieces: Iterable[Piece]) -> int:
    return sum(piece.length_bytes for piece in pieces)
