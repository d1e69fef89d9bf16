"""Where the bytes of a Const node's value lie in the file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from google.protobuf.message import DecodeError

from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, scan
from tfreg.core.dtypes import dtype_name, element_size_bytes
from tfreg.core.files import FileReader
from tfreg.core.layouts import Span
from tfreg.core.shapes import element_count, known_shape_of
from tfreg.core.tensors import StoredTensor

_KEY_BYTES = 256
_MAX_FIELDS = 250
# Field numbers, as proto/tfreg/wire has them.
_ATTR, _KEY, _VALUE, _TENSOR = 5, 1, 2, 8
_DTYPE, _SHAPE, _CONTENT, _FLOATS, _DOUBLES = 1, 2, 4, 5, 6
_PACKED = {_FLOATS: "float32", _DOUBLES: "float64"}
_SHAPE_BYTES = 4096


def constant_tensor(reader: FileReader, node: Span, file: str, name: str) -> StoredTensor | None:
    """Returns the value of the Const in `node` if the file holds its bytes in one run and in full, else None.

    That is the case for `tensor_content`, and for packed lists of floats or doubles, whose bytes are the same. A node of more fields
    than any real one has is not looked through, nor one that says a part twice, which no writer does: parsers take the last, or join them.

    Raises:
        CodecError: The node is not a message.
    """
    values = [value for attr in _parts(reader, node, _ATTR) if (value := _value(reader, attr)) is not None]
    if len(values) != 1:
        return None
    fields = list(islice(scan(reader, values[0].offset_bytes, values[0].offset_bytes + values[0].length_bytes), 2))
    if len(fields) != 1 or fields[0].number != _TENSOR or fields[0].wire_type != LENGTH_DELIMITED:
        return None
    return _stored(reader, Span(fields[0].offset, fields[0].length), file, name)


def _value(reader: FileReader, attr: Span) -> Span | None:
    """Returns the value in an entry of the attributes; None if it is not that of `value`. One of two values holds nothing."""
    key, value = b"", None
    for part in islice(
        scan(reader, attr.offset_bytes, attr.offset_bytes + attr.length_bytes, keep_bytes=_KEY_BYTES), _MAX_FIELDS
    ):
        if part.number == _KEY:
            key = part.payload or b""
        elif part.number == _VALUE and part.wire_type == LENGTH_DELIMITED:
            value = Span(part.offset, part.length) if value is None else Span(part.offset, 0)
    return value if key == b"value" else None


def _parts(reader: FileReader, message: Span, number: int) -> Iterator[Span]:
    fields = scan(reader, message.offset_bytes, message.offset_bytes + message.length_bytes)
    for found in islice(fields, _MAX_FIELDS):
        if found.number == number and found.wire_type == LENGTH_DELIMITED:
            yield Span(found.offset, found.length)


def _stored(reader: FileReader, tensor: Span, file: str, name: str) -> StoredTensor | None:
    dtype, packed, content = "", "", None
    shape: tuple[int, ...] | None = ()
    shapes = contents = 0
    fields = scan(reader, tensor.offset_bytes, tensor.offset_bytes + tensor.length_bytes, keep_bytes=_SHAPE_BYTES)
    for found in islice(fields, _MAX_FIELDS):
        if found.number == _DTYPE:
            dtype = dtype_name(found.value)
        elif found.number == _SHAPE and found.payload is not None:
            shape, shapes = _shape(found.payload), shapes + 1
        elif found.wire_type == LENGTH_DELIMITED and found.number in (_CONTENT, _FLOATS, _DOUBLES):
            content, packed, contents = found, _PACKED.get(found.number, dtype), contents + 1
    size = element_size_bytes(dtype)
    if content is None or shape is None or size is None or packed != dtype or shapes > 1 or contents > 1:
        return None
    if content.length != size * element_count(shape):
        return None
    return StoredTensor(name, dtype, shape, file, content.offset, content.length)


def _shape(payload: bytes) -> tuple[int, ...] | None:
    from tfreg.wire.tensor_pb2 import TensorShapeProto

    try:
        return known_shape_of(TensorShapeProto.FromString(payload))
    except DecodeError:
        return None
