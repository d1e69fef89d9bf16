"""Variables that got no weight are given what Keras would begin with, where a file cannot go without them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from math import prod

from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.dtypes import element_size_bytes
from tfreg.core.errors import WeightsMismatchError
from tfreg.core.rewrites.keras.fitting import Fitted
from tfreg.core.rewrites.keras.slots import Slot
from tfreg.core.rewrites.pieces import CHUNK_BYTES, Computed
from tfreg.core.rewrites.weights import Weight

_ONES = ("gamma", "moving_variance", "variance")
_ONE = {"float32": b"\0\0\x80\x3f", "float64": b"\0\0\0\0\0\0\xf0\x3f"}
_TOLD = 5
_MAX_BYTES = 4 << 30


def filled(fitted: Fitted) -> tuple[Fitted, tuple[Diagnostic, ...]]:
    """Returns weights for all variables: scales and variances that are missing become ones, all others zeros.

    Raises:
        WeightsMismatchError: A missing variable's shape is not known, or too large.
    """
    missing = [slot for slot in fitted.slots if slot.numbered not in fitted.values]
    if not missing:
        return fitted, ()
    values = {**fitted.values, **{slot.numbered: _beginning(slot) for slot in missing}}
    names = ", ".join(slot.place.name for slot in missing[:_TOLD])
    note = Diagnostic(
        "TFR502",
        Severity.WARNING,
        f"{len(missing)} variables got no weight and begin anew, with zeros or, if they scale, ones: {names}.",
        "Train the model before it is used.",
    )
    return replace(fitted, values=values), (note,)


def _beginning(slot: Slot) -> Weight:
    place = slot.place
    if place.shape is None or not place.is_definite:
        raise WeightsMismatchError(
            f"{place.name} got no weight, and its shape is not known.", hint="Give a weight for it.", missing=place.name
        )
    shape, dtype = tuple(size or 0 for size in place.shape), place.dtype or "float32"
    is_one = place.name.rpartition("/")[2] in _ONES
    element = _ONE.get(dtype, b"") if is_one else bytes(element_size_bytes(dtype) or 0)
    length = prod(shape) * len(element)
    if length > _MAX_BYTES:
        raise WeightsMismatchError(
            f"{place.name} got no weight, and is too large to begin anew: {length} bytes.",
            hint="Give a weight for it.",
            missing=place.name,
        )
    return Weight(
        place.name, place.name, dtype, shape, (Computed(length, partial(_repeated, element, length)),) if length else ()
    )


def _repeated(element: bytes, length: int) -> Iterator[bytes]:
    chunk = element * (CHUNK_BYTES // len(element))
    while length > 0:
        yield chunk[:length]
        length -= len(chunk)
