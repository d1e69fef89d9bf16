"""numpy's .npy, written as a stream without numpy (numpy/lib/format.py, version 1.0 of the format)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tfreg.core.errors import RequestInvalidError
from tfreg.core.values.selection import ValueHeader

MAX_TEXTS_BYTES = 1 << 30
"""How long the texts of a tensor may be in all: numpy gives each the length of the longest."""
_MAGIC, _ALIGNMENT, _LENGTH_BYTES = b"\x93NUMPY\x01\x00", 64, 8
_DESCRIPTIONS = {
    "bool": "|b1",
    **{f"{sign}int{8 * size}": f"{'|' if size == 1 else '<'}{sign or 'i'}{size}" for sign in ("", "u") for size in (1, 2, 4, 8)},
    **{f"float{8 * size}": f"<f{size}" for size in (2, 4, 8)},
    **{f"complex{8 * size}": f"<c{size}" for size in (8, 16)},
}
BITS_ONLY = (*(f"float8_{kind}" for kind in ("e5m2", "e4m3fn", "e4m3fnuz", "e4m3b11fnuz", "e5m2fnuz")), "float4_e2m1fn")
STAND_INS = {
    "bfloat16": "float32",
    **{f"q{name}": name for name in ("int8", "uint8", "int16", "uint16", "int32")},
    **dict.fromkeys(("int4", "int2"), "int8"),
    **dict.fromkeys(("uint4", "uint2"), "uint8"),
    **dict.fromkeys(BITS_ONLY, "uint8"),
}
"""What stands for a dtype that numpy lacks: it holds the same values, or those of `BITS_ONLY` their bits."""


def npy_dtype(header: ValueHeader) -> str:
    """Returns the dtype that a value has in the file.

    Raises:
        RequestInvalidError: numpy has none.
    """
    dtype = STAND_INS.get(header.dtype, header.dtype)
    if dtype not in _DESCRIPTIONS and dtype != "string":
        raise RequestInvalidError(
            f"The tensor {header.name!r} is of the dtype {header.dtype}, which numpy's files do not have.",
            hint="Save it as .safetensors.",
            tensor=header.name,
            dtype=header.dtype,
        )
    return dtype


def npy_chunks(header: ValueHeader, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yields the file for a value.

    Raises:
        RequestInvalidError: numpy lacks its dtype, or its texts, which are too long, or of which one ends with a zero byte.
    """
    dtype = npy_dtype(header)
    if dtype == "string":
        yield from _texts(header, chunks)
        return
    yield npy_head(header)
    yield from map(widened, chunks) if header.dtype == "bfloat16" else chunks


def npy_head(header: ValueHeader) -> bytes:
    """Returns what stands before the bytes of a value of numbers; those of bfloat16 follow as `widened` makes them.

    Raises:
        RequestInvalidError: numpy lacks its dtype.
    """
    return _head(_DESCRIPTIONS[npy_dtype(header)], header.shape)


def _head(description: str, shape: tuple[int, ...]) -> bytes:
    sizes = "".join(f"{size}, " for size in shape).rstrip() if len(shape) == 1 else ", ".join(map(str, shape))
    text = f"{{'descr': '{description}', 'fortran_order': False, 'shape': ({sizes}), }}"
    length = len(_MAGIC) + 2 + len(text) + 1
    text += " " * (-length % _ALIGNMENT) + "\n"
    return _MAGIC + len(text).to_bytes(2, "little") + text.encode()


def widened(chunk: bytes) -> bytes:
    """Returns bfloat16 as float32: the same bits, and sixteen zeros below them."""
    wide = bytearray(2 * len(chunk))
    wide[2::4], wide[3::4] = chunk[0::2], chunk[1::2]
    return bytes(wide)


def _texts(header: ValueHeader, chunks: Iterable[bytes]) -> Iterator[bytes]:
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > MAX_TEXTS_BYTES:
            raise _too_long(header)
    texts = list(_split(bytes(content)))
    width = max(map(len, texts), default=1) or 1
    if width * len(texts) > MAX_TEXTS_BYTES:
        raise _too_long(header)
    if any(text.endswith(b"\x00") for text in texts):
        raise RequestInvalidError(
            f"A text of {header.name!r} ends with a zero byte, which numpy's files lose.",
            hint="Read it by tfreg tensors -o json, or by the Python client.",
            tensor=header.name,
        )
    yield _head(f"|S{width}", header.shape)
    for text in texts:
        yield text.ljust(width, b"\x00")


def _split(content: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(content):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(content[at:start], "little")
        yield content[start:at]


def _too_long(header: ValueHeader) -> RequestInvalidError:
    return RequestInvalidError(
        f"The texts of {header.name!r} would take more than {MAX_TEXTS_BYTES} bytes in a numpy file.",
        hint="Save a slice of them.",
        tensor=header.name,
    )
