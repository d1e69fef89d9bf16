"""Where the value of a Const node lies in the file, and which constants are listed.

Those are listed that are weights by what they are (see `core/weights.py`), however small, and others of `MIN_CONSTANT_BYTES` and more:
smaller ones are part of the program. A node that says a part twice, which no writer does, is not: parsers take the last, or join them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from google.protobuf.message import DecodeError

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.varint import decode
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, Field, scan
from tfreg.core.dtypes import dtype_name, element_size_bytes
from tfreg.core.files import FileReader
from tfreg.core.formats.limits import MIN_CONSTANT_BYTES
from tfreg.core.layouts import Span
from tfreg.core.shapes import element_count, known_shape_of
from tfreg.core.tensors import StoredAs, StoredTensor
from tfreg.core.weights import is_weight

_KEY_BYTES = 256
_MAX_FIELDS = 250
# Field numbers, as proto/tfreg/wire has them.
_ATTR, _KEY, _VALUE, _TENSOR = 5, 1, 2, 8
_DTYPE, _SHAPE, _VERSION, _CONTENT, _FLOATS, _DOUBLES = 1, 2, 3, 4, 5, 6
_SAME_AS_PLAIN = {_FLOATS: "float32", _DOUBLES: "float64"}
"""Lists whose bytes are those of the plain value of a dtype."""
_SHAPE_BYTES = 4096
_DTYPES_OF_WEIGHTS = bytes(number for number in range(1, 128) if is_weight(dtype_name(number), (1,)))
MAY_BE_WEIGHT = re.compile(rb"\n\x05dtype\x12\x020[" + re.escape(_DTYPES_OF_WEIGHTS) + rb"]", re.DOTALL)
"""Stands in a Const that is a weight: its attribute `dtype` as every writer writes it. Tells most small constants apart at once."""
IS_SCALAR = re.compile(rb"\n\x05value\x12.B.\x08.\x12\x00", re.DOTALL)
"""Stands in a Const that is a single number, as every writer writes it: its tensor's dtype, then an empty shape."""
# What a node of a Const looks like as every writer writes it: tags of length-delimited fields, and the beginning of the attribute.
_ATTR_TAG, _KEY_TAG, _TENSOR_TAG, _DTYPE_TAG, _SHAPE_TAG = 0x2A, 0x0A, 0x42, 0x08, 0x12
_VALUE_KEY = b"\n\x05value\x12"


def constant_tensor(reader: FileReader, node: Span, file: str, name: str) -> StoredTensor | None:
    """Returns the value of the Const in `node`; None if it is not one that is listed, or no value of this node can be told.

    A node of more fields than any real one has is not looked through.

    Raises:
        CodecError: The node is not a message.
    """
    values = [value for attr in _parts(reader, node, _ATTR) if (value := _value(reader, attr)) is not None]
    if len(values) != 1:
        return None
    fields = list(islice(scan(reader, values[0].offset_bytes, values[0].offset_bytes + values[0].length_bytes), 2))
    if len(fields) != 1 or fields[0].number != _TENSOR or fields[0].wire_type != LENGTH_DELIMITED:
        return None
    tensor = Span(fields[0].offset, fields[0].length)
    return _listed(_tensor(reader, tensor), tensor, file, name)


def small_constant(content: bytes, node: Span, file: str, name: str) -> StoredTensor | None:
    """As `constant_tensor` for a node whose bytes are all at hand, and that is written as every writer of TensorFlow's does.

    Raises:
        ValueError: It is written in another way.
    """
    try:
        start, stop = _tensor_in(content)
        if content[start] != _DTYPE_TAG or content[start + 1] > 127 or content[start + 2] != _SHAPE_TAG:
            raise ValueError
        length, at = decode(content, start + 3)
        rest = at + length
        if rest == at and stop - start < MIN_CONSTANT_BYTES:
            return None  # a single number
        value = None
        if rest < stop:
            length, begin = decode(content, rest + 1)
            if content[rest] > 127 or content[rest] & 7 != LENGTH_DELIMITED or begin + length != stop:
                raise ValueError
            value = Field(content[rest] >> 3, LENGTH_DELIMITED, node.offset_bytes + begin, length, 0, None)
    except (IndexError, CodecError):
        raise ValueError from None
    tensor = _Tensor(dtype_name(content[start + 1]), _shape(content[at:rest]), value)
    return _listed(tensor, Span(node.offset_bytes + start, stop - start), file, name)


