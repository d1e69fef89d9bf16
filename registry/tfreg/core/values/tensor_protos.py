"""The value of a TensorProto as plain bytes, read from where the message stands: its `tensor_content`, or the list of its type.

A list that is too short is filled up with its last element, or with zeros if it has none (Tensor::FromProto, tensor.cc).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tfreg.core.codecs.errors import CodecError, LimitError, TruncatedError
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, VARINT, Field, scan
from tfreg.core.dtypes import element_size_bytes
from tfreg.core.files import FileReader
from tfreg.core.layouts import Span
from tfreg.core.shapes import element_count
from tfreg.core.values.runs import CHUNK_BYTES
from tfreg.core.values.strings import plain_texts

MAX_FILLED_BYTES = 256 << 20
"""How long a value may become by filling up."""
_CONTENT, _TEXTS = 4, 8  # field numbers, as proto/tfreg/wire/tensor.proto has them
_INTS = ("int32", "int16", "int8", "uint8", "uint16", "qint8", "quint8", "qint16", "quint16", "qint32")
_SUBBYTES = ("int4", "uint4", "int2", "uint2")
_PLAIN_LISTS = {"float32": 5, "float64": 6, "complex64": 9, "complex128": 12}
_VARINT_LISTS = {
    **dict.fromkeys((*_INTS, *_SUBBYTES), 7),
    "int64": 10,
    "bool": 11,
    "float16": 13,
    "bfloat16": 13,
    "uint32": 16,
    "uint64": 17,
}
_FLOAT8_LIST = 18
_WINDOW_BYTES = 64 << 10
_MAX_VARINT_BYTES = 10


@dataclass(frozen=True, slots=True)
class TensorMessage:
    """A TensorProto in a file, and what it is to hold.

    Attributes:
        reader: The file.
        place: Where the message is.
        dtype: Element type.
        shape: Its shape.
        may_fill: Whether a list may be shorter than the shape says.
    """

    reader: FileReader
    place: Span
    dtype: str
    shape: tuple[int, ...]
    may_fill: bool = True

    def chunks(self) -> Iterator[bytes]:
        """Yields its plain value.

        Raises:
            CodecError: It is damaged, or has too many or too few elements.
        """
        return _texts(self) if self.dtype == "string" else _numbers(self)


def _numbers(message: TensorMessage) -> Iterator[bytes]:
    element = element_size_bytes(message.dtype)
    if element is None:
        raise CodecError(f"has a value of the dtype {message.dtype}, which has no plain form")
    wanted, given, last = element * element_count(message.shape), 0, bytes(element)
    for chunk in _elements(message, element):
        given += len(chunk)
        if given > wanted:
            raise CodecError(f"has a value with more elements than its shape {list(message.shape)} says")
        last = (last + chunk)[-element:]
        yield chunk
    if given < wanted:
        yield from _filling(message, last, wanted, wanted - given)


def _elements(message: TensorMessage, element: int) -> Iterator[bytes]:
    plain, varints = _PLAIN_LISTS.get(message.dtype, _FLOAT8_LIST), _VARINT_LISTS.get(message.dtype)
    pending = bytearray()
    for field in _fields(message):
        if field.wire_type == LENGTH_DELIMITED and field.number in (_CONTENT, plain):
            yield from _bytes(message.reader, field)
        elif field.number == plain and varints is None:  # not packed: a field for each element
            pending += field.value.to_bytes(field.length, "little")
        elif field.number == varints and field.wire_type == VARINT:
            pending += _low_bytes(field.value, element)
        elif field.number == varints and field.wire_type == LENGTH_DELIMITED:
            yield from _varints(message.reader, field, element)
        if len(pending) >= CHUNK_BYTES:
            yield bytes(pending)
            pending.clear()
    if pending:
        yield bytes(pending)


def _bytes(reader: FileReader, field: Field) -> Iterator[bytes]:
    end = field.offset + field.length
    for offset in range(field.offset, end, CHUNK_BYTES):
        chunk = reader.read_at(offset, min(CHUNK_BYTES, end - offset))
        if len(chunk) < min(CHUNK_BYTES, end - offset):
            raise TruncatedError(f"ends within a value at byte {offset + len(chunk)}")
        yield chunk


def _varints(reader: FileReader, field: Field, element: int) -> Iterator[bytes]:
    """Yields the elements of a packed list of varints."""
    value = shift = 0
    for window in _bytes(reader, field):
        for start in range(0, len(window), _WINDOW_BYTES):
            decoded = bytearray()
            for byte in window[start : start + _WINDOW_BYTES]:
                value |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    decoded += _low_bytes(value, element)
                    value = shift = 0
                elif shift >= 7 * _MAX_VARINT_BYTES:
                    raise CodecError("has a number of more than ten bytes")
            yield bytes(decoded)
    if shift:
        raise TruncatedError("ends within a number")


def _low_bytes(value: int, element: int) -> bytes:
    return (value & ((1 << 8 * element) - 1)).to_bytes(element, "little")


def _filling(message: TensorMessage, last: bytes, wanted: int, missing: int) -> Iterator[bytes]:
    if not message.may_fill:
        raise CodecError(f"has a value with fewer elements than its shape {list(message.shape)} says")
    if wanted > MAX_FILLED_BYTES:
        raise LimitError(f"has a value of {wanted} bytes, most of which its file does not hold")
    chunk = last * (min(CHUNK_BYTES, missing) // len(last))
    for start in range(0, missing, len(chunk)):
        yield chunk[: missing - start]


def _texts(message: TensorMessage) -> Iterator[bytes]:
    count = element_count(message.shape)
    return plain_texts(message.reader, _filled_texts(message, count))


def _filled_texts(message: TensorMessage, count: int) -> Iterator[Span]:
    given, last = 0, Span(0, 0)
    for field in _fields(message):
        if field.number == _TEXTS and field.wire_type == LENGTH_DELIMITED:
            last, given = Span(field.offset, field.length), given + 1
            if given > count:
                raise CodecError(f"has a value with more texts than its shape {list(message.shape)} says")
            yield last
    missing = count - given
    if missing and not message.may_fill:
        raise CodecError(f"has a value with fewer texts than its shape {list(message.shape)} says")
    if missing * (8 + last.length_bytes) > MAX_FILLED_BYTES:
        raise LimitError(f"has a value of {count} texts, most of which its file does not hold")
    for _ in range(missing):
        yield last


def _fields(message: TensorMessage) -> Iterable[Field]:
    return scan(message.reader, message.place.offset_bytes, message.place.offset_bytes + message.place.length_bytes)
