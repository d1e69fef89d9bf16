"""Whether source and result of a conversion compute the same: both run on the same inputs, each twice."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tfreg.convert.steps.arguments import runs_foreign_code, value_of
from tfreg.convert.steps.versions import tool_versions
from tfreg.convert.work import Work
from tfreg.core.checking.calls import CalledTensor, ModelCall
from tfreg.core.checking.check import CheckedSignature, CheckPlan
from tfreg.core.checking.inputs import InputKind
from tfreg.core.errors import TfregError

if TYPE_CHECKING:
    import numpy as np

    from tfreg.convert.steps.running.running import Arrays, Run

_MAX_REASON_CHARACTERS = 800


class _UncheckedError(Exception):
    """Nothing can be said, for the reason that is its text."""


def run(work: Work) -> None:
    """Runs the roles `source` and `result` on generated inputs, on those of the role `samples`, or on the source's warm-up requests.

    Facts: `check`, with `state`, `reason`, `max_abs_difference` and `inputs`. Never raises for what the models do.
    """
    plan = value_of(work, "plan", CheckPlan)
    work.facts["tools"] = tool_versions()
    largest, kinds = 0.0, []
    try:
        for number, signature in enumerate(plan.signatures):
            work.report("checking", number / len(plan.signatures), signature.source.signature)
            difference, what, kind = _difference(work, signature, plan.tolerance)
            kinds.append(kind)
            largest = max(largest, difference)
            if what:
                _tell(work, "failed", what, largest, kind)
                return
    except _UncheckedError as error:
        _tell(work, "unchecked", str(error)[:_MAX_REASON_CHARACTERS], None, "")
        return
    if not kinds:
        _tell(work, "unchecked", "there is no signature to run", None, "")
        return
    _tell(work, "equal", "", largest, ", ".join(dict.fromkeys(kinds)))


def _tell(work: Work, state: str, reason: str, difference: float | None, kind: str) -> None:
    work.facts["check"] = {"state": state, "reason": reason, "max_abs_difference": difference, "inputs": kind}


def _difference(work: Work, signature: CheckedSignature, tolerance: float) -> tuple[float, str, str]:
    """Returns the largest difference, what differs too much (empty: nothing), and what the inputs were."""
    from tfreg.convert.steps.running.comparing import compare

    values, kind = _values(work, signature)
    renamed = {new: values[old] for new, old in signature.inputs.items() if old in values}
    extra = {feed.key: values[feed.key] for feed in signature.result.feeds if feed.key not in renamed and feed.key in values}
    with ExitStack() as held:
        before = _twice(held, work, "source", signature.source, values)
        after = _twice(held, work, "result", signature.result, renamed | extra)
    largest = 0.0
    for new, old in signature.outputs.items():
        if old not in before or new not in after:
            continue
        difference, what = compare(before[old], after[new], tolerance)
        largest = max(largest, difference)
        if what:
            return largest, f"the output {old!r} {what}", kind
    if not set(signature.outputs) & set(after):
        raise _UncheckedError("source and result have no output in common")
    return largest, "", kind


def _twice(held: ExitStack, work: Work, side: str, call: ModelCall, values: Arrays) -> Arrays:
    """Runs a model twice.

    Raises:
        _UncheckedError: It fails, or gives something else the second time.
    """
    from tfreg.convert.steps.running.comparing import compare
    from tfreg.convert.steps.running.running import open_model

    scratch = Path(tempfile.mkdtemp(dir=work.scratch))
    try:
        model: Run = held.enter_context(
            open_model(
                work.inputs[side],
                call,
                scratch,
                may_run_foreign_code=runs_foreign_code(work),
                custom_objects=work.inputs.get("custom_objects"),
            )
        )
        fitted = _fitted(values, call.feeds)
        first, second = model(fitted), model(fitted)
    except TfregError as error:
        raise _UncheckedError(_named(side, error.message)) from error
    except Exception as error:  # whatever TensorFlow raises for a model that it cannot run
        reason = " ".join(str(getattr(error, "message", "") or error).split())
        raise _UncheckedError(f"the {side} cannot be run on such inputs: {type(error).__name__}: {reason}") from error
    for key in first:
        if compare(first[key], second[key], 0.0)[1]:
            raise _UncheckedError(f"the {side} does not repeat itself: {key!r} differs from run to run")
    return first


def _named(side: str, message: str) -> str:
    return f"the {side}: {message}" if message[:1].isupper() else message


def _fitted(values: Arrays, feeds: Iterable[CalledTensor]) -> dict[str, np.ndarray]:
    from tfreg.convert.steps.running.arrays import as_dtype

    known = {feed.key: feed for feed in feeds}
    return {key: as_dtype(key, value, known[key].dtype) for key, value in values.items() if key in known}


def _values(work: Work, signature: CheckedSignature) -> tuple[Mapping[str, np.ndarray], str]:
    from tfreg.convert.steps.running.generating import generate

    generated = generate(signature.plan)
    given: Mapping[str, np.ndarray] = {}
    kind = signature.plan.kind
    if kind is InputKind.SAMPLES and "samples" in work.inputs:
        given = _samples(work.inputs["samples"], set(generated))
    elif kind is InputKind.WARM_UP:
        given = next(_warm_up(work.inputs["source"], signature.source.signature), {})
    if not given:
        return generated, InputKind.GENERATED.value
    return generated | {key: value for key, value in given.items() if key in generated}, kind.value


def _samples(path: Path, keys: set[str]) -> Mapping[str, np.ndarray]:
    from tfreg.convert.steps.running.arrays import read_arrays

    try:
        arrays = read_arrays(path)
    except TfregError as error:
        raise _UncheckedError(f"the samples: {error.message}") from error
    return {key: value for key, value in arrays.items() if key in keys}


def _warm_up(path: Path, signature: str) -> Iterator[Mapping[str, np.ndarray]]:
    from tfreg.core.checking.warm_up import warm_up_requests
    from tfreg.core.trees import LocalTree

    for request in warm_up_requests(LocalTree(path)):
        if request.signature != signature:
            continue
        try:
            yield {key: _array(value) for key, value in request.inputs.items()}
        except Exception:  # noqa: S112  # a damaged request is passed over
            continue


def _array(value: bytes) -> np.ndarray:
    import numpy as np
    import tensorflow as tf
    from tensorflow.core.framework import tensor_pb2

    return np.asarray(tf.make_ndarray(tensor_pb2.TensorProto.FromString(value)))
