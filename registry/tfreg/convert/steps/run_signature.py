"""One run of one signature of a model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING

from tfreg.convert.early_checks import check_keys, check_shape
from tfreg.convert.runs import GivenInput, RunRequest
from tfreg.convert.steps.arguments import runs_foreign_code, value_of
from tfreg.convert.steps.versions import tool_versions
from tfreg.convert.work import Work
from tfreg.core.errors import InputsInvalidError, TfregError

if TYPE_CHECKING:
    import numpy as np

_MAX_REASON_CHARACTERS = 1000


def run(work: Work) -> None:
    """Runs the role `source`; writes a .npy for each output.

    Facts: `outputs`, a list of key, file, dtype and shape, in the order of the fetches.

    Raises:
        InputsInvalidError: An input is missing, unknown, or does not fit; or TensorFlow failed on it.
        ExpressionInvalidError: An expression is not among those that are evaluated.
        ConversionRefusedError: The model cannot be loaded.
    """
    from tfreg.convert.steps.running.arrays import write_arrays
    from tfreg.convert.steps.running.running import open_model

    request = value_of(work, "run", RunRequest)
    work.report("reading inputs", 0.0, "")
    values = _values(work, request)
    work.report("loading", 0.2, "")
    allowed = runs_foreign_code(work)
    with open_model(work.inputs["source"], request.call, work.scratch, may_run_foreign_code=allowed) as model:
        work.report("running", 0.7, "")
        try:
            results = model(values)
        except Exception as error:
            raise _failed(error) from error
    files = write_arrays(results, work.output)
    keys = [fetch.key for fetch in request.call.fetches if fetch.key in results] or sorted(results)
    work.facts["outputs"] = [
        {"key": key, "file": files[key], "dtype": str(results[key].dtype), "shape": list(results[key].shape)} for key in keys
    ]
    work.facts["tools"] = tool_versions()


def _values(work: Work, request: RunRequest) -> Mapping[str, np.ndarray]:
    from tfreg.convert.steps.running.arrays import as_dtype

    feeds = {feed.key: feed for feed in request.call.feeds}
    check_keys(request, feeds)
    found: dict[str, np.ndarray] = {}
    for given in request.inputs:
        feed = feeds[given.key]
        value = as_dtype(given.key, _value(work, given, request.allow_pickle), feed.dtype)
        check_shape(feed, value.shape)
        found[given.key] = value
    return found


def _value(work: Work, given: GivenInput, allow_pickle: bool) -> np.ndarray:
    if given.expression:
        from tfreg.convert.expressions import evaluate

        return evaluate(given.expression)
    if given.examples:
        from tfreg.convert.steps.running.examples import serialised_examples

        return serialised_examples(given.key, given.examples)
    from tfreg.convert.steps.running.arrays import read_arrays

    folder = work.inputs["values"]
    file = folder if folder.is_file() else folder / PurePath(given.file).name
    arrays = read_arrays(file, allow_pickle=allow_pickle)
    item = given.item or (next(iter(arrays)) if len(arrays) == 1 else given.key)
    if item not in arrays:
        raise InputsInvalidError(
            f"'{given.file}' has no array {item!r}.",
            hint=f"It has: {', '.join(sorted(arrays))}. Write {given.key}=FILE[ITEM].",
            key=given.key,
        )
    return arrays[item]


def _failed(error: Exception) -> TfregError:
    if isinstance(error, TfregError):
        return error
    reason = " ".join(str(getattr(error, "message", "") or error).split())[:_MAX_REASON_CHARACTERS]
    return InputsInvalidError(
        f"TensorFlow fails on these inputs: {type(error).__name__}: {reason}", hint="Check the inputs' values and shapes."
    )