def in_text(constants: Iterable[StoredTensor]) -> list[StoredTensor]:
    """Returns constants that were found in the binary form of a text, which itself has no bytes of theirs."""
    return [replace(constant, stored_as=StoredAs.NODE, offset_bytes=0) for constant in constants]


@dataclass(slots=True)
class _Tensor:
    """What a TensorProto says: its type, its shape, None if that is none, and the part that holds its elements or the first of them."""

    dtype: str = ""
    shape: tuple[int, ...] | None = ()
    value: Field | None = None


def _tensor_in(content: bytes) -> tuple[int, int]:
    """Returns where the tensor of the attribute `value` starts and ends within a node."""
    at, place = 0, None
    while at < len(content):
        tag = content[at]
        length, start = decode(content, at + 1)
        if tag > 127 or tag & 7 != LENGTH_DELIMITED:
            raise ValueError
        at = start + length
        if tag == _ATTR_TAG and content.startswith(_VALUE_KEY, start):
            length, start = decode(content, start + len(_VALUE_KEY))
            if place is not None or content[start] != _TENSOR_TAG or start + length != at:
                raise ValueError
            length, start = decode(content, start + 1)
            place = start, at
            if start + length != at:
                raise ValueError
        elif tag == _ATTR_TAG and content[start] != _KEY_TAG:
            raise ValueError
    if place is None or at != len(content):
        raise ValueError
    return place


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


def _tensor(reader: FileReader, place: Span) -> _Tensor:
    """Reads the beginning of a TensorProto; what is told of it is of no shape if a part is there twice that may be only once."""
    found, seen = _Tensor(), set[int]()
    fields = scan(reader, place.offset_bytes, place.offset_bytes + place.length_bytes, keep_bytes=_SHAPE_BYTES)
    for part in islice(fields, _MAX_FIELDS):
        number = part.number
        if number == _DTYPE:
            found.dtype = dtype_name(part.value)
        elif number == _SHAPE:
            found.shape = None if part.payload is None or _SHAPE in seen else _shape(part.payload)
        elif number != _VERSION:
            if _CONTENT in seen or (number == _CONTENT and found.value is not None):
                return _Tensor(shape=None)
            is_one_run = found.value is None and part.wire_type == LENGTH_DELIMITED
            found.value = part if is_one_run else part._replace(number=0)
        if number in {_SHAPE, _CONTENT}:
            seen.add(number)
    return found


def _listed(tensor: _Tensor, place: Span, file: str, name: str) -> StoredTensor | None:
    dtype, shape, value = tensor.dtype, tensor.shape, tensor.value
    size, number = element_size_bytes(dtype), value.number if value is not None else 0
    if shape is None or (size is None and (dtype != "string" or number == _CONTENT)):
        return None
    if size is None and not shape:  # one text is a message, such as the object graph that a saver keeps
        return None
    if place.length_bytes < MIN_CONSTANT_BYTES and not is_weight(dtype, shape):
        return None
    if value is not None and size is not None and (number == _CONTENT or _SAME_AS_PLAIN.get(number) == dtype):
        wanted = size * element_count(shape)
        if value.length == wanted:
            return StoredTensor(name, dtype, shape, file, value.offset, value.length, constant=True)
        if value.length > wanted or value.length % size:
            return None  # no parser takes it
    return StoredTensor(name, dtype, shape, file, place.offset_bytes, place.length_bytes, stored_as=StoredAs.PROTO, constant=True)


def _shape(payload: bytes) -> tuple[int, ...] | None:
    from tfreg.wire.tensor_pb2 import TensorShapeProto

    try:
        return known_shape_of(TensorShapeProto.FromString(payload))
    except DecodeError:
        return None
