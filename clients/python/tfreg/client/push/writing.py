"""One Write stream: the missing blobs of a batch, read again from their files as they go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from tfreg.client.calls import Calls
from tfreg.client.frames import write_frame
from tfreg.client.push.hashing import still_has
from tfreg.client.push.sources import Piece, changed
from tfreg.core.errors import DigestMismatchError, SizeMismatchError
from tfreg.core.files import FileReader
from tfreg.v1.blobs_pb2 import BlobRef, WriteRequest

MESSAGE_BYTES = 1024 * 1024


class BlobMessages(Iterator[bytes]):
    """The messages of one stream. grpc draws them, in a thread of its own, no faster than the server takes them.

    An error on the way ends the stream early and is kept in `failure`: grpc would tell the caller nothing of it.
    """

    def __init__(self, lease_id: str, pieces: Sequence[Piece], on_sent: Callable[[int], None]) -> None:
        self.failure: Exception | None = None
        self._messages = self._draw(lease_id, pieces)
        self._on_sent = on_sent

    def __next__(self) -> bytes:
        try:
            return next(self._messages)
        except StopIteration:
            raise
        except Exception as error:  # of the file, or of the caller's progress callback
            self.failure = error
            raise StopIteration from None

    def _draw(self, lease_id: str, pieces: Sequence[Piece]) -> Iterator[bytes]:
        for source, of_source in groupby(pieces, key=lambda piece: piece.source):
            with source.tree.open(source.path) as reader:
                for piece in of_source:
                    yield from self._draw_piece(lease_id, piece, reader)

    def _draw_piece(self, lease_id: str, piece: Piece, reader: FileReader) -> Iterator[bytes]:
        head: WriteRequest | None = WriteRequest(
            lease_id=lease_id, blob=BlobRef(digest=piece.digest, size_bytes=piece.length_bytes)
        )
        for offset in range(0, piece.length_bytes, MESSAGE_BYTES):
            length = min(MESSAGE_BYTES, piece.length_bytes - offset)
            data = reader.read_at(piece.offset_bytes + offset, length)
            if len(data) < length:
                raise changed(piece.source.path)
            yield write_frame(head, data)
            self._on_sent(length)
            head = None


def write_blobs(calls: Calls, lease_id: str, pieces: Sequence[Piece], timeout_s: float, on_sent: Callable[[int], None]) -> None:
    """Sends blobs by one stream; they are stored when this returns.

    Raises:
        SourceChangedError: A file no longer holds what was hashed.
        TfregError: As the server answered.
    """
    messages = BlobMessages(lease_id, pieces, on_sent)
    try:
        with calls.translated_errors():
            call = calls.connection.write.future(messages, timeout=timeout_s)
            with calls.scope.watching(call):
                call.result()
    except (DigestMismatchError, SizeMismatchError):
        for piece in pieces:
            if not still_has(piece):
                raise changed(piece.source.path) from None
        raise  # the file is as it was, so the bytes were spoilt on their way
    finally:
        if messages.failure is not None:
            raise messages.failure
