"""Plain values as numpy arrays. numpy is imported when the first one is made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tfreg.core.dtypes import element_size_bytes
from tfreg.core.errors import RequestInvalidError, TensorUnreadableError
from tfreg.core.shapes import element_count
from tfreg.core.values.selection import ValueHeader

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_LENGTH_BYTES = 8
_QUANTIZED = {"qint8": "int8", "quint8": "uint8", "qint16": "int16", "quint16": "uint16", "qint32": "int32"}
_SMALL_INTEGERS = {"int4": "int8", "int2": "int8", "uint4": "uint8", "uint2": "uint8"}
_NUMPY = frozenset(
    [
        "bool",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "float16",
        "float32",
        "float64",
        "complex64",
        "complex128",
    ]
)


def array_of(header: ValueHeader, chunks: Iterable[bytes]) -> npt.NDArray[Any]:
    """Returns a value as an array that can be written to.

    Strings become an array of Python's bytes. bfloat16, float8 and integers of less than a byte get the type that ml_dtypes gives
    them if that is installed, as TensorFlow does; else bfloat16 becomes float32 and the integers int8 or uint8, which hold the
    same values.

    Raises:
        TensorUnreadableError: The bytes do not fit the header.
        RequestInvalidError: The dtype needs ml_dtypes, which is not installed.
    """
    content = bytearray()
    for chunk in chunks:
        content += chunk
    if header.dtype == "string":
        return _texts(header, content)
    element = element_size_bytes(header.dtype)
    if element is None or len(content) != element * element_count(header.shape):
        raise TensorUnreadableError(
            f"{len(content)} bytes are no {header.dtype} of the shape {list(header.shape)}.", tensor=header.name
        )
    return _numbers(header, content)


def _numbers(header: ValueHeader, content: bytearray) -> npt.NDArray[Any]:
    import numpy as np

    dtype = _dtype(header.dtype)
    if dtype is not None:
        return np.frombuffer(content, dtype.newbyteorder("<")).astype(dtype, copy=False).reshape(header.shape)
    if header.dtype == "bfloat16":
        bits = np.frombuffer(content, "<u2").astype(np.uint32) << 16
        return bits.view(np.float32).reshape(header.shape)
    raise RequestInvalidError(
        f"numpy has no {header.dtype}.", hint="Install ml_dtypes, or read its bytes by save_tensors.", dtype=header.dtype
    )


def _dtype(name: str) -> np.dtype[Any] | None:
    import numpy as np

    if name in _NUMPY:
        return np.dtype(name)
    if name in _QUANTIZED:
        return np.dtype(_QUANTIZED[name])
    try:
        import ml_dtypes
    except ImportError:
        return np.dtype(_SMALL_INTEGERS[name]) if name in _SMALL_INTEGERS else None
    found: np.dtype[Any] = np.dtype(getattr(ml_dtypes, name))
    return found


def _texts(header: ValueHeader, content: bytearray) -> npt.NDArray[Any]:
    import numpy as np

    array = np.empty(element_count(header.shape), dtype=object)
    at = count = 0
    while at < len(content) and count < len(array):
        end = at + _LENGTH_BYTES + int.from_bytes(content[at : at + _LENGTH_BYTES], "little")
        array[count] = bytes(content[at + _LENGTH_BYTES : end])
        at, count = end, count + 1
    if at != len(content) or count != len(array):
        raise TensorUnreadableError(f"The texts of {header.name!r} are cut off.", tensor=header.name)
    return array.reshape(header.shape)
