"""Digests of tensors by content: from the layout where a tensor was cut at its bounds, else by reading it."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING

from tfreg.app.stores import Stores
from tfreg.app.wanted import StillWanted, always, check_wanted
from tfreg.core.digests import Digest
from tfreg.core.dtypes import element_size_bytes
from tfreg.core.layouts import MAX_BLOB_BYTES, BlobExtent, Extent
from tfreg.core.records import ArtifactRecord
from tfreg.core.shapes import element_count
from tfreg.core.tensors import StoredAs, StoredTensor
from tfreg.core.values.failures import unreadable

if TYPE_CHECKING:
    from tfreg.core.values.lookup import Found
    from tfreg.core.values.reading import Values


_SPARE_BYTES = 4 << 30
_TIMES = 4


class TensorDigests:
    """Digests of the tensors of one artifact; see `core.values.digest` for what they are.

    Reading has a bound: a file can say of a hundred thousand tensors that they lie in the same GiB, each a byte further.

    Args:
        stores: Where it is.
        artifact: The artifact.
        values: Reads its values.
        still_wanted: Is asked before each value is read.

    Attributes:
        read_bytes: How many bytes were read so far because layouts did not tell.
    """

    def __init__(self, stores: Stores, artifact: ArtifactRecord, values: Values, still_wanted: StillWanted = always) -> None:
        self._stores = stores
        self._values = values
        self._still_wanted = still_wanted
        self._max_read_bytes = _TIMES * artifact.manifest.size_bytes + _SPARE_BYTES
        self._layouts = {layout.path: layout.extents for layout in artifact.layouts}
        self._starts: dict[str, list[int]] = {}
        self.read_bytes = 0

    def of(self, found: Found) -> Digest:
        """Returns the digest of a whole value.

        Raises:
            TensorUnreadableError: It has no plain value, its bytes are damaged, or too much was read already.
            CancelledError: Nobody waits for it any more.
        """
        check_wanted(self._still_wanted)
        known = None if found.is_partitioned or not found.tensors else self.known(found.tensors[0])
        if known is not None:
            return known
        self.read_bytes += _cost_bytes(found)
        if self.read_bytes > self._max_read_bytes:
            raise unreadable(found.name, "lies in the same bytes as many others, which are too much to read", "")
        return self._values.digest(found)

    def known(self, tensor: StoredTensor) -> Digest | None:
        """Returns the digest of a tensor from the digests of its blobs; None if these are not just its pieces of 16 MiB."""
        element = element_size_bytes(tensor.dtype)
        if tensor.stored_as is not StoredAs.RAW or element is None or tensor.size_bytes != element * element_count(tensor.shape):
            return None
        pieces = self._pieces(tensor)
        if pieces is None:
            return None
        from tfreg.core.values.digest import digest_of_pieces

        sizes = self._stores.catalog.blob_sizes(list({piece.blob for piece in pieces}))
        if any(sizes.get(piece.blob) != piece.length_bytes for piece in pieces):
            return None  # a piece of a longer blob
        return digest_of_pieces(piece.blob for piece in pieces)

    def _pieces(self, tensor: StoredTensor) -> list[BlobExtent] | None:
        extents = self._layouts.get(tensor.file, ())
        starts = self._starts.get(tensor.file)
        if starts is None:
            starts = self._starts[tensor.file] = [0, *accumulate(extent.length_bytes for extent in extents)]
        index, left, pieces = bisect_left(starts, tensor.offset_bytes), tensor.size_bytes, []
        if starts[index : index + 1] != [tensor.offset_bytes]:
            return None
        while left > 0:
            piece = _piece(extents[index : index + 1], min(left, MAX_BLOB_BYTES))
            if piece is None:
                return None
            pieces.append(piece)
            left, index = left - piece.length_bytes, index + 1
        return pieces


def _cost_bytes(found: Found) -> int:
    """Returns how much is read for a value: of a part of a file of its own format, such as HDF5, only what it holds."""
    element = element_size_bytes(found.dtype)
    if element is None or all(tensor.stored_as is StoredAs.RAW for tensor in found.tensors):
        return sum(tensor.size_bytes for tensor in found.tensors)
    return element * element_count(found.shape)


def _piece(extents: tuple[Extent, ...], length_bytes: int) -> BlobExtent | None:
    """Returns an extent that is so long and begins where its blob does; None if it is another, or there is none."""
    for extent in extents:
        if isinstance(extent, BlobExtent) and extent.offset_bytes == 0 and extent.length_bytes == length_bytes:
            return extent
    return None
