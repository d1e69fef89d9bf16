"""Values that stand within the table of a V1 checkpoint in another form than plain bytes: lists of numbers as varints, texts."""

from __future__ import annotations

from collections.abc import Iterator

from tfreg.core.codecs.errors import CodecError, TruncatedError
from tfreg.core.codecs.ordered_code import slice_key
from tfreg.core.codecs.sstable import Place, places
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, scan
from tfreg.core.files import FileReader
from tfreg.core.layouts import Span
from tfreg.core.tensors import StoredTensor
from tfreg.core.values.tensor_protos import TensorMessage

_SLICE, _TENSOR = 2, 3  # SavedTensorSlices.data, SavedSlice.data


class TableValues:
    """The values of one table, whose keys are read once.

    Raises:
        CodecError: The table is damaged.
    """

    def __init__(self, reader: FileReader) -> None:
        self._reader = reader
        self._places = {place.key: place for place in places(reader)}

    def value(self, tensor: StoredTensor) -> Iterator[bytes]:
        """Yields the plain value of a tensor.

        Raises:
            CodecError: The table does not hold it, or it is damaged.
        """
        place = next((self._places[key] for key in _keys_of(tensor) if key in self._places), None)
        if place is None:
            raise TruncatedError("lacks it")
        dtype = tensor.dtype.removesuffix("_ref")
        return TensorMessage(self._reader, self._message(place), dtype, tensor.shape, may_fill=False).chunks()

    def _message(self, place: Place) -> Span:
        value = Span(place.offset, place.length)
        return self._field(self._field(value, _SLICE), _TENSOR)

    def _field(self, message: Span, number: int) -> Span:
        fields = scan(self._reader, message.offset_bytes, message.offset_bytes + message.length_bytes)
        for found, _ in zip(fields, range(16), strict=False):  # there are three, and a hostile one could have millions
            if found.number == number and found.wire_type == LENGTH_DELIMITED:
                return Span(found.offset, found.length)
        raise CodecError(f"has a value at byte {message.offset_bytes} that is none of a checkpoint")


def _keys_of(tensor: StoredTensor) -> tuple[bytes, bytes]:
    """Returns the keys at which a value can be: a dimension that is taken whole is written so, or as any other."""
    part = tensor.part
    name = (part.name if part else tensor.name).encode()
    begin, full = (part.begin, part.shape) if part else ((0,) * len(tensor.shape), tensor.shape)
    plain = list(zip(begin, tensor.shape, strict=True))
    short = [(start, None if (start, size) == (0, limit) else size) for (start, size), limit in zip(plain, full, strict=True)]
    return slice_key(name, short), slice_key(name, plain)
