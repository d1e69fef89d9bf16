"""Up to which difference source and result count as equal: as fractions of the largest value of an output, or of 1 if that is less."""

from __future__ import annotations

from collections.abc import Iterable

from tfreg.core.conversions.options import ConversionOptions

_EXACT = 1e-6
_REORDERED = 1e-4
"""Another kernel or another order of the same sums, in float32."""
_HALF = 1e-2
_INTEGERS = 0.1
"""What eight bits leave of a number; a network of many layers can pass it, and then is worth a look."""
_NARROW = frozenset({"float16", "bfloat16"})


def tolerance_of(target: str, options: ConversionOptions, dtypes: Iterable[str], steps: Iterable[str] = ()) -> float:
    """Returns the tolerance of a conversion.

    Args:
        target: Format of the result.
        options: What the caller said.
        dtypes: dtypes of the outputs.
        steps: Names of the routes taken.
    """
    if options.quantize in ("int8", "dynamic_range"):
        return _INTEGERS
    if options.quantize == "float16" or not _NARROW.isdisjoint(dtypes):
        return _HALF
    if target == "tflite" or not {"keras_to_saved_model", "optimize_frozen_graph"}.isdisjoint(steps):
        return _REORDERED
    return _EXACT
