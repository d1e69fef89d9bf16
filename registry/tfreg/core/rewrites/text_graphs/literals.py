"""Values as protobuf's text form has them, so that every parser of it reads the very same value back."""

from __future__ import annotations

import math
import struct

_PLAIN = bytes(byte for byte in range(0x20, 0x7F) if byte not in b"\"'\\")
_SHORT = {0x0A: b"\\n", 0x0D: b"\\r", 0x09: b"\\t", 0x22: b'\\"', 0x27: b"\\'", 0x5C: b"\\\\"}
_TABLE = [_SHORT.get(byte) or (bytes([byte]) if byte in _PLAIN else b"\\%03o" % byte) for byte in range(256)]
_TEXTS = [text.decode() for text in _TABLE]
_AT_MOST_TWO = _PLAIN + bytes(_SHORT)
_FEWEST_DIGITS, _ENOUGH_DIGITS = 6, 9
"""A float32 of `_ENOUGH_DIGITS` decimal digits is read back as the same number, also by way of a double."""


def escaped(content: bytes) -> bytes:
    """Returns bytes as a text's literal has them between its quotes: each by itself, so that the parts of a long value can be joined."""
    return content.decode("latin-1").translate(_TEXTS).encode("ascii")  # twice as fast as joining the bytes of each


def escaped_length(content: bytes) -> int:
    """Returns how many bytes `escaped` returns."""
    others = len(content.translate(None, _AT_MOST_TWO))
    plain = len(content) - len(content.translate(None, _PLAIN))
    return 4 * others + plain + 2 * (len(content) - others - plain)


def float_text(bits: int) -> bytes:
    """Returns a float32 given by its bits, in the fewest digits that are read back as the same number."""
    value: float = struct.unpack("<f", bits.to_bytes(4, "little"))[0]
    if not math.isfinite(value):
        return _special(value)
    for digits in range(_FEWEST_DIGITS, _ENOUGH_DIGITS):
        text = b"%.*g" % (digits, value)
        if _as_float32(float(text)) == value:
            return text
    return b"%.*g" % (_ENOUGH_DIGITS, value)


def double_text(bits: int) -> bytes:
    """Returns a float64 given by its bits likewise."""
    value: float = struct.unpack("<d", bits.to_bytes(8, "little"))[0]
    return repr(value).encode() if math.isfinite(value) else _special(value)


def signed(value: int, bits: int) -> int:
    """Returns what a varint stands for in a field of a signed type: its lowest bits, the highest of them the sign."""
    half = 1 << (bits - 1)
    return (value & (2 * half - 1) ^ half) - half


def _special(value: float) -> bytes:
    return b"nan" if math.isnan(value) else b"inf" if value > 0 else b"-inf"


def _as_float32(value: float) -> float | None:
    try:
        result: float = struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return None
    return result
