"""Keras models of any version as SavedModels: what a session, and so Java, loads, computes what Keras computes, under the model's names."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.convert.steps.conftest import session_run, source
from tfreg.core.conversions.options import ConversionOptions, InputShape
from tfreg.core.errors import ConversionRefusedError, ForeignCodeError, ShapeFixedError
from tfreg.core.resolving.signatures import callable_signatures

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("tensorflow"), pytest.mark.filterwarnings("ignore")]

PLAIN = (
    "same_keras_v3.keras",
    "same_keras_h5.h5",
    "keras_3_sequential_v3.keras",
    "keras_3_sequential_h5.h5",
    "keras_3_shared_v3.keras",
    "keras_3_text_v3.keras",
    "keras_3_text_folder",
    "keras_3_types_v3.keras",
    "keras_3_types_h5.h5",
    "keras_2_two_inputs_2_12_h5.h5",
    "keras_2_two_inputs_2_12_v3.keras",
    "keras_2_two_inputs_2_15_h5.h5",
    "keras_2_two_inputs_2_15_v3.keras",
    "keras_2_h5_named_keras_2_12.keras",
    "keras_2_hdf5_2_15_userblock.h5",
    "tf_keras_2_21_h5.h5",
    "tf_keras_2_21_v3.keras",
    "tf_keras_1_15_h5.h5",
    "keras_sequential_1_2_2_h5.h5",
    "keras_sequential_2_2_4_h5.h5",
    "keras_sequential_2_3_1_h5.h5",
    "release_2_18_v3.keras",
    "release_2_18_h5.h5",
)
CUSTOM = """
import keras

@keras.saving.register_keras_serializable("shop")
class Scale(keras.layers.Layer):
    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones", name="scale")

    def call(self, x):
        return x * self.scale * self.factor

@keras.saving.register_keras_serializable("shop")
def squash(v):
    return keras.ops.tanh(v) * 1.5
