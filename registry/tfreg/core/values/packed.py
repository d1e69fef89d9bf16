"""Elements of less than a byte that a format packs, spread to a byte each: TFLite's int4 and int2, the lowest bits first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice

from tfreg.core.shapes import element_count

_BITS = {"int4": 4, "uint4": 4, "int2": 2, "uint2": 2, "float4_e2m1fn": 4}


def is_packed(dtype: str, shape: tuple[int, ...], size_bytes: int) -> bool:
    """Whether so many bytes are the packed elements of a tensor."""
    count, bits = element_count(shape), _BITS.get(dtype)
    return bits is not None and size_bytes != count and size_bytes == -(-count * bits // 8)


def spread(chunks: Iterable[bytes], dtype: str, count: int) -> Iterator[bytes]:
    """Yields `count` elements as bytes; signed ones as two's complement."""
    table, left = _table(dtype), count
    for chunk in chunks:
        for start in range(0, len(chunk), 1 << 18):
            piece = b"".join(map(table.__getitem__, chunk[start : start + (1 << 18)]))[:left]
            left -= len(piece)
            if piece:
                yield piece


@cache
def _table(dtype: str) -> list[bytes]:
    bits = _BITS[dtype]
    mask, sign = (1 << bits) - 1, 1 << (bits - 1) if dtype.startswith("int") else 0

    def elements(byte: int) -> bytes:
        values = (byte >> shift & mask for shift in range(0, 8, bits))
        return bytes(((value ^ sign) - sign) & 255 for value in islice(values, 8 // bits))

    return [elements(byte) for byte in range(256)]
