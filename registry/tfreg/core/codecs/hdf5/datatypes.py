"""In the child: HDF5's datatype message as the element type that TensorFlow calls it.

Read from the message itself rather than from pyfive, which knows neither bfloat16 nor an opaque type without a tag. Source: the HDF5
File Format Specification, IV.A.2.d.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import unpack_from

_FIXED, _FLOAT, _STRING, _OPAQUE, _COMPOUND, _ENUM, _VARIABLE = 0, 1, 3, 5, 6, 8, 9
_FLOATS = {  # size in bytes, bits of the exponent, bits of the mantissa
    (2, 5, 10): "float16",
    (2, 8, 7): "bfloat16",
    (4, 8, 23): "float32",
    (8, 11, 52): "float64",
    (1, 5, 2): "float8_e5m2",
    (1, 4, 3): "float8_e4m3fn",
}
_BFLOAT16_BYTES = 2
_COMPLEX = {"float32": "complex64", "float64": "complex128"}


@dataclass(frozen=True, slots=True)
class Datatype:
    """An element type.

    Attributes:
        name: As `tf.DType.name`; `string` for texts; empty for what TensorFlow does not have.
        size_bytes: Of one element in the file.
        big_endian: Whether elements must be swapped.
        variable: Whether elements lie elsewhere in the file, in a heap.
    """

    name: str
    size_bytes: int
    big_endian: bool = False
    variable: bool = False


def read_datatype(message: bytes, offset: int) -> Datatype:  # noqa: PLR0911  # a return for each class
    """Reads a datatype message at `offset`."""
    class_and_version, bits0, _, _, size = unpack_from("<BBBBI", message, offset)
    kind, properties, big = class_and_version & 0x0F, offset + 8, bool(bits0 & 1)
    if kind == _FIXED:
        name = f"{'int' if bits0 & 8 else 'uint'}{8 * size}" if size in (1, 2, 4, 8) else ""
        return Datatype(name, size, big and size > 1)
    if kind == _FLOAT:
        _, _, _, exponent_bits, _, mantissa_bits, _ = unpack_from("<HHBBBBI", message, properties)
        return Datatype(_FLOATS.get((size, exponent_bits, mantissa_bits), ""), size, big and size > 1)
    if kind == _STRING:
        return Datatype("string", size)
    if kind == _VARIABLE:
        return Datatype("string" if bits0 & 0x0F == 1 else "", size, variable=True)
    if kind == _ENUM:
        base = read_datatype(message, properties)
        names = message[properties + 12 : properties + 32]
        return Datatype("bool" if bits0 == 2 and names.startswith(b"FALSE\0") else base.name, size, base.big_endian)
    if kind == _OPAQUE and size == _BFLOAT16_BYTES and bits0 == 0:  # without a tag
        return Datatype("bfloat16", size)  # h5py knows no such type, and Keras' legacy files do not say what it stands for
    if kind == _COMPOUND and message[properties : properties + 2] == b"r\0":
        return _complex(message, properties, class_and_version >> 4, size)
    return Datatype("", size)


def _complex(message: bytes, offset: int, version: int, size: int) -> Datatype:
    """A pair of floats `r` and `i`, as h5py writes complex numbers."""
    part = offset + (8 + 32 if version == 1 else 8 + 4 if version == 2 else 2 + 1)
    real = read_datatype(message, part)
    name = _COMPLEX.get(real.name, "") if size == 2 * real.size_bytes else ""
    return Datatype(name, size, real.big_endian)
