"""Up to which difference source and result count as equal: as fractions of the largest value of an output, or of 1 if that is less."""

from __future__ import annotations

from collections.abc import Iterable

from tfreg.core.inspections import Inspection

_EXACT = 1e-6
_REORDERED = 1e-4
"""Another kernel, or another order of the same sums, in float32."""
_HALF = 1e-2
_INTEGERS = 0.1
"""What eight bits leave of a number; a network of many layers can pass it, and then is worth a look."""
_NARROW = frozenset({"float16", "bfloat16"})
_KERAS = frozenset({"keras_v3", "keras_h5"})


def tolerance_of(source_format: str, result: Inspection, dtypes: Iterable[str]) -> float:
    """Returns the tolerance of a conversion: exact for a rewrite, which changes no number, less so for other kernels and fewer bits.

    Args:
        source_format: What was converted.
        result: What came of it; the tensors of a TFLite model say how it was quantised.
        dtypes: dtypes of the outputs.
    """
    stored = {tensor.dtype for tensor in result.tensors} if result.format == "tflite" else set()
    if "int8" in stored:
        return _INTEGERS
    if not _NARROW.isdisjoint(stored) or not _NARROW.isdisjoint(dtypes):
        return _HALF
    if result.format == "tflite" or source_format in _KERAS or source_format == result.format == "frozen_graph":
        return _REORDERED
    return _EXACT
