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
    than any real one has is not looked through.

    Raises:
        CodecError: The node is not a message.
    """
    for attr in _parts(reader, node, _ATTR):
        tensor = _value_tensor(reader, attr)
        if tensor is not None:
            return _stored(reader, tensor, file, name)
    return None


def _value_tensor(reader: FileReader, attr: Span) -> Span | None:
    """Returns the tensor in an entry of the attributes; None if it is not that of `value`, or holds no tensor."""
    key, value = b"", None
    for part in islice(
        scan(reader, attr.offset_bytes, attr.offset_bytes + attr.length_bytes, keep_bytes=_KEY_BYTES), _MAX_FIELDS
    ):
        if part.number == _KEY:
            key = part.payload or b""
        elif part.number == _VALUE and part.wire_type == LENGTH_DELIMITED:
            value = Span(part.offset, part.length)
    return next(_parts(reader, value, _TENSOR), None) if key == b"value" and value is not None else None


def _parts(reader: FileReader, message: Span, number: int) -> Iterator[Span]:
    fields = scan(reader, message.offset_bytes, message.offset_bytes + message.length_bytes)
    for found in islice(fields, _MAX_FIELDS):
        if found.number == number and found.wire_type == LENGTH_DELIMITED:
            yield Span(found.offset, found.length)


def _stored(reader: FileReader, tensor: Span, file: str, name: str) -> StoredTensor | None:
    dtype, packed, content = "", "", None
    shape: tuple[int, ...] | None = ()
    fields = scan(reader, tensor.offset_bytes, tensor.offset_bytes + tensor.length_bytes, keep_bytes=_SHAPE_BYTES)
    for found in islice(fields, _MAX_FIELDS):
        if found.number == _DTYPE:
            dtype = dtype_name(found.value)
        elif found.number == _SHAPE and found.payload is not None:
            shape = _shape(found.payload)
        elif found.wire_type == LENGTH_DELIMITED and found.number in (_CONTENT, _FLOATS, _DOUBLES):
            content, packed = found, _PACKED.get(found.number, dtype)
    size = element_size_bytes(dtype)
    if content is None or shape is None or size is None or packed != dtype or content.length != size * element_count(shape):
        return None
    return StoredTensor(name, dtype, shape, file, content.offset, content.length)


def _shape(payload: bytes) -> tuple[int, ...] | None:
    from tfreg.wire.tensor_pb2 import TensorShapeProto

    try:
        return known_shape_of(TensorShapeProto.FromString(payload))
    except DecodeError:
        return None
