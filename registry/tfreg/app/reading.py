"""Reading parts of blobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from tfreg.app.stored_tree import blob_damaged
from tfreg.app.stores import Stores
from tfreg.core.errors import BlobNotFoundError, RangeInvalidError
from tfreg.core.files import FileReader
from tfreg.core.layouts import BlobExtent

CHUNK_BYTES = 1 << 20


def read_blobs(stores: Stores, ranges: Sequence[BlobExtent]) -> Iterator[tuple[int, bytes]]:
    """Yields the bytes of parts of blobs in pieces of at most 1 MiB, each with the index of its part, in the order asked.

    Args:
        stores: Where the blobs are.
        ranges: Parts of blobs. The length 0 means up to the blob's end.

    Raises:
        BlobNotFoundError: There is no such blob.
        RangeInvalidError: A part passes its blob's end.
        BlobDamagedError: Stored bytes are gone or short.
    """
    for index, part in enumerate(ranges):
        with _open(stores, part) as reader:
            position, end = _bounds(part, reader.size_bytes)
            while position < end:
                chunk = reader.read_at(position, min(CHUNK_BYTES, end - position))
                if not chunk:
                    raise blob_damaged(part.blob, f"is cut off at {position} bytes")
                yield index, chunk
                position += len(chunk)


def _open(stores: Stores, part: BlobExtent) -> FileReader:
    with suppress(BlobNotFoundError):
        return stores.blobs.open(part.blob)
    if not stores.catalog.blob_sizes([part.blob]):
        raise BlobNotFoundError(f"There is no blob {part.blob}.", digest=part.blob)
    raise blob_damaged(part.blob, "is gone from the store")


def _bounds(part: BlobExtent, size_bytes: int) -> tuple[int, int]:
    end = part.offset_bytes + part.length_bytes if part.length_bytes else size_bytes
    if part.offset_bytes < 0 or part.length_bytes < 0 or not part.offset_bytes <= end <= size_bytes:
        raise RangeInvalidError(
            f"Bytes {part.offset_bytes} to {end} pass the end of the blob {part.blob}, which has {size_bytes} bytes.",
            digest=part.blob,
            size_bytes=str(size_bytes),
        )
    return part.offset_bytes, end
