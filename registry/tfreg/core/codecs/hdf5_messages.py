"""Messages of an HDF5 object header: datatypes, dataspaces and attributes, as the library writes them by default.

Source: the HDF5 File Format Specification, version 3.0, sections IV.A.2.b (dataspace), IV.A.2.d (datatype) and IV.A.2.m (attribute);
all of version 1, which every reader knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from struct import pack

MAX_MESSAGE_BYTES = (1 << 16) - 8
"""How long a message may be, its length being of two bytes, all padded to eight. An attribute is one message."""
REFERENCE_BYTES = 16
"""Of a text that lies in a global heap: its length, the heap's address, its number there."""


@dataclass(frozen=True, slots=True)
class FixedTexts:
    """Texts that stand in an attribute itself, each as long as the longest, as numpy's `S` arrays are; few readers take no others.

    Attributes:
        texts: The texts.
        is_scalar: Whether it is a single text rather than a list of them.
    """

    texts: tuple[bytes, ...]
    is_scalar: bool = False


AttributeValue = str | bytes | bool | int | float | Sequence[str] | Sequence[bytes] | Sequence[int] | Sequence[float] | FixedTexts
"""A text, of any length (`str` in UTF-8, `bytes` in ASCII), a number, or a list of either; an empty list is one of floats, as in h5py."""
Keep = Callable[[bytes], bytes]
"""Puts a text into the global heap and returns the reference to it."""

_FLOATS = {2: (15, 10, 5, 10, 15), 4: (31, 23, 8, 23, 127), 8: (63, 52, 11, 52, 1023)}
_OPAQUE = {"bfloat16": 2, **dict.fromkeys(("float8_e4m3fn", "float8_e5m2"), 1)}


def datatype(dtype: str) -> bytes:
    """Returns the datatype of a dataset.

    A dtype that HDF5 lacks is opaque, as numpy's extension types are in h5py; Keras 3 tells it by an attribute `dtype`.

    Raises:
        ValueError: There is no form of it that Keras reads.
    """
    if dtype == "string":
        return text_type(is_utf8=True)
    if dtype == "bool":
        return (
            pack("<B3BI", 0x18, 2, 0, 0, 1) + _integer(1, is_signed=True) + _padded(b"FALSE\0") + _padded(b"TRUE\0") + b"\x00\x01"
        )
    if dtype in _OPAQUE:
        return pack("<B3BI", 0x15, 0, 0, 0, _OPAQUE[dtype])
    kind = dtype.rstrip("0123456789")
    size = int(dtype.removeprefix(kind) or 0) // 8
    if kind in ("int", "uint") and size in (1, 2, 4, 8):
        return _integer(size, is_signed=kind == "int")
    if kind == "float" and size in _FLOATS:
        return _float(size)
    raise ValueError(f"HDF5 has no datatype for {dtype!r}")


def is_opaque(dtype: str) -> bool:
    """Whether a dtype is written as opaque bytes, so that the dataset needs the attribute `dtype`."""
    return dtype in _OPAQUE


def text_type(*, is_utf8: bool) -> bytes:
    """Returns the datatype of texts of any length."""
    return pack("<B3BI", 0x19, 1, int(is_utf8), 0, REFERENCE_BYTES) + _integer(1, is_signed=False)


def dataspace(shape: tuple[int, ...] | None) -> bytes:
    """Returns the dataspace of a shape; `()` and None are a single element."""
    return pack("<BBB5x", 1, len(shape or ()), 0) + b"".join(pack("<Q", size) for size in shape or ())


def attribute(name: str, value: AttributeValue, keep: Keep) -> bytes:
    """Returns the message of an attribute.

    Raises:
        ValueError: It is longer than a message may be, or has no name.
    """
    kind, shape, content = _encoded(value, keep)
    label, space = name.encode() + b"\0", dataspace(shape)
    message = pack("<BxHHH", 1, len(label), len(kind), len(space)) + _padded(label) + _padded(kind) + _padded(space) + content
    if not name or "\0" in name or len(message) > MAX_MESSAGE_BYTES:
        raise ValueError(f"the attribute {name[:100]!r} of {len(message)} bytes cannot be written")
    return message


def _encoded(value: AttributeValue, keep: Keep) -> tuple[bytes, tuple[int, ...], bytes]:
    """Returns datatype, shape and bytes of an attribute's value."""
    if isinstance(value, FixedTexts):
        width = max(map(len, value.texts), default=1) or 1
        shape = () if value.is_scalar else (len(value.texts),)
        return pack("<B3BI", 0x13, 1, 0, 0, width), shape, b"".join(text.ljust(width, b"\0") for text in value.texts)
    if isinstance(value, str | bytes | bool | int | float):
        kind, content = _elements([value], keep)
        return kind, (), content
    kind, content = _elements(list(value), keep)
    return kind, (len(value),), content


def _elements(values: Sequence[str | bytes | bool | float], keep: Keep) -> tuple[bytes, bytes]:
    """Returns datatype and bytes of values of one type."""
    first = values[0] if values else 0.0
    if isinstance(first, str):
        return text_type(is_utf8=True), b"".join(keep(str(value).encode()) for value in values)
    if isinstance(first, bytes):
        return text_type(is_utf8=False), b"".join(keep(value) for value in values if isinstance(value, bytes))
    if isinstance(first, bool):
        return datatype("bool"), bytes(map(bool, values))
    if all(isinstance(value, int) for value in values) and values:
        return datatype("int64"), pack(f"<{len(values)}q", *values)
    return datatype("float64"), pack(f"<{len(values)}d", *values)


def _integer(size: int, *, is_signed: bool) -> bytes:
    return pack("<B3BIHH", 0x10, 8 if is_signed else 0, 0, 0, size, 0, 8 * size)


def _float(size: int) -> bytes:
    sign, exponent_at, exponent, mantissa, bias = _FLOATS[size]
    return pack("<B3BIHH4BI", 0x11, 0x20, sign, 0, size, 0, 8 * size, exponent_at, exponent, 0, mantissa, bias)


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 8)
