"""One file of a conversion's result: its pieces become extents, and its bytes pass by once to be hashed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tfreg.app.conversions.file_hash import FileHash
from tfreg.app.conversions.new_blobs import NewBlobs, SharedExtent
from tfreg.app.stored_tree import StoredTree, read_extent
from tfreg.app.stores import Stores
from tfreg.app.wanted import StillWanted, check_wanted
from tfreg.core.digests import Digest
from tfreg.core.layouts import MAX_BLOB_BYTES, MIN_TENSOR_BYTES, BlobExtent, Extent, InlineExtent
from tfreg.core.rewrites.pieces import CHUNK_BYTES, Inline, Piece, Slice, chunks_of

_INLINE_BYTES = 4 * 1024
"""Longest run of new bytes that is kept in the layout itself."""
_TINY_BYTES = 1024
"""A shorter slice costs less inline than as an extent of a blob that somebody has to open."""
_MANY_SLICES = 20_000
"""Of more slices in a result only those are pointed at that are tensors: its layouts have to fit into a message."""


def shortest_slice(pieces: Iterable[Piece]) -> int:
    """Returns how long a slice of a stored file has to be to be pointed at, not copied."""
    slices = sum(_is_stored(piece) and piece.length_bytes >= _TINY_BYTES for piece in pieces)
    return MIN_TENSOR_BYTES if slices > _MANY_SLICES else _TINY_BYTES


def new_bytes(pieces: Iterable[Piece], shortest_bytes: int) -> int:
    """How many bytes of a file may have to be written, at most."""
    return sum(piece.length_bytes for piece in pieces if not _is_stored(piece) or piece.length_bytes < shortest_bytes)


class FileStoring:
    """Stores one file.

    Args:
        stores: Where stored blobs are read.
        blobs: Takes new bytes.
        sha256: Hashes the file.
        known: Digests of files by what they consist of.
        shortest_bytes: See `shortest_slice`.
        still_wanted: Is asked before each chunk.
    """

    def __init__(
        self,
        stores: Stores,
        blobs: NewBlobs,
        sha256: FileHash,
        *,
        known: Mapping[tuple[Extent, ...], Digest],
        shortest_bytes: int,
        still_wanted: StillWanted,
    ) -> None:
        self._stores = stores
        self._shortest_bytes = shortest_bytes
        self._blobs = blobs
        self._sha256 = sha256
        self._known = known
        self._still_wanted = still_wanted
        self._extents: list[Extent | SharedExtent] = []
        self._run: list[bytes] = []
        self._run_bytes = 0

    def store(self, pieces: Sequence[Piece]) -> Digest:
        """Stores the pieces. Returns the file's digest."""
        whole = tuple(_stored_extents(pieces[0])) if len(pieces) == 1 else ()
        if whole and whole in self._known:
            self._extents += whole
            return self._known[whole]
        for piece in pieces:
            self._piece(piece)
        self._end_run()
        return self._sha256.digest()

    def extents(self) -> tuple[Extent, ...]:
        """The file's extents, once shared blobs are closed."""
        return tuple(extent.extent() if isinstance(extent, SharedExtent) else extent for extent in self._extents)

    def _piece(self, piece: Piece) -> None:
        if piece.length_bytes < self._shortest_bytes or isinstance(piece, Inline):
            for chunk in chunks_of((piece,)):
                self._new(chunk)
        elif _is_stored(piece):
            self._end_run()
            for extent in _stored_extents(piece):
                self._take(extent)
        elif piece.length_bytes < MIN_TENSOR_BYTES:
            self._new(b"".join(chunks_of((piece,))))  # too short for a blob of its own
        else:
            self._end_run()
            self._own_blobs(piece)

    def _new(self, content: bytes) -> None:
        self._sha256.update(content)
        self._run.append(content)
        self._run_bytes += len(content)
        if self._run_bytes > CHUNK_BYTES:
            self._end_run()

    def _end_run(self) -> None:
        """Keeps the run of new bytes that ends here: inline if it is short, else in a blob that it shares with others."""
        run, self._run, self._run_bytes = b"".join(self._run), [], 0
        if 0 < len(run) <= min(_INLINE_BYTES, self._stores.limits.max_inline_bytes) and self._blobs.take_inline(len(run)):
            self._extents.append(InlineExtent(run))
        elif run:
            self._extents += self._blobs.share(run)

    def _own_blobs(self, piece: Piece) -> None:
        """Keeps a long run of new bytes, such as a tensor that was cast, in blobs of its own: it may be there already."""
        for content in _cut(chunks_of((piece,))):
            check_wanted(self._still_wanted)
            self._sha256.update(content)
            self._extents.append(BlobExtent(self._blobs.put(content), 0, len(content)))

    def _take(self, extent: Extent) -> None:
        self._extents.append(extent)
        for start in range(0, extent.length_bytes, CHUNK_BYTES):
            check_wanted(self._still_wanted)
            length = min(CHUNK_BYTES, extent.length_bytes - start)
            self._sha256.update(read_extent(self._stores.blobs, extent, start, length))


def _is_stored(piece: Piece) -> bool:
    return isinstance(piece, Slice) and isinstance(piece.tree, StoredTree)


def _stored_extents(piece: Piece) -> Iterator[Extent]:
    """Yields the extents of a slice of a stored file; none for other pieces."""
    if isinstance(piece, Slice) and isinstance(piece.tree, StoredTree):
        yield from piece.tree.extents(piece.path, piece.offset_bytes, piece.length_bytes)


def _cut(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yields the same bytes in pieces of `MAX_BLOB_BYTES`, the last one shorter."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) >= MAX_BLOB_BYTES:
            yield bytes(waiting[:MAX_BLOB_BYTES])
            del waiting[:MAX_BLOB_BYTES]
    if waiting:
        yield bytes(waiting)
