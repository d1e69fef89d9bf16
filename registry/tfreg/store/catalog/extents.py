"""Which blobs a commit refers to, and how far into each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tfreg.core.digests import Digest
from tfreg.core.layouts import BlobExtent, FileLayout
from tfreg.core.records import NewVersion
from tfreg.store.catalog.refusals import blob_too_short, blobs_missing


def needed_ends(new: NewVersion) -> dict[Digest, int]:
    """Returns, for each blob that the artifact or an attachment refers to, the end of the furthest slice in bytes."""
    ends: dict[Digest, int] = {}
    for extent in _blob_extents(new):
        end = extent.offset_bytes + extent.length_bytes
        if end > ends.get(extent.blob, -1):
            ends[extent.blob] = end
    return ends


def check_stored(needed: Mapping[Digest, int], stored_sizes_bytes: Mapping[Digest, int]) -> None:
    """Raises BlobMissingError if a blob is not stored or too short."""
    missing = [digest for digest in needed if digest not in stored_sizes_bytes]
    if missing:
        raise blobs_missing(missing)
    for digest, end in needed.items():
        if end > stored_sizes_bytes[digest]:
            raise blob_too_short(digest, end, stored_sizes_bytes[digest])


def blobs_of(layouts: Iterable[FileLayout]) -> set[Digest]:
    """Returns the blobs that layouts refer to."""
    return {extent.blob for layout in layouts for extent in layout.extents if isinstance(extent, BlobExtent)}


def _blob_extents(new: NewVersion) -> Iterator[BlobExtent]:
    for layout in (*new.artifact.layouts, *(attachment.layout for attachment in new.attachments)):
        yield from (extent for extent in layout.extents if isinstance(extent, BlobExtent))
