"""Which values count as weights by what they are."""

from __future__ import annotations

from collections.abc import Sequence

from tfreg.core.shapes import element_count
from tfreg.core.tensors import Quantization

_DTYPES = frozenset(
    {"float16", "float32", "float64", "bfloat16", "complex64", "complex128", "qint8", "quint8", "qint16", "quint16", "qint32"}
)
_SHORT_FLOATS = ("float8_", "float4_")
_SHORT_INTEGERS = frozenset({"int8", "uint8", "int4", "uint4", "int2", "uint2"})
"""What quantised weights are kept in, whether or not the format says by which scale."""


def holds_weights(dtype: str) -> bool:
    """True for element types of weights: floating or quantised numbers."""
    return dtype in _DTYPES or dtype in _SHORT_INTEGERS or dtype.startswith(_SHORT_FLOATS)


def is_weight(dtype: str, shape: Sequence[int], quantization: Quantization | None = None) -> bool:
    """True for what training produces: floating or quantised numbers, one or more of them, in at least one dimension."""
    is_number = holds_weights(dtype) or (quantization is not None and dtype != "string")
    return is_number and len(shape) > 0 and element_count(tuple(shape)) > 0
