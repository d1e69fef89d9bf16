"""How far two results are apart."""

from __future__ import annotations

import numpy as np


def compare(one: np.ndarray, other: np.ndarray, tolerance: float) -> tuple[float, str]:
    """Returns the largest absolute difference of numbers, and what is wrong if it passes the tolerance; empty if nothing is.

    Args:
        one: What the source gave.
        other: What the result gave.
        tolerance: As a fraction of the largest finite value of `one`, or of 1 if that is less. Not-a-numbers and infinities must agree.
    """
    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape:
        return 0.0, f"has the shape {list(one.shape)} before and {list(other.shape)} after"
    if one.dtype.kind in "OSU" or other.dtype.kind in "OSU":
        same = np.array_equal(one.astype("O"), other.astype("O"))
        return 0.0, "" if same else "is another text"
    wide = np.complex128 if "c" in (one.dtype.kind, other.dtype.kind) else np.float64
    before, after = one.astype(wide), other.astype(wide)
    finite = np.isfinite(before)
    if not np.array_equal(finite, np.isfinite(after)) or not _same_odd(before[~finite], after[~finite]):
        return 0.0, "is infinite or not a number in other places"
    if not finite.any():
        return 0.0, ""
    difference = float(np.max(np.abs(before[finite] - after[finite])))
    allowed = tolerance * max(1.0, float(np.max(np.abs(before[finite]))))
    return difference, "" if difference <= allowed else f"differs by {difference:.3g}, more than {allowed:.3g}"


def _same_odd(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.array_equal(one, other, equal_nan=True))
