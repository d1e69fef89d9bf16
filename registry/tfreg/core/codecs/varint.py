"""Numbers as protobuf and LevelDB write them: seven bits a byte, lowest first, the eighth bit set in all bytes but the last."""

from __future__ import annotations

from tfreg.core.codecs.errors import CodecError

_MAX_BITS = 70


def encode(value: int) -> bytes:
    """Returns the varint of a number that is not negative."""
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def decode(content: bytes, at: int) -> tuple[int, int]:
    """Returns the number at `content[at]`, cut to 64 bits as protobuf cuts it, and where it ends.

    Raises:
        IndexError: It passes the end of `content`.
        CodecError: It has more than ten bytes.
    """
    value = shift = 0
    while shift < _MAX_BITS:
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at
        shift += 7
    raise CodecError("has a number of more than ten bytes")
