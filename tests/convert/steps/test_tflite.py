"""SavedModels as TFLite: signatures survive, quantised forms are near, and what cannot be is refused with what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.convert.steps.conftest import source
from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.errors import ConversionRefusedError, InputsInvalidError, OpUnsupportedError
from tfreg.core.resolving.signatures import callable_signatures

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("tensorflow"), pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def to_tflite(step):
    from tfreg.convert.steps import saved_model_to_tflite

    def convert(model, samples=None, **options):
        inputs = {"source": model} | ({"samples": samples} if samples is not None else {})
        work = step(saved_model_to_tflite, inputs, ConversionOptions(**options))
        return work.output / "model.tflite", work.facts

    return convert


def keys_of(path):
    return {signature.key for signature in callable_signatures(source(path).inspection.meta_graphs[0])}


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("tf2_module_signatures", {"serving_default"}),
        ("tf1_saved_model", None),
        ("tf2_keras_export", {"serving_default"}),
        ("release_2_18_saved_model", {"serving_default"}),
        ("estimator_2_12", None),
        ("tf1_cond_while_v2", {"serving_default"}),
    ],
)
def test_signatures_survive_and_compute_the_same(models, name, keys, to_tflite, checked):
    made, _ = to_tflite(models / name)
    assert keys_of(made) == (keys_of(models / name) if keys is None else keys)
    check = checked(models / name, made)
    assert check["state"] == "equal", check


def test_a_key_that_is_no_parameter_of_python_is_that_of_tflite_all_the_same(models, to_tflite, checked):
    made, _ = to_tflite(models / "tf1_pbtxt")
    signatures = callable_signatures(source(made).inspection.meta_graphs[0])
    assert "in" in {spec.key for signature in signatures for spec in signature.inputs}
    check = checked(models / "tf1_pbtxt", made)
    assert check["state"] == "equal", check


def test_a_graph_that_was_made_for_a_gpu_is_converted_without_one(models, tmp_path, to_tflite, checked):
    from tensorflow.core.protobuf import saved_model_pb2

    model = Path(shutil.copytree(models / "tf1_saved_model", tmp_path / "model"))
    saved_model = saved_model_pb2.SavedModel.FromString((model / "saved_model.pb").read_bytes())
    for node in saved_model.meta_graphs[0].graph_def.node:
        node.device = "/device:GPU:0"
    (model / "saved_model.pb").write_bytes(saved_model.SerializeToString())
    made, _ = to_tflite(model)
    check = checked(model, made)
    assert check["state"] == "equal", check


def test_one_signature_can_be_chosen(models, to_tflite):
    made, facts = to_tflite(models / "tf2_module_signatures", signature="serving_default")
    assert (keys_of(made), facts["notes"]) == ({"serving_default"}, [])


def test_a_signature_that_tflite_has_no_ops_for_is_left_out_by_name_and_kept_with_tensorflows_own_ops(models, to_tflite):
    made, facts = to_tflite(models / "tf2_module_signatures")
    assert keys_of(made) == {"serving_default"}
    (note,) = facts["notes"]
    assert "'describe'" in note["message"]
    assert "StringLength" in note["message"]
    assert "--select-tf-ops" in note["hint"]
    whole, facts = to_tflite(models / "tf2_module_signatures", select_tf_ops=True)
    assert (keys_of(whole), facts["notes"]) == ({"describe", "serving_default"}, [])


def test_a_model_whose_default_signature_tflite_has_no_ops_for_is_refused(tmp_path, to_tflite):
    import tensorflow as tf

    class Model(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")])
        def default(self, text):
            return {"length": tf.strings.length(text)}

        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "x")])
        def plain(self, x):
            return {"y": x + 1.0}

    model = Model()
    tf.saved_model.save(model, str(tmp_path), signatures={"serving_default": model.default, "a_plain_one": model.plain})
    with pytest.raises(OpUnsupportedError, match="StringLength") as refused:
        to_tflite(tmp_path)
    assert "--select-tf-ops" in refused.value.hint


def test_a_signature_that_needs_what_it_does_not_name_is_left_out_with_the_reason(models, to_tflite):
    _, facts = to_tflite(models / "tf1_cond_while_v1")
    (note,) = facts["notes"]
    assert note["code"] == "TFR501"
    assert "'gated'" in note["message"]
    assert "only_by_control:0" in note["message"]


@pytest.mark.parametrize("quantize", ["float16", "dynamic_range"])
def test_a_quantised_model_is_near(models, quantize, to_tflite, checked):
    made, _ = to_tflite(models / "tf2_keras_export", quantize=quantize)
    assert checked(models / "tf2_keras_export", made)["state"] == "equal"


def test_full_integers_are_measured_on_samples(models, tmp_path, to_tflite, checked):
    random = np.random.default_rng(0)
    samples = tmp_path / "samples.npz"
    np.savez(samples, x=random.random((8, 4), np.float32), seq=random.random((8, 5, 2), np.float32))
    made, _ = to_tflite(models / "tf2_keras_export", samples, quantize="int8")
    assert any(tensor.dtype == "int8" for tensor in source(made).inspection.tensors)
    check = checked(models / "tf2_keras_export", made, samples)
    assert (check["state"], check["inputs"]) == ("equal", "samples"), check


def test_full_integers_without_samples_say_what_to_attach(models, to_tflite):
    with pytest.raises(ConversionRefusedError) as refused:
        to_tflite(models / "tf2_keras_export", quantize="int8")
    assert "np.savez" in refused.value.hint


def test_samples_of_other_inputs_are_refused_with_what_is_needed(models, tmp_path, to_tflite):
    np.savez(tmp_path / "samples.npz", image=np.ones((8, 4), np.float32))
    with pytest.raises(InputsInvalidError, match="image"):
        to_tflite(models / "tf2_keras_export", tmp_path / "samples.npz", quantize="int8")


@pytest.mark.parametrize("name", ["tf2_keras_export_named", "same_keras_saved_model"])
def test_a_recurrent_layer_with_an_open_batch_is_refused_with_three_ways_out(models, name, to_tflite):
    with pytest.raises(ConversionRefusedError, match="recurrent") as refused:
        to_tflite(models / name)
    for way in ("--select-tf-ops", ".keras", "input_signature"):
        assert way in refused.value.hint


def test_a_recurrent_layer_with_an_open_batch_is_converted_with_tensorflows_own_ops(models, to_tflite, checked):
    made, _ = to_tflite(models / "tf2_keras_export_named", select_tf_ops=True)
    check = checked(models / "tf2_keras_export_named", made)
    assert (check["state"], check["reason"]) == ("unchecked", "no delegate")


def test_a_recurrent_layer_with_a_fixed_batch_needs_no_ops_of_tensorflow(models, step, to_tflite, checked):
    from tfreg.convert.steps import keras_to_saved_model
    from tfreg.core.conversions.options import InputShape

    shapes = (InputShape("x", (1, 8, 8, 3)), InputShape("seq", (1, 6)))
    fixed = step(keras_to_saved_model, {"source": models / "same_keras_v3.keras"}, ConversionOptions(shapes=shapes)).output
    made, _ = to_tflite(fixed)
    check = checked(fixed, made)
    assert check["state"] == "equal", check


def test_ops_that_tflite_lacks_are_named(models, to_tflite):
    with pytest.raises(OpUnsupportedError, match="StringSplitV2") as refused:
        to_tflite(models / "keras_3_text_saved_model")
    assert "StringSplitV2" in refused.value.metadata["ops"]
    assert "--select-tf-ops" in refused.value.hint


def test_a_sparse_input_is_refused(models, to_tflite):
    with pytest.raises(ConversionRefusedError, match="sparse"):
        to_tflite(models / "tf1_sparse")


def test_a_model_without_signatures_says_how_to_make_one(models, to_tflite):
    with pytest.raises(ConversionRefusedError) as refused:
        to_tflite(models / "tf2_no_signatures")
    assert "--function" in refused.value.hint
