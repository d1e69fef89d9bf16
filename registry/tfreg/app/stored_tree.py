"""A stored artifact as a tree of files, so that formats read it as they read a folder."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from types import TracebackType
from typing import Self

from tfreg.app.ports import BlobStore
from tfreg.core.digests import Digest
from tfreg.core.errors import BlobDamagedError, BlobNotFoundError, PathNotFoundError
from tfreg.core.files import FileReader, FileStat
from tfreg.core.layouts import BlobExtent, Extent, FileLayout, InlineExtent

_WINDOW_BYTES = 256 * 1024


class StoredTree:
    """The files that layouts describe."""

    def __init__(self, name: str, layouts: Iterable[FileLayout], blobs: BlobStore) -> None:
        self._name = name
        self._layouts = {layout.path: layout for layout in sorted(layouts, key=lambda layout: layout.path.encode())}
        self._blobs = blobs
        self._starts: dict[str, list[int]] = {}

    @property
    def name(self) -> str:
        """See `FileTree`."""
        return self._name

    def files(self) -> tuple[FileStat, ...]:
        """See `FileTree`."""
        return tuple(FileStat(path, layout.size_bytes) for path, layout in self._layouts.items())

    def open(self, path: str) -> FileReader:
        """See `FileTree`."""
        layout = self._layouts.get(path)
        if layout is None:
            raise PathNotFoundError(f"{self._name} has no file {path!r}.", path=path)
        return StoredFile(layout, self._blobs)

    def extents(self, path: str, offset_bytes: int, length_bytes: int) -> Iterator[Extent]:
        """Yields the extents that make up a run of a file's bytes, however the file was cut.

        Raises:
            PathNotFoundError: There is no such file.
        """
        layout = self._layouts.get(path)
        if layout is None:
            raise PathNotFoundError(f"{self._name} has no file {path!r}.", path=path)
        if path not in self._starts:
            self._starts[path] = _starts(layout)
        for index, skipped, length in _run(self._starts[path], offset_bytes, length_bytes):
            yield part_of(layout.extents[index], skipped, length)


class StoredFile:
    """Random access to a file that lies in pieces.

    Keeps no blob open between reads, so that a graph which reads nodes on demand can be kept in memory, used from any thread and
    dropped at any time. Small reads come from a window instead.
    """

    def __init__(self, layout: FileLayout, blobs: BlobStore) -> None:
        self._layout = layout
        self._blobs = blobs
        self._starts = _starts(layout)
        self._window = (0, b"")

    @property
    def size_bytes(self) -> int:
        """See `FileReader`."""
        return self._starts[-1]

    def read_at(self, offset: int, length: int) -> bytes:
        """See `FileReader`."""
        length = min(length, self.size_bytes - offset)
        if length <= 0:
            return b""
        if length >= _WINDOW_BYTES:
            return self._read(offset, length)
        start, content = self._window
        if not start <= offset <= offset + length <= start + len(content):
            start, content = offset, self._read(offset, min(_WINDOW_BYTES, self.size_bytes - offset))
            self._window = (start, content)
        return content[offset - start : offset - start + length]

    def _read(self, offset: int, length: int) -> bytes:
        parts = list(self._parts(offset, length))
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _parts(self, offset: int, length: int) -> Iterator[bytes]:
        for index, skipped, wanted in _run(self._starts, offset, length):
            yield read_extent(self._blobs, self._layout.extents[index], skipped, wanted)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None


def part_of(extent: Extent, skipped_bytes: int, length_bytes: int) -> Extent:
    """Returns a part of an extent as one."""
    if isinstance(extent, InlineExtent):
        return InlineExtent(extent.content[skipped_bytes : skipped_bytes + length_bytes])
    return BlobExtent(extent.blob, extent.offset_bytes + skipped_bytes, length_bytes)


def _starts(layout: FileLayout) -> list[int]:
    return [0, *accumulate(extent.length_bytes for extent in layout.extents)]


def _run(starts: Sequence[int], offset: int, length: int) -> Iterator[tuple[int, int, int]]:
    """Yields for each extent that a run of bytes passes through its place, how much of it is skipped, and how much is taken."""
    index = bisect_right(starts, offset) - 1
    while length > 0:
        skipped = offset - starts[index]
        taken = min(length, starts[index + 1] - offset)
        yield index, skipped, taken
        offset, length, index = offset + taken, length - taken, index + 1


def read_extent(blobs: BlobStore, extent: Extent, skipped_bytes: int, length_bytes: int) -> bytes:
    """Returns bytes of an extent.

    Raises:
        BlobDamagedError: Its blob, which the catalog knows, is gone or short.
    """
    if isinstance(extent, InlineExtent):
        return extent.content[skipped_bytes : skipped_bytes + length_bytes]
    try:
        with blobs.open(extent.blob) as reader:
            content = reader.read_at(extent.offset_bytes + skipped_bytes, length_bytes)
    except BlobNotFoundError:
        raise blob_damaged(extent.blob, "is gone from the store") from None
    if len(content) != length_bytes:
        raise blob_damaged(extent.blob, "is shorter than its layout says")
    return content


def blob_damaged(digest: Digest, what: str) -> BlobDamagedError:
    """Makes the error of a blob that has a row, but not its bytes."""
    hint = "Push a model that holds it again, or bring it back from a backup; tfreg doctor lists all that is damaged."
    return BlobDamagedError(f"The blob {digest} {what}.", hint=hint, digest=digest)
