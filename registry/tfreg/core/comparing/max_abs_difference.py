"""By how much the elements of two values differ, in pieces, without a numerical library."""

from __future__ import annotations

import math
import struct
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from operator import sub

_CODES = {
    "float32": "f",
    "float64": "d",
    "int8": "b",
    "uint8": "B",
    "bool": "B",
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "uint64": "Q",
    **dict.fromkeys(("qint8", "int4", "int2"), "b"),
    **dict.fromkeys(("quint8", "uint4", "uint2"), "B"),
    "qint16": "h",
    "quint16": "H",
    "qint32": "i",
}
_COMPLEX = {"complex64": "f", "complex128": "d"}
_SIZES = {"float16": 2, "bfloat16": 2, "complex64": 8, "complex128": 16}


def max_abs_difference(dtype: str, before: Iterable[bytes], after: Iterable[bytes]) -> float | None:
    """Returns the largest absolute difference; NaN if an element is no number on one side only; None for dtypes without arithmetic.

    Args:
        dtype: Of both.
        before: The plain value in chunks of any length.
        after: Likewise, of the same length.
    """
    if dtype not in _CODES and dtype not in _SIZES:
        return None
    size = _SIZES.get(dtype) or array(_CODES[dtype]).itemsize
    largest = 0.0
    for one, other in _in_step(before, after, size):
        found = _largest(dtype, one, other)
        if math.isnan(found):
            return found
        largest = max(largest, found)
    return largest


def _in_step(before: Iterable[bytes], after: Iterable[bytes], size: int) -> Iterator[tuple[bytes, bytes]]:
    """Yields pieces of one length of both, whole elements each."""
    rest, others, other = b"", iter(after), b""
    for chunk in before:
        rest += chunk
        while len(rest) >= size:
            if len(other) < size:
                more = next(others, None)
                if more is None:
                    return
                other += more
                continue
            length = min(len(rest), len(other)) // size * size
            yield rest[:length], other[:length]
            rest, other = rest[length:], other[length:]


def _largest(dtype: str, one: bytes, other: bytes) -> float:
    if dtype in _COMPLEX:
        parts = [_numbers(_COMPLEX[dtype], content) for content in (one, other)]
        distances = [list(map(sub, *(part[start::2] for part in parts))) for start in (0, 1)]
        differences: Sequence[float] = list(map(math.hypot, *distances))
    else:
        differences = list(map(abs, map(sub, _elements(dtype, one), _elements(dtype, other))))
    if math.isfinite(sum(differences)):
        return float(max(differences, default=0))
    return _careful(dtype, one, other)


def _careful(dtype: str, one: bytes, other: bytes) -> float:
    """As `_largest`, where an element is infinite or no number: equal ones do not differ."""
    if dtype in _COMPLEX:
        return math.nan
    largest = 0.0
    for a, b in zip(_elements(dtype, one), _elements(dtype, other), strict=True):
        if a == b or (a != a and b != b):  # noqa: PLR0124 only NaN is not itself
            continue
        if math.isnan(a) or math.isnan(b):
            return math.nan
        largest = max(largest, abs(a - b))
    return largest


def _elements(dtype: str, content: bytes) -> Sequence[float]:
    if dtype == "float16":
        return struct.unpack(f"<{len(content) // 2}e", content)
    if dtype == "bfloat16":  # the upper half of a float32
        wide = bytearray(2 * len(content))
        wide[2::4], wide[3::4] = content[::2], content[1::2]
        return _numbers("f", bytes(wide))
    return _numbers(_CODES[dtype], content)


def _numbers(code: str, content: bytes) -> Sequence[float]:
    numbers: array[float] = array(code, content)  # of integers too, which are numbers as well
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
