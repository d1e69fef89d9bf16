"""What a rewrite makes: files put together of new bytes and of slices of the files that it read.

No byte of a weight is read: a slice says where it lies. Whoever keeps the result decides what a slice becomes: an extent of a stored
blob, or a copy from one local file to another.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from types import TracebackType
from typing import Self

from tfreg.core.errors import PathNotFoundError
from tfreg.core.files import FileReader, FileStat, FileTree

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Inline:
    """New bytes; never more than some MiB in one."""

    content: bytes

    @property
    def length_bytes(self) -> int:
        """How many bytes."""
        return len(self.content)


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes of a file that is there already."""

    tree: FileTree
    path: str
    offset_bytes: int
    length_bytes: int


@dataclass(frozen=True, slots=True)
class Computed:
    """New bytes that are too many to be held: a cast, or slices of a variable put together along another axis than the first.

    Attributes:
        length_bytes: How many there will be.
        chunks: Yields them, some MiB at most at a time, anew each time it is called.
    """

    length_bytes: int
    chunks: Callable[[], Iterator[bytes]]


Piece = Inline | Slice | Computed


class RewrittenTree:
    """The files that a rewrite made, readable like any others. Slices of a `RewrittenTree` become those of the tree below it.

    Args:
        files: The pieces of each file by path; empty pieces are left out, neighbours that belong together become one.
        name: What messages call it.
    """

    def __init__(self, files: Mapping[str, Iterable[Piece]], name: str = "the conversion's result") -> None:
        self._files = {path: tuple(_joined(_flat(pieces))) for path, pieces in files.items()}
        self._name = name

    @property
    def name(self) -> str:
        """See `FileTree`."""
        return self._name

    def pieces(self, path: str) -> tuple[Piece, ...]:
        """Of what a file consists, in order and without gaps.

        Raises:
            PathNotFoundError: There is no such file.
        """
        if path not in self._files:
            raise PathNotFoundError(f"'{path}' is not in {self._name}.", path=path)
        return self._files[path]

    def files(self) -> tuple[FileStat, ...]:
        """See `FileTree`."""
        return tuple(
            FileStat(path, sum(piece.length_bytes for piece in self._files[path])) for path in sorted(self._files, key=str.encode)
        )

    def open(self, path: str) -> FileReader:
        """See `FileTree`."""
        return _PiecesReader(self.pieces(path))


def chunks_of(pieces: Iterable[Piece]) -> Iterator[bytes]:
    """Yields the bytes of pieces, `CHUNK_BYTES` or so at a time."""
    for piece in pieces:
        if isinstance(piece, Inline):
            yield piece.content
        elif isinstance(piece, Computed):
            yield from piece.chunks()
        else:
            yield from _sliced(piece)


def _sliced(piece: Slice) -> Iterator[bytes]:
    with piece.tree.open(piece.path) as reader:
        end = piece.offset_bytes + piece.length_bytes
        for offset in range(piece.offset_bytes, end, CHUNK_BYTES):
            yield reader.read_at(offset, min(CHUNK_BYTES, end - offset))


def _flat(pieces: Iterable[Piece]) -> Iterator[Piece]:
    for piece in pieces:
        if isinstance(piece, Slice) and isinstance(piece.tree, RewrittenTree):
            yield from _flat(_cut(piece.tree.pieces(piece.path), piece.offset_bytes, piece.length_bytes))
        elif piece.length_bytes:
            yield piece


def _cut(pieces: tuple[Piece, ...], offset: int, length: int) -> Iterator[Piece]:
    """Yields what lies in `[offset, offset + length)` of pieces."""
    start = 0
    for piece in pieces:
        first, last = max(offset, start), min(offset + length, start + piece.length_bytes)
        if first < last:
            yield _part(piece, first - start, last - first)
        start += piece.length_bytes


def _part(piece: Piece, skipped: int, length: int) -> Piece:
    if isinstance(piece, Inline):
        return Inline(piece.content[skipped : skipped + length])
    if isinstance(piece, Slice):
        return Slice(piece.tree, piece.path, piece.offset_bytes + skipped, length)
    return piece if length == piece.length_bytes else Computed(length, lambda: _some(piece.chunks(), skipped, length))


def _some(chunks: Iterable[bytes], skipped: int, length: int) -> Iterator[bytes]:
    for chunk in chunks:
        part = chunk[skipped : skipped + length]
        skipped, length = max(0, skipped - len(chunk)), length - len(part)
        if part:
            yield part
        if not length:
            return


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Joins neighbours: new bytes behind new bytes, a slice behind that which ends where it starts."""
    waiting: Piece | None = None
    inline: list[bytes] = []
    for piece in pieces:
        if isinstance(piece, Inline):
            if waiting is not None:
                yield waiting
                waiting = None
            inline.append(piece.content)
            continue
        if inline:
            yield Inline(b"".join(inline))
            inline = []
        if isinstance(waiting, Slice) and isinstance(piece, Slice) and _follows(waiting, piece):
            waiting = Slice(waiting.tree, waiting.path, waiting.offset_bytes, waiting.length_bytes + piece.length_bytes)
            continue
        if waiting is not None:
            yield waiting
        waiting = piece
    if waiting is not None:
        yield waiting
    if inline:
        yield Inline(b"".join(inline))


def _follows(first: Slice, second: Slice) -> bool:
    same = first.tree is second.tree and first.path == second.path
    return same and first.offset_bytes + first.length_bytes == second.offset_bytes


class _PiecesReader:
    """Random access to pieces. Keeps one file open, that of the last slice read."""

    def __init__(self, pieces: tuple[Piece, ...]) -> None:
        self._pieces = pieces
        self._starts = [0, *accumulate(piece.length_bytes for piece in pieces)]
        self._open: tuple[FileTree, str, FileReader] | None = None

    @property
    def size_bytes(self) -> int:
        """See `FileReader`."""
        return self._starts[-1]

    def read_at(self, offset: int, length: int) -> bytes:
        """See `FileReader`."""
        length = min(length, self.size_bytes - offset)
        if length <= 0:
            return b""
        index, parts = bisect_right(self._starts, offset) - 1, []
        while length > 0:
            piece, skipped = self._pieces[index], offset - self._starts[index]
            wanted = min(length, piece.length_bytes - skipped)
            parts.append(self._read(piece, skipped, wanted))
            offset, length, index = offset + wanted, length - wanted, index + 1
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _read(self, piece: Piece, skipped: int, length: int) -> bytes:
        if isinstance(piece, Inline):
            return piece.content[skipped : skipped + length]
        if isinstance(piece, Computed):
            return b"".join(_some(piece.chunks(), skipped, length))
        return self._reader(piece).read_at(piece.offset_bytes + skipped, length)

    def _reader(self, piece: Slice) -> FileReader:
        if self._open is not None:
            tree, path, reader = self._open
            if tree is piece.tree and path == piece.path:
                return reader
            reader.__exit__(None, None, None)
            self._open = None
        reader = piece.tree.open(piece.path)
        self._open = piece.tree, piece.path, reader
        return reader

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._open is not None:
            self._open[2].__exit__(kind, error, trace)
            self._open = None
