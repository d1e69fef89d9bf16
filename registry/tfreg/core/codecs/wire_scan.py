"""Finds the fields of a protobuf message in a file without parsing it.

A model file can hold gigabytes in one message, or twenty million empty nodes that a parser turns into gigabytes of objects. The scan
reads windows of the file, decodes only tags and lengths and skips what lies between, so memory stays flat and time follows the number
of fields, not of bytes. The wire format is described at https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tfreg.core.codecs.errors import CodecError, TruncatedError
from tfreg.core.codecs.varint import decode
from tfreg.core.files import FileReader

VARINT, FIXED64, LENGTH_DELIMITED, FIXED32 = 0, 1, 2, 5

_MIN_WINDOW_BYTES = 4 << 10  # after a jump over a big payload, behind which the next jump may follow
_MAX_WINDOW_BYTES = 1 << 20  # where small fields follow each other
_HEAD_BYTES = 20  # a tag and a length, or a tag and a value, of at most ten bytes each
_FIXED_BYTES = {FIXED64: 8, FIXED32: 4}


class Field(NamedTuple):
    """A field of a message, as it stands in the file.

    Attributes:
        number: Field number.
        wire_type: `VARINT`, `FIXED64`, `LENGTH_DELIMITED` or `FIXED32`.
        offset: Where its payload starts in the file: after tag and length.
        length: How many bytes the payload has.
        value: The number in a varint or fixed field, unsigned; 0 for a length-delimited field.
        payload: The bytes of a length-delimited field of at most `keep_bytes`; None for a longer one.
    """

    number: int
    wire_type: int
    offset: int
    length: int
    value: int
    payload: bytes | None


def scan(reader: FileReader, start: int, end: int, *, keep_bytes: int = 0) -> Iterator[Field]:
    """Yields the fields of the message in `reader[start:end]`, in order, reading 4 KiB to 1 MiB at a time.

    Args:
        reader: The file.
        start: Where the message starts.
        end: Where it ends; at most the file's size.
        keep_bytes: Payloads up to this length are read and come with their field. 0: none is, so big ones cost nothing.

    Raises:
        CodecError: What is there is not a message: a field passes the end, a varint has more than ten bytes, a tag is impossible.
    """
    window, base, position, size = b"", start, start, _MIN_WINDOW_BYTES
    try:
        while position < end:
            at = position - base
            if at + _HEAD_BYTES > len(window) and base + len(window) < end:
                size = _MIN_WINDOW_BYTES if at > len(window) else min(2 * size, _MAX_WINDOW_BYTES)
                window, base, at = reader.read_at(position, min(size, end - position)), position, 0
            tag = window[at]
            at += 1
            if tag > 127:
                tag, at = decode(window, at - 1)
            wire_type, number = tag & 7, tag >> 3
            if wire_type == LENGTH_DELIMITED:
                length = window[at]
                at += 1
                if length > 127:
                    length, at = decode(window, at - 1)
                offset = base + at
                position = offset + length
                if position > end:
                    raise TruncatedError(f"has a field of {length} bytes at byte {offset}, which passes the end at byte {end}")
                payload = None
                if length <= keep_bytes:
                    payload = window[at : at + length]
                    if len(payload) < length:
                        payload = _read(reader, offset, length)
                value = 0
            else:
                value, stop = _number(window, at, wire_type, base)
                offset, length, payload, position = base + at, stop - at, None, base + stop
            if not 0 < number < 1 << 29:
                raise CodecError(f"has a field with the impossible number {number} at byte {offset}")
            yield Field(number, wire_type, offset, length, value, payload)
    except IndexError:
        raise TruncatedError(f"ends within a field at byte {position}") from None


def _number(window: bytes, at: int, wire_type: int, base: int) -> tuple[int, int]:
    if wire_type == VARINT:
        return decode(window, at)
    size = _FIXED_BYTES.get(wire_type)
    if size is None:
        raise CodecError(f"has a field of the unknown wire type {wire_type} at byte {base + at}")
    if at + size > len(window):
        raise IndexError
    return int.from_bytes(window[at : at + size], "little"), at + size


def _read(reader: FileReader, offset: int, length: int) -> bytes:
    payload = reader.read_at(offset, length)
    if len(payload) < length:
        raise TruncatedError(f"ends at byte {offset + len(payload)}, within a field")
    return payload
