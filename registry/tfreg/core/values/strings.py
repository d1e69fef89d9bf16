"""Texts: a checkpoint's and TFLite's forms of string tensors, as plain values.

A checkpoint holds the lengths of all elements as varints, a masked CRC-32C of the lengths, then the texts. The checksum is over the
lengths as 4 bytes each, little-endian, as 8 bytes where a length does not fit (tensor_bundle.cc, WriteStringTensor).

TFLite holds a count, the start of each text and the end of the last, each as 4 bytes counted from the buffer's start, then the texts
(tensorflow/lite/string_util.h).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tfreg.core.codecs import crc32c
from tfreg.core.codecs.errors import ChecksumError, CodecError, TruncatedError
from tfreg.core.files import FileReader
from tfreg.core.layouts import Span
from tfreg.core.values.runs import CHUNK_BYTES

_CRC_BYTES = 4
_READ_BYTES = 64 << 10
_MAX_VARINT_BYTES = 10
_LENGTHS_AT_ONCE = 4096
Texts = Iterator[Span]
"""Where each element's text lies in the file."""


def checkpoint_texts(reader: FileReader, place: Span, count: int) -> Texts:
    """Yields where the elements of a checkpoint's string tensor are, after checking their lengths.

    Raises:
        CodecError: The lengths do not fit the place or their checksum.
    """
    end = place.offset_bytes + place.length_bytes
    total, at, _ = _check_lengths(reader, place, count)
    if at + _CRC_BYTES + total != end:
        raise CodecError(f"has {end - at - _CRC_BYTES} bytes of texts at byte {at + _CRC_BYTES} where their lengths say {total}")
    position = at + _CRC_BYTES
    for length, _ in _lengths(reader, place, count):
        yield Span(position, length)
        position += length


def tflite_texts(reader: FileReader, place: Span, count: int) -> Texts:
    """Yields where the elements of a TFLite string buffer are.

    Raises:
        CodecError: It has another count, or starts that are out of order.
    """
    head = 4 * (count + 2)
    if place.length_bytes < head or int.from_bytes(reader.read_at(place.offset_bytes, 4), "little") != count:
        raise CodecError(f"has no {count} texts at byte {place.offset_bytes}")
    start = None
    for number in range(count + 1):
        at = int.from_bytes(reader.read_at(place.offset_bytes + 4 * (number + 1), 4), "little")
        if not (head if start is None else start) <= at <= place.length_bytes:
            raise CodecError(f"has a text that starts at byte {at} of its buffer")
        if start is not None:
            yield Span(place.offset_bytes + start, at - start)
        start = at


def plain_texts(reader: FileReader, texts: Iterable[Span]) -> Iterator[bytes]:
    """Yields texts as a plain value: each with its length before it, many short ones together."""
    pending = bytearray()
    for text in texts:
        pending += text.length_bytes.to_bytes(8, "little")
        for start in range(0, text.length_bytes, CHUNK_BYTES):
            wanted = min(CHUNK_BYTES, text.length_bytes - start)
            content = reader.read_at(text.offset_bytes + start, wanted)
            if len(content) < wanted:
                raise TruncatedError(f"ends within a text at byte {text.offset_bytes}")
            pending += content
            if len(pending) >= CHUNK_BYTES:
                yield bytes(pending)
                pending.clear()
        if len(pending) >= CHUNK_BYTES:
            yield bytes(pending)
            pending.clear()
    if pending:
        yield bytes(pending)


def texts_checksum(reader: FileReader, place: Span, count: int) -> tuple[int, Span]:
    """Returns the CRC-32C of the lengths and of their own masked checksum, which that of the tensor begins with, and where the texts are.

    Raises:
        CodecError: The lengths do not fit the place or their checksum.
    """
    _, at, checksum = _check_lengths(reader, place, count)
    texts = at + _CRC_BYTES
    return crc32c.extend(checksum, reader.read_at(at, _CRC_BYTES)), Span(texts, place.offset_bytes + place.length_bytes - texts)


def _check_lengths(reader: FileReader, place: Span, count: int) -> tuple[int, int, int]:
    """Returns the sum of the lengths, where they end, and their checksum."""
    if count > place.length_bytes:
        raise CodecError(f"has {place.length_bytes} bytes for {count} texts")
    total, at, checksum, end = 0, place.offset_bytes, 0, place.offset_bytes + place.length_bytes
    while count:
        window = reader.read_at(at, min(_READ_BYTES, end - at, count))
        if window and window.isascii():  # varints of one byte each, the rule: all at once
            spread = bytearray(4 * len(window))
            spread[::4] = window
            total, at, count = total + sum(window), at + len(window), count - len(window)
        else:
            spread = bytearray()
            taken = min(count, _LENGTHS_AT_ONCE)
            stop = at
            for length, stop in _lengths(reader, Span(at, end - at), taken):  # noqa: B007 where the last one ends
                total += length
                spread += length.to_bytes(4 if length <= 0xFFFF_FFFF else 8, "little")
            count, at = count - taken, stop
        checksum = crc32c.extend(checksum, bytes(spread))
    stored = int.from_bytes(reader.read_at(at, _CRC_BYTES), "little")
    if crc32c.is_available() and crc32c.mask(checksum) != stored:
        raise ChecksumError(f"has lengths of texts with a wrong checksum at byte {at}")
    return total, at, checksum


def _lengths(reader: FileReader, place: Span, count: int) -> Iterator[tuple[int, int]]:
    """Yields each length and where it ends in the file."""
    end = place.offset_bytes + place.length_bytes
    base, window, at = place.offset_bytes, b"", 0
    for _ in range(count):
        if at + _MAX_VARINT_BYTES > len(window) and base + len(window) < end:
            base += at
            window, at = reader.read_at(base, min(_READ_BYTES, end - base)), 0
        length = shift = 0
        while True:
            if at >= len(window) or shift > 63:
                raise TruncatedError(f"has a length of a text that does not end at byte {base + at}")
            byte = window[at]
            at += 1
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        yield length & 0xFFFF_FFFF_FFFF_FFFF, base + at
