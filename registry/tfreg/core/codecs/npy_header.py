"""The header of numpy's .npy: dtype, order and shape of the array behind it, as a Python literal.

https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. The literal is not evaluated, it is looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tfreg.core.codecs.errors import CodecError, LimitError, TruncatedError

MAGIC = b"\x93NUMPY"
MAX_HEADER_BYTES = 64 << 10
"""Numpy itself takes 10,000 characters, unless it is told to trust the file."""
OBJECT = "object"
"""As the dtype of an array of Python objects, whose values are a pickle."""
_LENGTH_BYTES = {1: 2, 2: 4, 3: 4}
_DESCR = re.compile(rb"""['"]descr['"]\s*:\s*(?:['"]([<>|=]?)([a-zA-Z])(\d{0,9})['"]|(\S))""")
_ORDER = re.compile(rb"""['"]fortran_order['"]\s*:\s*(True|False)\b""")
_SHAPE = re.compile(rb"""['"]shape['"]\s*:\s*\(([\d\s,L]{0,10000})\)""")
_NAMES = {
    **{("i", size): f"int{8 * size}" for size in (1, 2, 4, 8)},
    **{("u", size): f"uint{8 * size}" for size in (1, 2, 4, 8)},
    **{("f", size): f"float{8 * size}" for size in (2, 4, 8)},
    **{("c", size): f"complex{8 * size}" for size in (8, 16)},
    ("b", 1): "bool",
}
_MAX_DIGITS = 19


@dataclass(frozen=True, slots=True)
class NpyHeader:
    """What a header says.

    Attributes:
        dtype: TensorFlow's name of the element type; `OBJECT`; empty for another that TensorFlow has no name for, such as texts.
        description: numpy's name of it, such as `<U5`.
        is_big_endian: Whether the highest byte comes first.
        is_fortran: Whether the first dimension varies fastest.
        shape: The shape.
        size_bytes: How long the header is, what stands before it included.
    """

    dtype: str
    description: str
    is_big_endian: bool
    is_fortran: bool
    shape: tuple[int, ...]
    size_bytes: int


def header_size_bytes(start: bytes) -> int:
    """Returns how long a file's header is, from its first bytes, of which twelve are enough.

    Raises:
        CodecError: It does not begin like a .npy.
        LimitError: The header is longer than is read.
    """
    version = start[len(MAGIC)] if len(start) > len(MAGIC) else 0
    width = _LENGTH_BYTES.get(version)
    at = len(MAGIC) + 2
    if not start.startswith(MAGIC) or width is None or len(start) < at + width:
        raise CodecError("does not begin like a .npy")
    length = int.from_bytes(start[at : at + width], "little")
    if length > MAX_HEADER_BYTES:
        raise LimitError(f"has a header of {length} bytes")
    return at + width + length


def read_header(content: bytes) -> NpyHeader:
    """Reads the header of a file, of which at least that has to be there.

    Raises:
        CodecError: It is damaged, or does not say each thing once.
    """
    size = header_size_bytes(content)
    if len(content) < size:
        raise TruncatedError("ends within its header")
    text = content[:size]
    found = [pattern.findall(text) for pattern in (_DESCR, _ORDER, _SHAPE)]
    if any(len(one) != 1 for one in found):
        raise CodecError("has a header that does not say dtype, order and shape once each")
    (order, kind, width, _), fortran, sizes = (one[0] for one in found)
    shape = tuple(int(size) for size in _numbers(sizes))
    description = b"".join((order, kind, width)).decode()
    dtype = OBJECT if kind == b"O" else _NAMES.get((kind.decode(), int(width or 0)), "")
    return NpyHeader(dtype, description, order == b">" and width != b"1", fortran == b"True", shape, size)


def _numbers(text: bytes) -> list[bytes]:
    numbers = [number.strip().removesuffix(b"L") for number in text.split(b",") if number.strip()]
    if any(not number.isdigit() or len(number) > _MAX_DIGITS for number in numbers):
        raise CodecError("has a header with an impossible shape")
    return numbers
