"""What the rewrites make is loaded by the Keras that wrote the config, and holds the weights of the model that went in, bit for bit."""

import json
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("tensorflow"), pytest.mark.filterwarnings("ignore")]
MODELS = Path(__file__).parents[3] / "fixtures" / "models"
KERAS_3 = ("same_keras", "keras_3_sequential", "keras_3_shared", "release_2_18")
WHOLE = (
    "same_keras_h5.h5",
    "same_keras_v3.keras",
    "keras_3_sequential_h5.h5",
    "keras_3_sequential_v3.keras",
    "keras_3_shared_v3.keras",
    "keras_3_text_v3.keras",
    "release_2_18_h5.h5",
    "release_2_18_v3.keras",
    "keras_2_two_inputs_2_15_h5.h5",
    "keras_2_two_inputs_2_15_v3.keras",
    "keras_2_two_inputs_2_12_h5.h5",
    "keras_sequential_2_2_4_h5.h5",
    "keras_2_attributes_2_15_large_config.h5",
    "keras_2_attributes_2_15_many_names.h5",
    "tf_keras_2_21_h5.h5",
)


@cache
def keras_of(name: str) -> ModuleType:
    """The Keras that reads a fixture."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("keras" if name.startswith((*KERAS_3, "keras_3")) else "tf_keras")


@cache
def loaded(name: str) -> Any:
    """The model of a fixture."""
    return keras_of(name).models.load_model(MODELS / name, compile=False)


def values(model: Any) -> list[tuple[Any, Any, bytes]]:
    return [(weight.shape, weight.dtype, weight.tobytes()) for weight in model.get_weights()]


def scrambled(model: Any) -> Any:
    """Puts other values into a model, so that what it has later comes from the file."""
    model.set_weights([weight * 0 + 1 for weight in model.get_weights()])
    return model


@pytest.mark.parametrize("name", WHOLE)
def test_the_json_of_a_model_is_what_keras_makes_it_of(name: str, converted: Callable, saved: Callable) -> None:
    text = saved(converted(name, "keras_json")).read_text()
    model = keras_of(name).models.model_from_json(text)
    assert [weight.shape for weight in model.get_weights()] == [weight.shape for weight in loaded(name).get_weights()]
    assert [layer.name for layer in model.layers] == [layer.name for layer in loaded(name).layers]


@pytest.mark.parametrize("name", WHOLE)
def test_weights_of_a_model_are_loaded_by_one_of_its_architecture(name: str, converted: Callable, saved: Callable) -> None:
    model = keras_of(name).models.load_model(MODELS / name, compile=False)
    for target in ("keras_weights", "keras_weights_legacy"):
        scrambled(model).load_weights(saved(converted(name, target)))
        assert values(model) == values(loaded(name))


ARCHITECTURES = {
    "same_keras_architecture.json": (
        "same_keras_v3.keras",
        "same_keras_h5.h5",
        "same_keras_weights.weights.h5",
        "same_keras_checkpoint",
        "same_keras_saved_model",
        "same_keras_sharded",
    ),
    "keras_2_two_inputs_2_15_architecture.json": (
        "keras_2_two_inputs_2_15_h5.h5",
        "keras_2_two_inputs_2_15_v3.keras",
        "keras_2_two_inputs_2_15_weights.h5",
        "keras_2_two_inputs_2_15_weights_v3.weights.h5",
        "keras_2_two_inputs_2_15_checkpoint",
        "keras_2_two_inputs_2_15_saved_model",
    ),
    "keras_2_two_inputs_2_12_architecture.json": (
        "keras_2_two_inputs_2_12_h5.h5",
        "keras_2_two_inputs_2_12_v3.keras",
        "keras_2_two_inputs_2_12_weights.h5",
        "keras_2_two_inputs_2_12_weights_v3.weights.h5",
        "keras_2_two_inputs_2_12_checkpoint",
    ),
    "keras_sequential_2_2_4_architecture.json": ("keras_sequential_2_2_4_h5.h5", "keras_sequential_2_2_4_weights.h5"),
    "keras_3_sequential_architecture.json": ("keras_3_sequential_h5.h5", "keras_3_sequential_v3.keras"),
}
PAIRS = [(architecture, weights) for architecture, all_weights in ARCHITECTURES.items() for weights in all_weights]


@pytest.mark.parametrize(("architecture", "weights"), PAIRS)
@pytest.mark.parametrize("target", ["keras_v3", "keras_h5"])
def test_json_and_weights_become_the_model_again(
    architecture: str, weights: str, target: str, converted: Callable, saved: Callable
) -> None:
    truth = loaded(next(name for name in ARCHITECTURES[architecture] if name.endswith("h5.h5")))
    model = keras_of(architecture).models.load_model(saved(converted(architecture, target, weights=weights)), compile=False)
    assert values(model) == values(truth)
    assert [layer.name for layer in model.layers] == [layer.name for layer in truth.layers]


@pytest.mark.parametrize("target", ["keras_v3", "keras_h5"])
def test_weights_and_an_architecture_say_the_same_in_whichever_role(target: str, converted: Callable) -> None:
    architecture, weights = "same_keras_architecture.json", "same_keras_checkpoint"
    one = converted(architecture, target, weights=weights).tree
    other = converted(weights, target, architecture=architecture).tree
    (file,) = one.files()
    with one.open(file.path) as first, other.open(file.path) as second:
        assert first.read_at(0, first.size_bytes) == second.read_at(0, second.size_bytes)


OTHER_FORMS = [
    (name, target)
    for name in (*WHOLE, "keras_sequential_2_3_1_h5.h5", "keras_2_hdf5_2_15_big_endian.h5", "tf_keras_2_21_v3.keras")
    for target, suffix in (("keras_v3", ".h5"), ("keras_h5", ".keras"))
    if name.endswith(suffix) and name != "keras_3_text_v3.keras"  # an .h5 has no place for its vocabulary
]


@pytest.mark.parametrize(("name", "target"), OTHER_FORMS)
def test_a_whole_file_of_one_form_becomes_one_of_the_other(name: str, target: str, converted: Callable, saved: Callable) -> None:
    model, truth = keras_of(name).models.load_model(saved(converted(name, target)), compile=False), loaded(name)
    assert values(model) == values(truth)
    assert [layer.name for layer in model.layers] == [layer.name for layer in truth.layers]


@pytest.mark.parametrize("architecture", ["same_keras_v3.keras", "same_keras_h5.h5"])
@pytest.mark.parametrize("target", ["keras_v3", "keras_h5"])
def test_a_whole_model_serves_as_architecture(architecture: str, target: str, converted: Callable, saved: Callable) -> None:
    path = saved(converted("same_keras_weights.weights.h5", target, architecture=architecture))
    assert values(keras_of(architecture).models.load_model(path, compile=False)) == values(loaded("same_keras_v3.keras"))


def test_a_compiled_model_is_compiled_again(converted: Callable, saved: Callable) -> None:
    path = saved(converted("same_keras_checkpoint", "keras_v3", architecture="same_keras_v3.keras"))
    model = keras_of("same_keras").models.load_model(path)
    assert type(model.optimizer).__name__ == "Adam"


@pytest.mark.parametrize(
    "name", ["keras_3_shared_v3.keras", "release_2_18_v3.keras", "tf_keras_2_21_h5.h5", "keras_3_text_v3.keras"]
)
def test_a_model_taken_apart_and_put_together_predicts_the_same(name: str, converted: Callable, saved: Callable) -> None:
    import numpy as np

    target = "keras_v3" if name.endswith("keras") else "keras_h5"
    json_path = saved(converted(name, "keras_json"))
    path = saved(converted(json_path, target, weights=name))
    model, truth = keras_of(name).models.load_model(path, compile=False), loaded(name)
    random = np.random.default_rng(1)
    inputs = [_input(tensor, random) for tensor in truth.inputs]
    given = inputs if len(inputs) > 1 else inputs[0]
    for before, after in zip(_listed(truth.predict(given, verbose=0)), _listed(model.predict(given, verbose=0)), strict=True):
        assert before.tobytes() == after.tobytes()


def _input(tensor: Any, random: Any) -> Any:
    import tensorflow as tf

    shape = [2 if size is None else size for size in tensor.shape]
    if tensor.dtype == "string":
        return (
            tf.constant([["the cat"] * (shape[1] if len(shape) > 1 else 1)] * 2)
            if len(shape) > 1
            else tf.constant(["the cat"] * 2)
        )
    return random.integers(0, 5, shape) if "int" in str(tensor.dtype) else random.standard_normal(shape).astype("float32")


def _listed(outputs: Any) -> list[Any]:
    return list(outputs.values()) if isinstance(outputs, dict) else outputs if isinstance(outputs, list) else [outputs]


def test_the_json_of_a_keras_3_archive_is_that_of_to_json(converted: Callable, saved: Callable) -> None:
    def without_identities(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: without_identities(inner)
                for key, inner in value.items()
                if key not in ("shared_object_id", "compile_config")
            }
        return [without_identities(inner) for inner in value] if isinstance(value, list) else value

    made = json.loads(saved(converted("same_keras_v3.keras", "keras_json")).read_text())
    assert without_identities(made) == without_identities(json.loads((MODELS / "same_keras_architecture.json").read_text()))
