"""Runs and checks: by the names that callers use, by a session as in Java, on files without pickles."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from tests.convert.steps.conftest import session_run, source
from tfreg.convert.expressions import evaluate
from tfreg.convert.runs import GivenInput, RunRequest
from tfreg.core.bindings import BindingQuery
from tfreg.core.checking.calls import call_of
from tfreg.core.checking.warm_up import PATH
from tfreg.core.conversions.options import ConversionOptions, NamedTensor
from tfreg.core.errors import ConversionRefusedError, ForeignCodeError, InputsInvalidError, OutputsRequiredError

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("tensorflow"), pytest.mark.filterwarnings("ignore")]
IDS = "np.arange(16, dtype=np.int32).reshape(2, 8)"
BERT = {"input_ids": IDS, "input_mask": "np.ones((2, 8), np.int32)", "segment_ids": "np.zeros((2, 8), np.int32)"}


@pytest.fixture
def run(step):
    from tfreg.convert.steps import run_signature

    def once(model, given, signature="", outputs=(), values=None, **more):
        call = call_of(source(model), BindingQuery(signature, (), tuple(outputs)))
        inputs = tuple(one if isinstance(one, GivenInput) else GivenInput(key, expression=one) for key, one in given.items())
        request = RunRequest(call, inputs, more.pop("allow_pickle", False))
        roles = {"source": model} | ({"values": values} if values is not None else {})
        work = step(run_signature, roles, run=request, **more)
        return {one["key"]: np.load(work.output / one["file"]) for one in work.facts["outputs"]}

    return once


def test_the_same_model_gives_the_same_in_every_format(models, run):
    of_session = session_run(models / "tf1_saved_model", {key: evaluate(text) for key, text in BERT.items()})
    saved_model = run(models / "tf1_saved_model", BERT)
    frozen = run(models / "frozen_tf1.pb", BERT)
    checkpoint = run(models / "checkpoint_tf1", BERT, outputs=list(frozen))
    assert set(of_session) == set(saved_model)
    assert set(frozen) == set(checkpoint)
    for one, other in ((of_session, saved_model), (frozen, checkpoint)):
        for key, value in one.items():
            np.testing.assert_array_equal(value, other[key])


def test_a_keras_file_is_run_by_keras_and_a_tflite_file_by_its_interpreter(models, run):
    given = {"x": "np.ones((1, 8, 8, 3), np.float32)", "seq": "np.zeros((1, 6), np.int32)"}
    keras, exported = run(models / "same_keras_v3.keras", given), run(models / "same_keras_saved_model", given)
    assert keras["prob"].shape == (1, 3)
    np.testing.assert_allclose(sorted(keras["prob"][0]), sorted(exported["prob"][0]), rtol=1e-5)
    assert run(models / "release_2_18_tflite.tflite", {"ids": "np.zeros((1, 6), np.int32)"})


def test_values_come_from_npy_and_npz_files(models, tmp_path, run):
    np.save(tmp_path / "0.npy", np.arange(16, dtype=np.int64).reshape(2, 8))
    np.savez(tmp_path / "1.npz", ones=np.ones((2, 8), np.int32), zeros=np.zeros((2, 8), np.int32))
    files = {
        "input_ids": GivenInput("input_ids", file="0.npy"),
        "input_mask": GivenInput("input_mask", file="1.npz", item="ones"),
        "segment_ids": GivenInput("segment_ids", file="1.npz", item="zeros"),
    }
    by_files = run(models / "tf1_saved_model", files, values=tmp_path)
    np.testing.assert_array_equal(by_files["probabilities"], run(models / "tf1_saved_model", BERT)["probabilities"])


def test_pickled_values_are_refused_without_leave(models, tmp_path, run):
    np.save(tmp_path / "0.npy", np.array(["a", "b"], object), allow_pickle=True)
    given = {"words": GivenInput("words", file="0.npy")}
    with pytest.raises(InputsInvalidError, match="pickle") as refused:
        run(models / "tf2_vocab", given, values=tmp_path)
    assert "--allow-pickle" in refused.value.hint
    assert run(models / "tf2_vocab", given, values=tmp_path, allow_pickle=True)["ids"].shape == (2,)


def test_examples_become_serialised_ones(models, run):
    found = run(models / "estimator_1_15", {"examples": GivenInput("examples", examples="[{'age': [22.0]}]")}, "predict")
    assert found["logits"].shape == (1, 1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "needs a value for input_ids"),
        ({**BERT, "label": "1"}, "has no input label"),
        ({**BERT, "input_ids": "np.ones((2, 9), np.int32)"}, "shape"),
        ({**BERT, "input_ids": "np.ones((2, 8))"}, "dtype int32"),
        ({**BERT, "input_ids": "['a']"}, "dtype int32"),
        ({**BERT, "input_ids": "np.full((2, 8), 1000, np.int32)"}, "TensorFlow fails"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(models, given, message, run):
    with pytest.raises(InputsInvalidError, match=message):
        run(models / "tf1_saved_model", given)


def test_a_lambda_layer_is_not_run_without_leave(models, run):
    with pytest.raises(ForeignCodeError):
        run(models / "keras_3_lambda_v3.keras", {"x": "np.ones((1, 4))"})


def test_a_model_that_tensorflow_cannot_load_is_refused(tmp_path, models, run):
    shutil.copytree(models / "tf1_saved_model", tmp_path / "model")
    for data in (tmp_path / "model" / "variables").glob("*.data*"):
        data.write_bytes(data.read_bytes()[:10])
    with pytest.raises(ConversionRefusedError, match="cannot load"):
        run(tmp_path / "model", BERT)


def test_a_difference_is_found(models, tmp_path, checked):
    import tensorflow as tf

    for name, factor in (("one", 2.0), ("other", 2.1)):
        module = tf.Module()
        module.f = tf.function(lambda x, by=factor: {"y": x * by}, input_signature=[tf.TensorSpec([None], name="x")])
        tf.saved_model.save(module, str(tmp_path / name), signatures=module.f)
    check = checked(tmp_path / "one", tmp_path / "other")
    assert check["state"] == "failed"
    assert "'y' differs by" in check["reason"]
    assert checked(tmp_path / "one", tmp_path / "other", tolerance=0.2)["state"] == "equal"


def test_a_model_that_does_not_repeat_itself_is_unchecked(tmp_path, checked):
    import tensorflow as tf

    module = tf.Module()
    module.f = tf.function(lambda x: {"y": x + tf.random.normal([1])}, input_signature=[tf.TensorSpec([None], name="x")])
    tf.saved_model.save(module, str(tmp_path / "random"), signatures=module.f)
    check = checked(tmp_path / "random", tmp_path / "random")
    assert check["state"] == "unchecked"
    assert "does not repeat itself" in check["reason"]


@pytest.mark.parametrize("name", ["tf1_sparse", "estimator_1_15", "tflite_custom_op.tflite", "tflite_flex.tflite"])
def test_a_model_that_cannot_be_run_on_made_up_inputs_is_unchecked_with_the_reason(models, name, checked):
    check = checked(models / name, models / name)
    assert check["state"] == "unchecked"
    assert check["reason"]


def test_samples_are_what_a_check_runs_on(models, tmp_path, checked):
    np.savez(tmp_path / "s.npz", words=np.array(["red", "?"]))
    check = checked(models / "tf2_vocab", models / "tf2_vocab", tmp_path / "s.npz")
    assert (check["state"], check["inputs"]) == ("equal", "samples")


def test_warm_up_requests_are_what_a_check_runs_on(models, tmp_path, checked):
    import tensorflow as tf

    model = shutil.copytree(models / "tf2_vocab", tmp_path / "model")
    (model / PATH).parent.mkdir()
    with tf.io.TFRecordWriter(str(model / PATH)) as writer:
        writer.write(_predict("words", tf.make_tensor_proto(["red"]).SerializeToString()))
    check = checked(model, model)
    assert (check["state"], check["inputs"]) == ("equal", "warm-up requests")


@pytest.mark.parametrize("name", ["checkpoint_empty_prefix", "checkpoint_graph_pbtxt"])
def test_a_checkpoint_is_run_by_the_graph_beside_it_whatever_it_is_called(models, name, run):
    expected = run(models / "checkpoint_tf1", BERT, outputs=["pred_prob"])["pred_prob"]
    found = run(models / name, BERT, outputs=["pred_prob"])["pred_prob"]
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.sum(-1), 1, rtol=1e-5)


def _field(number, content):
    assert len(content) < 128
    return bytes([number << 3 | 2, len(content)]) + content


def _predict(key, value):
    """A PredictionLog of TensorFlow Serving, by the numbers of its fields there."""
    return _field(6, _field(1, _field(1, _field(1, b"m")) + _field(2, _field(1, key.encode()) + _field(2, value))))


@pytest.fixture
def optimised(step):
    from tfreg.convert.steps import optimize_frozen_graph

    def optimise(model, **arguments):
        return step(optimize_frozen_graph, {"source": model}, **arguments).output / "frozen_graph.pb"

    return optimise


@pytest.mark.parametrize(
    "name", ["frozen_functions.pb", "frozen_tf1.pb", "frozen_tf1.pbtxt", "frozen_keras.pb", "same_keras_frozen.pb"]
)
def test_an_optimised_graph_keeps_its_names_and_its_functions_and_computes_the_same(models, name, optimised, run):
    call = call_of(source(models / name), BindingQuery())
    made = optimised(
        models / name,
        feeds=[one.tensor for one in call.feeds],
        fetches=[one.tensor for one in call.fetches],
        targets=call.targets,
    )
    expressions = {feed.key: _expression(feed) for feed in call.feeds}
    outputs = [fetch.tensor for fetch in call.fetches]
    before, after = (run(model, expressions, outputs=outputs) for model in (models / name, made))
    assert set(before) == set(after)
    for key, value in before.items():
        np.testing.assert_allclose(after[key], value, rtol=1e-4, atol=1e-5)


def _expression(feed):
    shape = tuple(size or 2 for size in feed.shape or ())
    if feed.dtype == "bool":
        return "True" if not shape else f"np.ones({shape}, bool)"
    return f"np.ones({shape}, {feed.dtype!r})"


def test_a_batch_norm_is_folded_into_the_convolution_before_it(tmp_path, optimised, run):
    import tensorflow as tf

    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, [None, 4, 4, 1], name="x")
        y = tf.nn.conv2d(x, tf.constant(np.ones((2, 2, 1, 3), np.float32)), 1, "VALID")
        norm, *_ = tf.compat.v1.nn.fused_batch_norm(y, [1.0, 2, 3], [0.0, 1, 2], [1.0, 1, 1], [4.0, 4, 4], is_training=False)
        tf.identity(tf.identity(norm), name="z")
        (tmp_path / "g.pb").write_bytes(graph.as_graph_def().SerializeToString())
    made = optimised(tmp_path / "g.pb", feeds=["x:0"], fetches=["z:0"])
    with source(made).graph(0) as after:
        assert "FusedBatchNormV3" not in after.nodes.ops
        assert "z" in after.nodes
    given = {"x": "np.arange(16.0).reshape(1, 4, 4, 1).astype('float32')"}
    before = run(tmp_path / "g.pb", given, outputs=["z:0"])
    np.testing.assert_allclose(run(made, given, outputs=["z:0"])["z"], before["z"], rtol=1e-5)


def test_without_outputs_nothing_is_optimised(models, step):
    from tfreg.convert.steps import optimize_frozen_graph

    with pytest.raises(OutputsRequiredError):
        step(optimize_frozen_graph, {"source": models / "frozen_tf1.pb"})
    options = ConversionOptions(outputs=(NamedTensor("nothing"),))
    with pytest.raises(ConversionRefusedError, match="nothing"):
        step(optimize_frozen_graph, {"source": models / "frozen_tf1.pb"}, options)
