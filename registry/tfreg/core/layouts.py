"""Layouts: of which blobs a file consists, and where a file is cut.

A layout is a storage fact: it never enters a digest. Files are cut at tensors, so that the same weights in any format are the same
blobs: a tensor of `MIN_TENSOR_BYTES` or more is a blob of its own, cut every `MAX_BLOB_BYTES`; what lies between such tensors forms
blobs of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tfreg.core.digests import Digest
from tfreg.core.errors import LayoutInvalidError
from tfreg.core.manifests import Manifest

MIN_TENSOR_BYTES = 16 * 1024
MAX_BLOB_BYTES = 16 * 1024 * 1024
MAX_INLINE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Span:
    """A run of bytes of a file, before or without a place in the store."""

    offset_bytes: int
    length_bytes: int


@dataclass(frozen=True, slots=True)
class BlobExtent:
    """A run of bytes that is part of a stored blob."""

    blob: Digest
    offset_bytes: int
    length_bytes: int


@dataclass(frozen=True, slots=True)
class InlineExtent:
    """A run of bytes kept in the layout itself."""

    content: bytes

    @property
    def length_bytes(self) -> int:
        """How many bytes."""
        return len(self.content)


Extent = BlobExtent | InlineExtent


@dataclass(frozen=True, slots=True)
class FileLayout:
    """The extents that make up one file, in order and without gaps."""

    path: str
    extents: tuple[Extent, ...]

    @property
    def size_bytes(self) -> int:
        """Size of the file."""
        return sum(extent.length_bytes for extent in self.extents)


def cut(size_bytes: int, tensors: Iterable[Span]) -> Iterator[Span]:
    """Yields the spans, in order and without gaps, into which a file of `size_bytes` is cut.

    Tensors that are small, overlap an earlier one or pass the file's end are not boundaries: what a hostile file claims about
    itself decides only how well it is shared.
    """
    position = 0
    for tensor in sorted(tensors, key=lambda span: span.offset_bytes):
        end = tensor.offset_bytes + tensor.length_bytes
        if tensor.length_bytes < MIN_TENSOR_BYTES or tensor.offset_bytes < position or end > size_bytes:
            continue
        yield from _pieces(position, tensor.offset_bytes)
        yield from _pieces(tensor.offset_bytes, end)
        position = end
    yield from _pieces(position, size_bytes)


def check_layouts(manifest: Manifest, layouts: Iterable[FileLayout]) -> tuple[FileLayout, ...]:
    """Returns the layouts in the manifest's order after checking that they fit it.

    Raises:
        LayoutInvalidError: A file lacks a layout, has two or one of another size, or an extent is empty, negative or too large inline.
    """
    by_path: dict[str, FileLayout] = {}
    for layout in layouts:
        if by_path.setdefault(layout.path, layout) is not layout:
            raise LayoutInvalidError(f"{layout.path!r} has two layouts.", path=layout.path)
        _check_extents(layout)
    for file in manifest.files:
        found = by_path.get(file.path)
        if found is None or found.size_bytes != file.size_bytes:
            size = "none" if found is None else f"{found.size_bytes} bytes"
            raise LayoutInvalidError(f"{file.path!r} has {file.size_bytes} bytes but its layout {size}.", path=file.path)
    if len(by_path) != len(manifest.files):
        stranger = next(path for path in by_path if path not in {file.path for file in manifest.files})
        raise LayoutInvalidError(f"There is a layout for {stranger!r}, which the manifest lacks.", path=stranger)
    return tuple(by_path[file.path] for file in manifest.files)


def _check_extents(layout: FileLayout) -> None:
    for extent in layout.extents:
        offset = extent.offset_bytes if isinstance(extent, BlobExtent) else 0
        limit = MAX_INLINE_BYTES if isinstance(extent, InlineExtent) else 2**53
        if extent.length_bytes < 1 or offset < 0 or extent.length_bytes > limit:
            raise LayoutInvalidError(f"An extent of {layout.path!r} has a length or offset out of bounds.", path=layout.path)


def _pieces(start: int, end: int) -> Iterator[Span]:
    for offset in range(start, end, MAX_BLOB_BYTES):
        yield Span(offset, min(MAX_BLOB_BYTES, end - offset))
