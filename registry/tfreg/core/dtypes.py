"""TensorFlow's element types: their numbers on the wire, the names that `tf.DType.name` gives them, and their sizes."""

from __future__ import annotations

REF_OFFSET = 100
"""A reference type's number is that of its base type plus this; its name ends in `_ref`."""

_NAMES: dict[int, str] = {
    1: "float32",
    2: "float64",
    3: "int32",
    4: "uint8",
    5: "int16",
    6: "int8",
    7: "string",
    8: "complex64",
    9: "int64",
    10: "bool",
    11: "qint8",
    12: "quint8",
    13: "qint32",
    14: "bfloat16",
    15: "qint16",
    16: "quint16",
    17: "uint16",
    18: "complex128",
    19: "float16",
    20: "resource",
    21: "variant",
    22: "uint32",
    23: "uint64",
    24: "float8_e5m2",
    25: "float8_e4m3fn",
    26: "float8_e4m3fnuz",
    27: "float8_e4m3b11fnuz",
    28: "float8_e5m2fnuz",
    29: "int4",
    30: "uint4",
    31: "int2",
    32: "uint2",
    33: "float4_e2m1fn",
}
_NUMBERS = {name: number for number, name in _NAMES.items()}
_BYTES = {
    **dict.fromkeys(("complex128",), 16),
    **dict.fromkeys(("float64", "int64", "uint64", "complex64"), 8),
    **dict.fromkeys(("float32", "int32", "uint32", "qint32"), 4),
    **dict.fromkeys(("float16", "bfloat16", "int16", "uint16", "qint16", "quint16"), 2),
    **dict.fromkeys(("int8", "uint8", "qint8", "quint8", "bool"), 1),
    **dict.fromkeys(("float8_e5m2", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e4m3b11fnuz", "float8_e5m2fnuz"), 1),
    **dict.fromkeys(("int4", "uint4", "int2", "uint2", "float4_e2m1fn"), 1),
}


def dtype_name(number: int) -> str:
    """Returns the name of a DataType: empty for DT_INVALID, `unknown_<number>` for one that TensorFlow 2.21 does not have."""
    if number == 0:
        return ""
    base = number - REF_OFFSET if number > REF_OFFSET else number
    name = _NAMES.get(base)
    if name is None:
        return f"unknown_{number}"
    return name if base == number else f"{name}_ref"


def dtype_number(name: str) -> int | None:
    """Returns the number of a DataType by its name; None for one that TensorFlow 2.21 does not have."""
    base = name.removesuffix("_ref")
    number = _NUMBERS.get(base)
    return number if number is None or base == name else number + REF_OFFSET


def element_size_bytes(name: str) -> int | None:
    """Returns how many bytes an element takes in files; None if that differs from element to element (strings) or is not known.

    TensorFlow's files hold types below eight bits one to a byte.
    """
    return _BYTES.get(name)
