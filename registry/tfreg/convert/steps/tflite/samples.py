"""Attached inputs as the converter wants them: one set of inputs after another, for each signature."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfreg.convert.steps.running.arrays import as_dtype, read_arrays
from tfreg.core.errors import ConversionRefusedError, InputsInvalidError
from tfreg.core.inspections import Signature

if TYPE_CHECKING:
    import numpy as np

    Batches = dict[str, list[np.ndarray]]

_MAX_SAMPLES = 500
_HINT = "Attach a .npz with an array for each input, its first dimension the samples: np.savez('samples.npz', x=..., seq=...)."


def representative_dataset(
    path: Path | None, signatures: tuple[Signature, ...], renamed: Mapping[str, Mapping[str, str]] | None = None
) -> Callable[[], Iterator[Any]]:
    """Returns what yields inputs to measure the ranges of activations on.

    Args:
        path: A .npz of one array by input key, or a folder of .npy and .npz; the first dimension counts samples.
        signatures: What is converted; those whose inputs are not all there are passed over.
        renamed: By signature, the key of each input that the converter knows under another name.

    Raises:
        ConversionRefusedError: Nothing was attached.
        InputsInvalidError: No signature has all its inputs there.
    """
    if path is None:
        raise ConversionRefusedError(
            "Full integers need samples to measure the range of each tensor on, and none are attached.", hint=_HINT
        )
    arrays = read_arrays(path)
    fed = {one.key: _batches(one, arrays) for one in signatures if all(spec.key in arrays for spec in one.inputs)}
    if not fed:
        needed = ", ".join(spec.key for spec in signatures[0].inputs)
        raise InputsInvalidError(
            f"The samples hold {', '.join(sorted(arrays)) or 'nothing'}, and the signature needs {needed}.", hint=_HINT
        )
    single = len(signatures) == 1

    def dataset() -> Iterator[Any]:
        for key, batches in fed.items():
            names = {true: name for name, true in (renamed or {}).get(key, {}).items()}
            for number in range(len(next(iter(batches.values()), []))):
                inputs = {names.get(name, name): batch[number] for name, batch in batches.items()}
                yield inputs if single else (key, inputs)

    return dataset


def _batches(signature: Signature, arrays: dict[str, np.ndarray]) -> Batches:
    """Returns each input cut into what one run takes: as many samples as its first dimension says, else one."""
    found: Batches = {}
    for spec in signature.inputs:
        value = as_dtype(spec.key, arrays[spec.key], spec.dtype)
        size = (spec.shape[0] or 1) if spec.shape else 1
        if not value.ndim or (spec.shape is not None and len(spec.shape) != value.ndim):
            raise InputsInvalidError(
                f"The samples of {spec.key!r} have the shape {list(value.shape)}, the input {spec.shape}.", hint=_HINT
            )
        count = min(_MAX_SAMPLES, len(value) // size)
        found[spec.key] = [value[number * size : (number + 1) * size] for number in range(count)]
    counts = {len(batch) for batch in found.values()}
    if counts and (len(counts) > 1 or 0 in counts):
        raise InputsInvalidError("The samples of the inputs are not equally many, or none.", hint=_HINT)
    return found
