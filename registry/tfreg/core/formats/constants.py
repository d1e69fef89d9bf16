"""Where the bytes of a Const node's value lie in the file."""

from __future__ import annotations

from google.protobuf.message import DecodeError

from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, Field, scan
from tfreg.core.dtypes import dtype_name, element_size_bytes
from tfreg.core.files import FileReader
from tfreg.core.layouts import Span
from tfreg.core.shapes import element_count, known_shape_of
from tfreg.core.tensors import StoredTensor

_KEY_BYTES = 256
# Field numbers, as proto/tfreg/wire has them.
_ATTR, _KEY, _VALUE, _TENSOR = 5, 1, 2, 8
_DTYPE, _SHAPE, _CONTENT, _FLOATS, _DOUBLES = 1, 2, 4, 5, 6
_PACKED = {_FLOATS: "float32", _DOUBLES: "float64"}
_SHAPE_BYTES = 4096


def constant_tensor(reader: FileReader, node: Span, file: str, name: str) -> StoredTensor | None:
    """Returns the value of the Const in `node` if the file holds its bytes in one run and in full, else None.

    That is the case for `tensor_content`, and for packed lists of floats or doubles, whose bytes are the same.

    Raises:
        CodecError: The node is not a message.
    """
    for attr in _parts(reader, node, _ATTR):
        entry = list(scan(reader, attr.offset, attr.offset + attr.length, keep_bytes=_KEY_BYTES))
        if any(part.number == _KEY and part.payload == b"value" for part in entry):
            for value in (part for part in entry if part.number == _VALUE and part.wire_type == LENGTH_DELIMITED):
                for tensor in _parts(reader, Span(value.offset, value.length), _TENSOR):
                    return _stored(reader, tensor, file, name)
    return None


def _parts(reader: FileReader, message: Span, number: int) -> list[Field]:
    fields = scan(reader, message.offset_bytes, message.offset_bytes + message.length_bytes)
    return [found for found in fields if found.number == number and found.wire_type == LENGTH_DELIMITED]


def _stored(reader: FileReader, tensor: Field, file: str, name: str) -> StoredTensor | None:
    dtype, packed, content = "", "", None
    shape: tuple[int, ...] | None = ()
    for found in scan(reader, tensor.offset, tensor.offset + tensor.length, keep_bytes=_SHAPE_BYTES):
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