"""


@pytest.fixture
def to_saved_model(step):
    from tfreg.convert.steps import keras_to_saved_model

    def convert(model, options=None, **more):
        inputs = {"source": model, **more.pop("inputs", {})}
        return step(keras_to_saved_model, inputs, options, **more)

    return convert


@pytest.mark.parametrize("name", PLAIN)
def test_a_session_computes_what_keras_computes_under_the_names_that_the_file_says(models, name, to_saved_model, checked):
    work = to_saved_model(models / name)
    before, after = source(models / name).inspection, source(work.output).inspection
    (signature,) = callable_signatures(after.meta_graphs[0])
    assert {spec.key for spec in signature.inputs} == {spec.key for spec in before.keras.inputs}
    assert {spec.key for spec in signature.outputs} == {spec.key for spec in before.keras.outputs}
    check = checked(models / name, work.output)
    assert check["state"] == "equal", check


@pytest.mark.parametrize(
    ("name", "library"), [("same_keras_v3.keras", "keras"), ("keras_2_two_inputs_2_15_v3.keras", "tf-keras")]
)
def test_the_keras_that_wrote_a_file_reads_it_and_is_told_among_the_tools(models, name, library, to_saved_model):
    assert set(to_saved_model(models / name).facts["tools"]) == {"tensorflow", library}


def test_a_file_of_keras_2_12_gives_what_the_same_model_as_h5_gives(models, to_saved_model):
    inputs = {
        "x": np.linspace(-1, 1, 384, dtype=np.float32).reshape(2, 8, 8, 3),
        "seq": np.arange(12, dtype=np.int32).reshape(2, 6),
    }
    v3, h5 = (
        session_run(to_saved_model(models / f"keras_2_two_inputs_2_12_{form}").output, inputs) for form in ("v3.keras", "h5.h5")
    )
    np.testing.assert_array_equal(v3["prob"], h5["prob"])
    np.testing.assert_array_equal(v3["score"], h5["score"])


def test_each_variable_is_stored_once(models, to_saved_model):
    made = to_saved_model(models / "same_keras_v3.keras").output
    exported = models / "same_keras_saved_model"
    size, size_exported = (sum(f.stat().st_size for f in (folder / "variables").iterdir()) for folder in (made, exported))
    assert size < 0.6 * size_exported


def test_a_fixed_shape_is_that_of_the_signature(models, to_saved_model):
    options = ConversionOptions(shapes=(InputShape("x", (1, 8, 8, 3)), InputShape("seq", (1, 6))))
    work = to_saved_model(models / "same_keras_v3.keras", options)
    (signature,) = callable_signatures(source(work.output).inspection.meta_graphs[0])
    assert {spec.key: spec.shape for spec in signature.inputs} == {"x": (1, 8, 8, 3), "seq": (1, 6)}


def test_a_shape_that_the_model_was_not_built_for_is_refused(models, to_saved_model):
    with pytest.raises(ShapeFixedError, match="'seq'"):
        to_saved_model(models / "same_keras_v3.keras", ConversionOptions(shapes=(InputShape("seq", (None, 7)),)))


def test_an_unknown_input_is_refused_with_those_that_there_are(models, to_saved_model):
    with pytest.raises(ConversionRefusedError) as refused:
        to_saved_model(models / "same_keras_v3.keras", ConversionOptions(shapes=(InputShape("image", (None, 7)),)))
    assert "x, seq" in refused.value.hint


def test_a_method_name_is_kept(models, to_saved_model):
    work = to_saved_model(models / "keras_sequential_2_3_1_h5.h5", ConversionOptions(method_name="tensorflow/serving/classify"))
    (signature,) = callable_signatures(source(work.output).inspection.meta_graphs[0])
    assert signature.method_name == "tensorflow/serving/classify"


def test_names_that_tensorflow_does_not_take_as_arguments_are_those_of_the_signature_all_the_same(tmp_path, to_saved_model):
    import keras

    a, b = keras.Input([2], name="age (years)"), keras.Input([2], name="9 lives")
    keras.Model([a, b], keras.layers.Add(name="total")([a, b])).save(tmp_path / "odd.keras")
    work = to_saved_model(tmp_path / "odd.keras")
    given = {"age (years)": np.ones((1, 2), np.float32), "9 lives": np.full((1, 2), 2, np.float32)}
    assert session_run(work.output, given)["total"].tolist() == [[3.0, 3.0]]


@pytest.mark.parametrize(
    "name",
    [
        "keras_3_lambda_v3.keras",
        "keras_3_lambda_h5.h5",
        "keras_2_lambda_2_15_v3.keras",
        "keras_2_lambda_2_15_h5.h5",
        "keras_functional_2_3_1_h5.h5",
    ],
)
def test_a_lambda_layer_is_not_loaded_without_leave(models, name, to_saved_model):
    with pytest.raises(ForeignCodeError, match="Lambda"):
        to_saved_model(models / name)


@pytest.mark.parametrize("name", ["keras_3_lambda_v3.keras", "keras_2_lambda_2_15_h5.h5"])
def test_a_lambda_layer_is_traced_with_leave(models, name, to_saved_model, checked):
    work = to_saved_model(models / name, runs_foreign_code=True)
    assert checked(models / name, work.output, leave=True)["state"] == "equal"


def test_custom_objects_are_refused_without_the_module_and_loaded_with_it_and_leave(models, tmp_path, to_saved_model, checked):
    model, module = models / "keras_3_custom_v3.keras", tmp_path / "shop.py"
    module.write_text(CUSTOM)
    with pytest.raises(ConversionRefusedError, match="shop>Scale"):
        to_saved_model(model)
    with pytest.raises(ForeignCodeError, match="module"):
        to_saved_model(model, inputs={"custom_objects": module})
    made = to_saved_model(model, inputs={"custom_objects": module}, runs_foreign_code=True)
    assert session_run(made.output, {"x": np.zeros((2, 4), np.float32)})["own"].shape == (2, 3)
    check = checked(model, made.output, leave=True, custom_objects=module)
    assert check["state"] == "equal", check


def test_a_module_of_custom_objects_that_fails_is_told(models, tmp_path, to_saved_model):
    (tmp_path / "broken.py").write_text("import nothing_of_the_kind")
    with pytest.raises(ConversionRefusedError, match="nothing_of_the_kind"):
        to_saved_model(
            models / "keras_3_custom_v3.keras", inputs={"custom_objects": tmp_path / "broken.py"}, runs_foreign_code=True
        )


def test_a_file_of_keras_1_computes_what_its_weights_say(models, to_saved_model):
    import h5py

    x = np.linspace(-1, 1, 140, dtype=np.float32).reshape(2, 70)
    with h5py.File(models / "keras_sequential_1_2_2_h5.h5") as file:
        layers = file["model_weights"]
        w = {name: [np.array(layers[name][one]) for one in layers[name].attrs["weight_names"]] for name in layers}
    hidden = np.maximum(x @ w["first"][0] + w["first"][1], 0)
    gamma, beta, mean, variance = w["norm"]
    logits = ((hidden - mean) / np.sqrt(variance + 1e-3) * gamma + beta) @ w["last"][0] + w["last"][1]
    expected = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    made = to_saved_model(models / "keras_sequential_1_2_2_h5.h5").output
    (key,) = [spec.key for spec in callable_signatures(source(made).inspection.meta_graphs[0])[0].inputs]
    (result,) = session_run(made, {key: x}).values()
    np.testing.assert_allclose(result, expected, rtol=1e-5)


def test_types_that_keras_cannot_read_from_an_h5_are_those_of_the_same_model_as_keras(models, to_saved_model):
    x = np.linspace(-1, 1, 12, dtype=np.float32).reshape(2, 6)
    h5, v3 = (session_run(to_saved_model(models / f"keras_3_types_{form}").output, {"x": x}) for form in ("h5.h5", "v3.keras"))
    assert h5.keys() == v3.keys()
    for key in h5:
        np.testing.assert_array_equal(h5[key], v3[key])


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PK\x03\x04" + bytes(100), b"\x89HDF\r\n\x1a\n" + bytes(100)])
def test_a_damaged_file_is_refused(content, tmp_path, to_saved_model):
    (tmp_path / "model.keras").write_bytes(content)
    with pytest.raises(ConversionRefusedError, match="config cannot be read"):
        to_saved_model(tmp_path / "model.keras")


def test_what_a_loss_names_is_no_custom_object_for_losses_are_not_loaded(models, tmp_path, to_saved_model):
    path = tmp_path / "lossy.keras"
    with zipfile.ZipFile(models / "release_2_18_v3.keras") as old, zipfile.ZipFile(path, "w") as new:
        for member in old.namelist():
            text = old.read(member)
            if member == "config.json":
                text = text.replace(
                    b'"compile_config": ', b'"compile_config": {"loss": "my_own_loss"}, "compile_config_before": ', 1
                )
            new.writestr(member, text)
    assert to_saved_model(path).facts["tools"]


def test_the_source_is_only_read(models, tmp_path, to_saved_model):
    copy = Path(shutil.copy(models / "keras_2_two_inputs_2_12_v3.keras", tmp_path))
    before = copy.read_bytes()
    to_saved_model(copy)
    assert copy.read_bytes() == before
