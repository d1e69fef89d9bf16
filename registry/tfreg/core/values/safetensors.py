"""The format .safetensors, written as a stream: a JSON header with every tensor's place, then the bytes.

https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from tfreg.core.errors import RequestInvalidError
from tfreg.core.values.selection import ValueHeader

_NAMES = {
    "float64": "F64",
    "float32": "F32",
    "float16": "F16",
    "bfloat16": "BF16",
    "int64": "I64",
    "int32": "I32",
    "int16": "I16",
    "int8": "I8",
    "uint64": "U64",
    "uint32": "U32",
    "uint16": "U16",
    "uint8": "U8",
    "bool": "BOOL",
    "complex64": "C64",
    "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2": "F8_E5M2",
}
STAND_INS = {
    **{f"q{name}": name for name in ("int8", "uint8", "int16", "uint16", "int32")},
    **dict.fromkeys(("int4", "int2"), "int8"),
    **dict.fromkeys(("uint4", "uint2"), "uint8"),
}
"""What stands for a dtype that the format lacks: it holds the same values."""
MAX_HEAD_BYTES = 100_000_000
"""Readers take no longer header."""


def safetensors_dtype(header: ValueHeader) -> str:
    """Returns the dtype that a value has in the file.

    Raises:
        RequestInvalidError: The format has none for it.
    """
    dtype = STAND_INS.get(header.dtype, header.dtype)
    if dtype not in _NAMES:
        raise RequestInvalidError(
            f"The tensor {header.name!r} is of the dtype {header.dtype}, which .safetensors does not have.",
            hint="Save it as .npz, or name the other tensors only.",
            tensor=header.name,
            dtype=header.dtype,
        )
    return dtype


def safetensors_head(headers: Sequence[ValueHeader]) -> bytes:
    """Returns what stands before the tensors' bytes, which follow in this order.

    Raises:
        RequestInvalidError: The format lacks a dtype, or there are too many tensors.
    """
    places: dict[str, object] = {}
    at = 0
    for header in headers:
        end = at + (header.size_bytes or 0)
        places[header.name] = {
            "dtype": _NAMES[safetensors_dtype(header)],
            "shape": list(header.shape),
            "data_offsets": [at, end],
        }
        at = end
    text = json.dumps(places, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    if len(text) > MAX_HEAD_BYTES:
        raise RequestInvalidError("So many tensors do not fit into one .safetensors file.", hint="Save fewer at a time.")
    return len(text).to_bytes(8, "little") + text
