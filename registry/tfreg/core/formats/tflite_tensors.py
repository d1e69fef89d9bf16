"""Tensors of a TFLite subgraph: what an interpreter says of them, and where the values of constants are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

from tfreg.core.codecs.errors import TruncatedError
from tfreg.core.codecs.flatbuffer import INT8, INT32, INT64, UINT8, UINT32, UINT64, Table
from tfreg.core.dtypes import element_size_bytes
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.tflite_schema import PACKED_BITS, TYPES, Buffer, Model, QuantizationParameters, SubGraph, Tensor
from tfreg.core.layouts import Span
from tfreg.core.shapes import MAX_RANK, element_count
from tfreg.core.tensors import Quantization, Shape, TensorRef, TensorSpec

_MAX_QUANTIZATION_NUMBERS = 1 << 18
_MAX_DIMENSIONS = 1 << 19  # of all tensors: many can refer to one long shape
_BLOCKWISE = 2  # QuantizationDetails: scales are a tensor of their own


@dataclass(frozen=True, slots=True)
class Constant:
    """A tensor with a value in the file.

    Attributes:
        index: Its index in its subgraph.
        name: Its name; may be empty.
        dtype: Its element type.
        shape: Its shape.
        place: Where its bytes are.
        sparse: Whether these are a sparse encoding.
        quantization: How integers stand for real numbers.
    """

    index: int
    name: str
    dtype: str
    shape: tuple[int, ...]
    place: Span
    sparse: bool
    quantization: Quantization | None

    @property
    def is_plain(self) -> bool:
        """Whether the bytes are the elements in row-major order, as the dtype packs them."""
        bits = PACKED_BITS.get(self.dtype) or 8 * (element_size_bytes(self.dtype) or 0)
        return not self.sparse and bits > 0 and self.place.length_bytes == -(-element_count(self.shape) * bits // 8)


class TensorReading:
    """Reads tensors of one model.

    Args:
        model: Its root table.
        size_bytes: Size of the file, behind whose flatbuffer further bytes can lie.
    """

    def __init__(self, model: Table, size_bytes: int) -> None:
        self._model = model
        self._size_bytes = size_bytes
        self._numbers = Allowance("numbers that say how tensors are quantised", _MAX_QUANTIZATION_NUMBERS)
        self._dimensions = Allowance("dimensions of tensors", _MAX_DIMENSIONS)

    def spec(self, subgraph: Table, index: int, key: str = "") -> TensorSpec | None:
        """Returns what the interpreter says of a tensor: with a key for a signature, else with its own name; None if there is none.

        Raises:
            CodecError: It is damaged, or a limit is reached.
        """
        found = subgraph.table_of(SubGraph.TENSORS, index)
        if found is None:
            return None
        name = "" if key else found.text(Tensor.NAME)
        return TensorSpec(
            key,
            TensorRef(name) if name else None,
            _dtype(found),
            self._spec_shape(found),
            tensor_index=index,
            quantization=self._quantization(found),
        )

    def constants(self, subgraph: Table) -> Iterator[Constant]:
        """Yields the tensors that have a value in the file.

        Raises:
            CodecError: One is damaged, or a limit is reached.
        """
        for index, found in enumerate(subgraph.tables(SubGraph.TENSORS)):
            place = self._place(found.number(Tensor.BUFFER, UINT32))
            if place is not None:
                yield Constant(
                    index=index,
                    name=found.text(Tensor.NAME),
                    dtype=_dtype(found),
                    shape=tuple(max(size, 0) for size in self._sizes(found, Tensor.SHAPE)),
                    place=place,
                    sparse=found.has(Tensor.SPARSITY),
                    quantization=self._quantization(found),
                )

    def content(self, buffer: int) -> Span | None:
        """Returns where a buffer's bytes are; None if it has none.

        Raises:
            CodecError: They are not within the file.
        """
        return self._place(buffer)

    def _place(self, buffer: int) -> Span | None:
        if buffer == 0:  # by the schema, a buffer without bytes, for tensors that have no value
            return None
        found = self._model.table_of(Model.BUFFERS, buffer)
        if found is None:
            return None
        start, length = found.vector(Buffer.DATA, 1)
        if not length:
            start, length = found.number(Buffer.OFFSET, UINT64), found.number(Buffer.SIZE, UINT64)
            if start <= 1:  # 0 and 1 stand for "none"
                return None
            if start + length > self._size_bytes:
                raise TruncatedError(f"has a buffer of {length} bytes at byte {start}, which passes the end")
        return Span(start, length) if length else None

    def _spec_shape(self, tensor: Table) -> Shape:
        """Returns the shape with what is not known when the model was made; None if not even the rank was.

        HAS_RANK is false for an unknown rank, but converters before TensorFlow 2.11 left it out of all tensors.
        """
        sizes = self._sizes(tensor, Tensor.SHAPE_SIGNATURE) or self._sizes(tensor, Tensor.SHAPE)
        if not sizes and not tensor.flag(Tensor.HAS_RANK):
            return None
        return tuple(size if size >= 0 else None for size in sizes)

    def _sizes(self, tensor: Table, slot: int) -> tuple[int, ...]:
        self._dimensions.take(tensor.vector(slot).length)
        return tensor.integers(slot, INT32, MAX_RANK)

    def _quantization(self, tensor: Table) -> Quantization | None:
        found = tensor.table(Tensor.QUANTIZATION)
        if found is None or found.number(QuantizationParameters.DETAILS_TYPE, UINT8) == _BLOCKWISE:
            return None
        count = found.vector(QuantizationParameters.SCALE).length
        self._numbers.take(2 * count)
        scales = found.floats(QuantizationParameters.SCALE, count)
        zero_points = found.integers(QuantizationParameters.ZERO_POINT, INT64, max(count, 1))
        if not scales or not all(map(isfinite, scales)):
            return None
        if len(zero_points) < count:
            zero_points += (0,) * (count - len(zero_points))
        return Quantization(scales, zero_points, found.number(QuantizationParameters.QUANTIZED_DIMENSION, INT32))


def _dtype(tensor: Table) -> str:
    number = tensor.number(Tensor.TYPE, INT8)
    return TYPES[number] if 0 <= number < len(TYPES) else f"unknown_{number}"
