"""What a check is planned of: calls, inputs, bounds of integers, warm-up requests, tolerances; and what is made of a worker's answer."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

import pytest

from tfreg.core import json_values
from tfreg.core.bindings import BindingQuery
from tfreg.core.checking.calls import CalledTensor, call_of
from tfreg.core.checking.check import CheckPlan, check, check_of, plan_check
from tfreg.core.checking.index_bounds import index_bounds
from tfreg.core.checking.inputs import InputKind, plan_inputs
from tfreg.core.checking.tolerances import tolerance_of
from tfreg.core.checking.warm_up import PATH, warm_up_requests
from tfreg.core.codecs import crc32c
from tfreg.core.conversions.converting import source_of
from tfreg.core.conversions.name_map import Changes, name_map
from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.conversions.results import CheckState, MappedName
from tfreg.core.conversions.steps import StepResult
from tfreg.core.errors import CancelledError, SandboxUnavailableError, WorkerFailedError
from tfreg.core.formats.selecting import open_path, select
from tfreg.core.inspections import Inspection
from tfreg.core.tensors import StoredTensor, TensorRef
from tfreg.core.trees import MemoryTree


def source(path):
    selected = select(*open_path(path))
    return source_of(selected.tree, selected.format, selected.format.inspect(selected.tree))


@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        ("same_keras_saved_model", {"seq": 257}),
        ("same_keras_frozen.pb", {"seq": 257}),
        ("release_2_18_saved_model", {"ids": 65}),
        ("tf1_saved_model", {"input_ids": 80, "segment_ids": 2}),
        ("estimator_2_12", {"input_ids": 40}),
    ],
)
def test_integers_are_bounded_by_the_tables_that_they_index(models, name, bounds):
    found = source(models / name)
    call = call_of(found, BindingQuery())
    refs = {feed.key: TensorRef.parse(feed.tensor) for feed in call.feeds}
    with found.graph(0) as graph:
        known = index_bounds(graph, refs.values())
    assert {key: known[ref] for key, ref in refs.items() if ref in known} == bounds


def test_there_is_one_size_for_each_kind_of_unknown_dimension():
    feeds = [
        CalledTensor("x", dtype="float32", shape=(None, 4, None)),
        CalledTensor("ids", dtype="int64", shape=(None,)),
        CalledTensor("any", dtype="string"),
        CalledTensor("parts", composite="sparse"),
    ]
    planned = {one.key: one for one in plan_inputs(feeds, bounds={"ids": 10}).generated}
    assert {key: one.shape for key, one in planned.items()} == {"x": (2, 4, 3), "ids": (2,), "any": (2, 1)}
    assert (planned["x"].low, planned["x"].high) == (-1.0, 1.0)
    assert (planned["ids"].low, planned["ids"].high) == (0.0, 10.0)


def test_sizes_that_only_the_result_knows_are_taken_from_it():
    other = {"x": CalledTensor("x", dtype="float32", shape=(1, None))}
    (planned,) = plan_inputs([CalledTensor("x", dtype="float32", shape=(None, 7))], shapes=other).generated
    assert planned.shape == (1, 7)


def test_a_shape_of_too_many_elements_is_made_small():
    (planned,) = plan_inputs([CalledTensor("x", dtype="float32", shape=(None, 4096, 4096))]).generated
    assert planned.shape == (1, 4096, 4096)


def _field(number, content):
    assert len(content) < 128
    return bytes([number << 3 | 2, len(content)]) + content


def _record(message):
    head = len(message).to_bytes(8, "little")
    return head + _crc(head) + message + _crc(message)


def _crc(content):
    return crc32c.mask(crc32c.extend(0, content)).to_bytes(4, "little")


def _request(signature, **inputs):
    spec = _field(1, _field(1, b"model") + _field(3, signature)) if signature else b""
    entries = b"".join(_field(2, _field(1, key.encode()) + _field(2, value)) for key, value in inputs.items())
    return _record(_field(6, _field(1, spec + entries)))


def test_warm_up_requests_are_read_with_their_signature_and_inputs():
    tree = MemoryTree({PATH: _request(b"score", x=b"one", y=b"two") + _request(b"", x=b"three")})
    first, second = warm_up_requests(tree)
    assert (first.signature, dict(first.inputs)) == ("score", {"x": b"one", "y": b"two"})
    assert (second.signature, dict(second.inputs)) == ("serving_default", {"x": b"three"})


@pytest.mark.parametrize(
    "content", [b"", b"not read by TensorFlow.", bytes(12), b"\xff" * 40, _request(b"a", x=b"1")[:-1], _record(b"\x32\x7f")]
)
def test_a_damaged_file_of_warm_up_requests_gives_none(content):
    assert warm_up_requests(MemoryTree({PATH: content})) == ()
    assert warm_up_requests(MemoryTree({"saved_model.pb": b""})) == ()


def test_the_tolerance_follows_from_what_became_of_the_numbers():
    def tflite(*dtypes):
        return Inspection("tflite", tensors=tuple(StoredTensor(dtype, dtype, (1,), "m", 0, 1) for dtype in dtypes))

    assert tolerance_of("saved_model", Inspection("frozen_graph"), ["float32"]) == 1e-6
    assert tolerance_of("keras_v3", Inspection("saved_model"), ["float32"]) == 1e-4
    assert tolerance_of("saved_model", tflite("float32"), ["float32"]) == 1e-4
    assert tolerance_of("saved_model", tflite("float32", "float16"), ["float32"]) == 1e-2
    assert tolerance_of("saved_model", tflite("float32", "int8"), ["float32"]) == 0.1
    assert tolerance_of("saved_model", Inspection("frozen_graph"), ["bfloat16"]) == 1e-2


def test_a_plan_has_every_signature_and_survives_the_way_to_a_worker(models):
    one = source(models / "tf2_module_signatures")
    plan = plan_check(one, one, name_map(one.inspection, one.inspection, ConversionOptions(), Changes()))
    assert len(plan.signatures) == 2
    assert json_values.decode(CheckPlan, json_values.encode(plan)) == plan


def test_a_source_without_signature_is_run_by_the_tensors_that_the_name_map_says(models):
    frozen, saved_model = source(models / "frozen_tf1.pb"), source(models / "tf1_saved_model")
    names = name_map(frozen.inspection, saved_model.inspection, ConversionOptions(), Changes())
    (signature,) = [one for one in plan_check(frozen, saved_model, names).signatures if one.result.signature == "serving_default"]
    assert signature.source.signature == ""
    assert {fetch.tensor for fetch in signature.source.fetches} == {fetch.tensor for fetch in signature.result.fetches}
    assert set(signature.inputs) == {"input_ids", "input_mask", "segment_ids"}


class Runner:
    """Answers each job with the same facts, or an error."""

    def __init__(self, answer):
        self.answer, self.jobs = answer, []

    @contextmanager
    def run(self, job, report, still_wanted):
        self.jobs.append(job)
        if isinstance(self.answer, Exception):
            raise self.answer
        yield StepResult(MemoryTree({}), self.answer)

    def close(self):
        pass


def run_check(models, answer, names=None, **more):
    one = source(models / "tf2_module_signatures")
    names = name_map(one.inspection, one.inspection, ConversionOptions(), Changes()) if names is None else names
    runner = Runner(answer)
    found = check(
        one, one, names, runner=runner, report=lambda progress: None, still_wanted=lambda: True, checked_at_ms=7, **more
    )
    return found, runner.jobs


def test_what_the_worker_says_is_the_check(models):
    told = {"state": "equal", "reason": "", "max_abs_difference": 0.5, "inputs": "generated"}
    found, (job,) = run_check(models, {"check": told})
    assert (found.state, found.max_abs_difference, found.inputs, found.checked_at_ms) == (CheckState.EQUAL, 0.5, "generated", 7)
    assert (job.step, set(job.inputs)) == ("check", {"source", "result"})


def test_a_check_that_cannot_be_run_leaves_the_conversion_unchecked_with_the_reason(models):
    found, _ = run_check(models, SandboxUnavailableError("There is no sandbox."))
    assert (found.state, found.reason) == (CheckState.UNCHECKED, "There is no sandbox.")


def test_a_check_that_is_no_longer_wanted_says_so(models):
    with pytest.raises(CancelledError):
        run_check(models, CancelledError("Enough."))


def test_weights_alone_are_not_run(models):
    found, jobs = run_check(models, {}, names=())
    assert (found.state, jobs) == (CheckState.UNCHECKED, [])


def test_a_signature_that_is_gone_leaves_it_unchecked(models):
    found, jobs = run_check(models, {}, names=(MappedName("gone", "x", True, TensorRef("nowhere")),))
    assert (found.state, jobs) == (CheckState.UNCHECKED, [])


@pytest.mark.parametrize("facts", [{}, {"check": 1}, {"check": {}}, {"check": {"state": "perfect", "max_abs_difference": "x"}}])
def test_nothing_that_a_worker_says_is_believed_to_be_well_formed(facts):
    found = check_of(facts, 1e-6)
    assert (found.state, found.max_abs_difference) == (CheckState.UNCHECKED, None)


def test_samples_go_before_warm_up_requests_before_generated_inputs(models):
    one = source(models / "tf2_module_signatures")
    names = name_map(one.inspection, one.inspection, ConversionOptions(), Changes())
    assert {s.plan.kind for s in plan_check(one, one, names).signatures} == {InputKind.GENERATED}
    sampled = plan_check(one, one, names, samples=MemoryTree({"samples.npz": b""}))
    assert {s.plan.kind for s in sampled.signatures} == {InputKind.SAMPLES}


@pytest.mark.parametrize("more", [{"roles": {"graph": "sha256:0"}}, {"options": ConversionOptions(ema=True)}])
def test_what_is_meant_to_compute_something_else_is_not_compared(models, more):
    found, jobs = run_check(models, {}, **more)
    assert (found.state, jobs) == (CheckState.UNCHECKED, [])
    assert found.reason


def test_what_has_no_signature_and_no_outputs_is_unchecked_for_that_reason(models):
    frozen = source(models / "frozen_tf1.pb")
    found = check(frozen, frozen, (), runner=None, report=lambda progress: None, still_wanted=lambda: True)
    assert (found.state, "no signature" in found.reason) == (CheckState.UNCHECKED, True)
    weights = source(models / "checkpoint_types")
    found = check(weights, weights, (), runner=None, report=lambda progress: None, still_wanted=lambda: True)
    assert "no signature" in found.reason


def test_a_crash_of_tensorflow_is_told_as_one(models):
    crash = WorkerFailedError("The worker of 'check' failed: it does not say why.", signal="SIGABRT")
    found, _ = run_check(models, crash)
    assert (found.state, "ended its process" in found.reason) == (CheckState.UNCHECKED, True)
    found, _ = run_check(models, WorkerFailedError("It used too much memory.", signal="SIGKILL", limit="memory"))
    assert found.reason == "It used too much memory."


def test_a_single_integer_is_no_zero_for_it_is_often_a_count():
    (scalar, row) = plan_inputs([CalledTensor("k", "k:0", "int32", ()), CalledTensor("ids", "ids:0", "int32", (None,))]).generated
    assert ((scalar.low, scalar.high), (row.low, row.high)) == ((1.0, 2.0), (0.0, 2.0))


def test_a_tensor_that_the_sources_signature_does_not_name_is_fetched_by_its_own_name(models):
    one = source(models / "tf1_saved_model")
    same = name_map(one.inspection, one.inspection, ConversionOptions(), Changes())
    known = [name for name in same if name.signature == "serving_default"]
    further = [MappedName("serving_default", key, True, TensorRef(key), TensorRef(key)) for key in ("fc3", "gone")]
    result = source(models / "tf1_saved_model")
    plan = plan_check(one, result, [*known, *(replace(name, new_signature="features") for name in further)])
    features = next(each for each in plan.signatures if each.result.signature == "features")
    assert [fetch.tensor for fetch in features.source.fetches] == ["fc3:0"]
    assert features.outputs == {"fc3": features.source.fetches[0].key}
