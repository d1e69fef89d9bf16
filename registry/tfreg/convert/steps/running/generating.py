"""Arrays for what was planned: the same seed gives the same arrays."""

from __future__ import annotations

from zlib import crc32

import numpy as np

from tfreg.core.checking.inputs import InputPlan, PlannedInput

_WORDS = ("red", "green", "blue", "one", "two", "three", "a b c", "")


def generate(plan: InputPlan) -> dict[str, np.ndarray]:
    """Returns the arrays of a plan by key; each depends on the seed, the key and itself only."""
    return {one.key: _array(one, np.random.default_rng([plan.seed, crc32(one.key.encode())])) for one in plan.generated}


def _array(one: PlannedInput, generator: np.random.Generator) -> np.ndarray:
    import tensorflow as tf

    if one.dtype == "string":
        texts = generator.integers(0, len(_WORDS), one.shape)
        return np.asarray(np.vectorize(lambda index: _WORDS[index].encode(), otypes=[object])(texts))
    dtype = np.dtype(tf.as_dtype(one.dtype).as_numpy_dtype) if one.dtype else np.dtype(np.float32)
    if dtype.kind == "b":
        return np.asarray(generator.integers(0, 2, one.shape), bool)
    if one.dtype.startswith(("int", "uint", "q")):
        top = min(int(one.high), 127 if dtype.itemsize == 1 else int(one.high))
        return np.asarray(generator.integers(int(one.low), max(top, int(one.low) + 1), one.shape)).astype(dtype)
    numbers = np.asarray(generator.uniform(one.low, one.high, one.shape))
    if dtype.kind == "c":
        numbers = numbers + 1j * np.asarray(generator.uniform(one.low, one.high, one.shape))
    return numbers.astype(dtype)
