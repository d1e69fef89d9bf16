"""The plain value of a constant that a graph holds in a TensorProto."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfreg.core.digests import Digest, digest_of
from tfreg.core.dtypes import dtype_name, element_size_bytes
from tfreg.core.shapes import element_count, known_shape_of
from tfreg.core.values.digest import value_digest

if TYPE_CHECKING:
    from tfreg.wire.tensor_pb2 import TensorProto

_MAX_FILLED_BYTES = 16 << 20
"""How long a value that is given by its last element may become. A longer one is told by what is written of it."""
_CHUNK_BYTES = 1 << 20
# The field that lists the elements of each type, and how an element of it is packed.
_LISTS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("float16", "bfloat16"), ("half_val", "H")),
    "float32": ("float_val", "f"),
    "float64": ("double_val", "d"),
    **dict.fromkeys(("int32", "qint32"), ("int_val", "i")),
    **dict.fromkeys(("int16", "qint16"), ("int_val", "h")),
    **dict.fromkeys(("uint16", "quint16"), ("int_val", "H")),
    **dict.fromkeys(("int8", "qint8", "int4", "int2"), ("int_val", "b")),
    **dict.fromkeys(("uint8", "quint8", "uint4", "uint2"), ("int_val", "B")),
    "int64": ("int64_val", "q"),
    "bool": ("bool_val", "?"),
    "uint32": ("uint32_val", "I"),
    "uint64": ("uint64_val", "Q"),
    "complex64": ("scomplex_val", "ff"),
    "complex128": ("dcomplex_val", "dd"),
}


def literal_digest(tensor: TensorProto) -> Digest | None:
    """Returns the digest of the plain value, as core/values computes it; None if what is written cannot be that value."""
    dtype, shape = dtype_name(tensor.dtype), known_shape_of(tensor.tensor_shape)
    if shape is None:
        return None
    count = element_count(shape)
    if dtype == "string":
        return _strings(list(tensor.string_val) or [b""], count)
    size = element_size_bytes(dtype)
    if size is None:
        return None
    if tensor.tensor_content and len(tensor.tensor_content) == count * size:
        return value_digest((tensor.tensor_content,))
    written = _packed(tensor, dtype, size)
    return None if written is None else _filled(written, size, count)


def _packed(tensor: TensorProto, dtype: str, size: int) -> bytes | None:
    if tensor.tensor_content:
        return tensor.tensor_content if len(tensor.tensor_content) % size == 0 else None
    if tensor.float8_val:
        return tensor.float8_val
    if dtype not in _LISTS:
        return b"\0" * size
    field, code = _LISTS[dtype]
    values = getattr(tensor, field)
    try:
        return struct.pack(f"<{len(values) // len(code) * code}" if len(code) > 1 else f"<{len(values)}{code}", *values) or (
            b"\0" * size
        )
    except struct.error:
        return None


def _filled(written: bytes, size: int, count: int) -> Digest | None:
    """Fills a value up with its last element, as TensorFlow does (Tensor::FromProto)."""
    missing = count - len(written) // size
    if missing < 0:
        return None
    if count * size > _MAX_FILLED_BYTES:
        return digest_of(b"filled %d " % count + written)

    def chunks() -> Iterator[bytes]:
        yield written
        last, at_once = written[-size:], _CHUNK_BYTES // size
        for start in range(0, missing, at_once):
            yield last * min(at_once, missing - start)

    return value_digest(chunks())


def _strings(written: list[bytes], count: int) -> Digest | None:
    missing = count - len(written)
    if missing < 0:
        return None if count else value_digest(())
    if missing * (8 + len(written[-1])) > _MAX_FILLED_BYTES:
        return digest_of(b"filled %d " % count + b"".join(len(text).to_bytes(8, "little") + text for text in written))
    return value_digest(len(text).to_bytes(8, "little") + text for text in (*written, *[written[-1]] * missing))
