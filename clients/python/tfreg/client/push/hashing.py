"""The digests of a file and of its pieces, in one pass over its bytes.

A file and its pieces are hashed by two threads (hashlib lets go of the interpreter's lock while it works on large chunks), so that
the second digest costs no time where there is a second core. A file that is one piece is hashed once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import Executor, Future

from tfreg.client.progress import Meter
from tfreg.client.push.sources import HashedFile, Piece, Source, changed, hashed
from tfreg.client.scope import Scope
from tfreg.core.digests import from_hex
from tfreg.core.files import FileReader
from tfreg.core.layouts import Span, cut

CHUNK_BYTES = 2 * 1024 * 1024
_SMALL_FILE_BYTES = 256 * 1024  # below this a thread costs more than it saves


class Hasher:
    """Hashes sources.

    Args:
        executor: Where the files' digests are computed; one thread is enough.
        scope: What gives the push up.
        meter: Counts the bytes.
    """

    def __init__(self, executor: Executor, scope: Scope, meter: Meter) -> None:
        self._executor = executor
        self._scope = scope
        self._meter = meter

    def pieces(self, source: Source) -> Iterator[Piece | HashedFile]:
        """Yields the pieces of a source in order, each as soon as it is hashed, and at last the source as a whole.

        Raises:
            SourceChangedError: The file became shorter, or was written to.
        """
        spans = list(cut(source.size_bytes, source.tensors))
        found: list[Piece] = []
        whole = hashlib.sha256()
        with source.tree.open(source.path) as reader:
            if len(spans) > 1:
                for piece in self._two_digests(source, reader, spans, whole):
                    found.append(piece)
                    yield piece
            else:
                for chunk in self._chunks(source, reader):
                    whole.update(chunk)
        source.check_unchanged()
        digest = from_hex(whole.hexdigest())
        if len(spans) == 1:
            found.append(Piece(source, digest, 0, source.size_bytes))
            yield found[0]
        yield hashed(source, found, digest)

    def _two_digests(self, source: Source, reader: FileReader, spans: list[Span], whole: hashlib._Hash) -> Iterator[Piece]:
        waiting: Future[None] | None = None
        remaining = iter(spans)
        span, position, digest = next(remaining), 0, hashlib.sha256()
        for chunk in self._chunks(source, reader):
            if waiting is not None:
                waiting.result()  # of the chunk before, so that two chunks are in memory at most
            waiting = self._update(whole, chunk, source.size_bytes)
            view, taken = memoryview(chunk), 0
            while taken < len(view):
                end = span.offset_bytes + span.length_bytes
                part = view[taken : taken + end - position]
                digest.update(part)
                taken += len(part)
                position += len(part)
                if position == end:
                    yield Piece(source, from_hex(digest.hexdigest()), span.offset_bytes, span.length_bytes)
                    span, digest = next(remaining, span), hashlib.sha256()
        if waiting is not None:
            waiting.result()

    def _update(self, whole: hashlib._Hash, chunk: bytes, size_bytes: int) -> Future[None] | None:
        if size_bytes < _SMALL_FILE_BYTES:
            whole.update(chunk)
            return None
        return self._executor.submit(whole.update, chunk)

    def _chunks(self, source: Source, reader: FileReader) -> Iterator[bytes]:
        for offset in range(0, source.size_bytes, CHUNK_BYTES):
            self._scope.check()
            length = min(CHUNK_BYTES, source.size_bytes - offset)
            chunk = reader.read_at(offset, length)
            if len(chunk) < length:
                raise changed(source.path)
            yield chunk
            self._meter.add(done_bytes=length)


def still_has(piece: Piece) -> bool:
    """True if the file still holds the bytes of a piece."""
    digest = hashlib.sha256()
    with piece.source.tree.open(piece.source.path) as reader:
        for offset in range(piece.offset_bytes, piece.offset_bytes + piece.length_bytes, CHUNK_BYTES):
            digest.update(reader.read_at(offset, min(CHUNK_BYTES, piece.offset_bytes + piece.length_bytes - offset)))
    return from_hex(digest.hexdigest()) == piece.digest
