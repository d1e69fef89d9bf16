"""Which blobs a commit refers to, how far into each, and whether they are stored so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tfreg.core.digests import Digest
from tfreg.core.errors import BlobMissingError, LayoutInvalidError
from tfreg.core.layouts import BlobExtent, FileLayout

_SHOWN = 20  # an error travels in a header, which has little room


def needed_ends(layouts: Iterable[FileLayout]) -> dict[Digest, int]:
    """Returns, for each blob that layouts refer to, the end of the furthest slice in bytes."""
    ends: dict[Digest, int] = {}
    for extent in _blob_extents(layouts):
        end = extent.offset_bytes + extent.length_bytes
        if end > ends.get(extent.blob, -1):
            ends[extent.blob] = end
    return ends


def check_stored(needed: Mapping[Digest, int], stored_sizes_bytes: Mapping[Digest, int]) -> None:
    """Checks what `needed_ends` returned against the rows of blobs.

    Raises:
        BlobMissingError: A blob has no row.
        LayoutInvalidError: A slice passes its blob's end.
    """
    missing = [digest for digest in needed if digest not in stored_sizes_bytes]
    if missing:
        raise _missing(missing, len(needed))
    for digest, end in needed.items():
        if end > stored_sizes_bytes[digest]:
            raise _too_short(digest, end, stored_sizes_bytes[digest])


def blobs_of(layouts: Iterable[FileLayout]) -> set[Digest]:
    """Returns the blobs that layouts refer to."""
    return {extent.blob for extent in _blob_extents(layouts)}


def _blob_extents(layouts: Iterable[FileLayout]) -> Iterator[BlobExtent]:
    for layout in layouts:
        yield from (extent for extent in layout.extents if isinstance(extent, BlobExtent))


def _missing(digests: Sequence[Digest], needed: int) -> BlobMissingError:
    return BlobMissingError(
        f"{len(digests)} of the {needed} blobs are not stored, such as {digests[0]}.",
        hint="Send what FindMissing lists, then try again.",
        missing=", ".join(digests[:_SHOWN]),
        count=str(len(digests)),
    )


def _too_short(digest: Digest, end: int, stored_bytes: int) -> LayoutInvalidError:
    return LayoutInvalidError(
        f"The layout names bytes up to {end} of the blob {digest}, which has {stored_bytes}.",
        hint="Make the layout from the blobs as they were sent.",
        digest=digest,
        end=str(end),
        size_bytes=str(stored_bytes),
    )
