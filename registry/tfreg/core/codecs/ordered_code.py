"""Keys under which a checkpoint keeps the slices of a partitioned variable.

Strings and numbers are written such that the keys sort as what they say does. Strings escape 0 as `00 ff` and 255 as `ff 00` and end
with `00 01`; numbers from 0 on are their length and their big-endian bytes; signed numbers begin with as many equal bits as they
have bytes. (TensorFlow: tsl/lib/strings/ordered_code.h.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence

SLICE_PREFIX = b"\x00"
"""What the key of every slice begins with, and the name of no tensor."""
_FULL = -1


def slice_key(name: bytes, extents: Sequence[tuple[int, int | None]]) -> bytes:
    """Returns the key of a slice.

    Args:
        name: The tensor's name.
        extents: Start and length in each dimension; length None: the whole dimension.
    """
    parts = [_number(0), _string(name), _number(len(extents))]
    for start, length in extents:
        parts += [_signed(start), _signed(_FULL if length is None else length)]
    return b"".join(parts)


def _string(text: bytes) -> bytes:
    return re.sub(rb"[\x00\xff]", lambda found: found[0] + bytes([255 - found[0][0]]), text) + b"\x00\x01"


def _number(value: int) -> bytes:
    content = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes([len(content)]) + content


def _signed(value: int) -> bytes:
    """The big-endian two's complement in n bytes of 7 n - 1 bits and a sign, its first n + 1 bits marked by the sign."""
    bits = (~value if value < 0 else value).bit_length()
    size = bits // 7 + 1
    header = ((1 << size) - 1) << (8 * size - size)
    return ((value & ((1 << 8 * size) - 1)) ^ header).to_bytes(size, "big")
