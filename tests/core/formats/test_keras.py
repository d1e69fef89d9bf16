"""Keras files against Keras and h5py: what tfreg says of real ones equals what the release that wrote them said."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import pytest

from tfreg.core.errors import NoGraphError
from tfreg.core.formats.registry import recognise
from tfreg.core.inspections import Inspection
from tfreg.core.tensors import StoredAs
from tfreg.core.trees import LocalTree

FIXTURES = Path(__file__).parents[2] / "fixtures"
FORMATS = ("keras_v3", "keras_h5", "keras_weights", "keras_json")


@cache
def truth(name: str) -> dict:
    return json.loads((FIXTURES / "truth" / f"{name}.json").read_text())


NAMES = [path.stem for path in sorted((FIXTURES / "truth").glob("*.json")) if truth(path.stem).get("format") in FORMATS]
KNOWN = [name for name in NAMES if truth(name).get("model")]
ARCHITECTURES = [name for name in KNOWN if truth(name)["format"] != "keras_weights"]
LAYERED = [name for name in ARCHITECTURES if truth(name)["model"]["inputs"] is not None]
WEIGHED = [name for name in LAYERED if truth(name)["format"] != "keras_json"]


def path_of(name: str) -> Path:
    return next(path for path in sorted((FIXTURES / "models").glob(f"{name}*")) if path.name.split(".")[0] == name)


@cache
def tree(name: str) -> LocalTree:
    """One tree, so that its HDF5 files are listed once."""
    return LocalTree(path_of(name))


@cache
def inspection(name: str) -> Inspection:
    return recognise(tree(name)).inspect(tree(name))


def model(name: str) -> dict:
    return truth(name)["model"]


def layers(told: list[dict], prefix: str = "") -> dict[str, dict]:
    found = {}
    for layer in told:
        found[prefix + layer["name"]] = layer
        found |= layers(layer.get("layers", []), f"{prefix}{layer['name']}/")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_keras_is_recognised_by_its_content_whatever_it_is_called(name, tmp_path):
    assert recognise(tree(name)).name == truth(name)["format"]
    if name.startswith("same_keras_") and path_of(name).is_file():
        (tmp_path / "model").write_bytes(path_of(name).read_bytes())
        assert recognise(LocalTree(tmp_path / "model")).name == truth(name)["format"]


@pytest.mark.parametrize("name", NAMES)
def test_a_good_file_has_no_problems_but_what_is_known(name):
    known = {"lambda": {"TFR403"}, "functional": {"TFR403"}, "custom": {"TFR406"}, "subclassed": {"TFR111"}}
    expected = next((codes for part, codes in known.items() if f"_{part}_" in name and not name.endswith("weights")), set())
    assert {problem.code for problem in inspection(name).problems} == expected


def expected_datasets(name: str) -> dict[tuple[str, str], tuple[dict, int]]:
    """By file and dataset: what h5py says, and where the HDF5 file starts."""
    told, path = truth(name), path_of(name)
    if "shards" in told:
        return {(file, key): (one, 0) for file, shard in told["shards"].items() for key, one in shard["datasets"].items()}
    start = told["members"]["model.weights.h5"]["offset"] if "members" in told else 0
    file = "model.weights.h5" if path.is_dir() else path.name
    return {(file, key): (one, start) for key, one in told["hdf5"]["datasets"].items()}


@pytest.mark.parametrize("name", [name for name in NAMES if truth(name)["format"] != "keras_json"])
def test_every_dataset_is_a_tensor_with_the_place_and_bytes_that_h5py_says(name):
    path, expected = path_of(name), expected_datasets(name)
    tensors = {(tensor.file, tensor.name): tensor for tensor in inspection(name).tensors}
    assert tensors.keys() == expected.keys()
    spans = recognise(tree(name)).tensor_spans(tree(name), inspection(name))
    for key, (told, start) in expected.items():
        tensor = tensors[key]
        assert (tensor.dtype, list(tensor.shape)) == (told["dtype"].replace("void16", "bfloat16"), told["shape"])
        content = (path / tensor.file if path.is_dir() else path).read_bytes()
        if told["offset"] is None or told["byte_order"] == "big":
            assert tensor.stored_as is StoredAs.HDF5
            assert (tensor.offset_bytes, tensor.size_bytes) == (start, len(content) - start if not start else tensor.size_bytes)
            continue
        assert (tensor.stored_as, tensor.offset_bytes, tensor.size_bytes) == (
            StoredAs.RAW,
            start + told["offset"],
            told["size_bytes"],
        )
        assert hashlib.sha256(content[tensor.offset_bytes :][: tensor.size_bytes]).hexdigest() == told["sha256"]
        assert any(
            (span.offset_bytes, span.length_bytes) == (tensor.offset_bytes, tensor.size_bytes) for span in spans[tensor.file]
        )


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_name_class_version_and_optimizer_are_those_of_keras(name):
    keras, facts = inspection(name).keras, inspection(name).facts
    assert keras.name == model(name)["name"] or (keras.name, keras.class_name) == ("", "Sequential")  # Keras 1 does not name it
    assert keras.class_name == model(name)["class_name"]
    if "keras.version" in facts:
        assert facts["keras.version"] == model(name)["keras_version"]
    else:
        assert (truth(name)["format"], model(name)["keras_version"][0]) == ("keras_json", "3")
    if truth(name)["format"] != "keras_json":
        assert keras.optimizer.lower() == ((model(name)["optimizer"] or {}).get("class_name") or "").lower()


@pytest.mark.parametrize("name", LAYERED)
def test_inputs_and_outputs_have_the_keys_dtypes_and_shapes_of_keras(name):
    keras, told = inspection(name).keras, model(name)
    assert [spec.key for spec in keras.inputs] == told["input_names"] or told["keras_version"].startswith("1.")
    if told["output_names"]:
        assert [spec.key for spec in keras.outputs] == told["output_names"]
    for specs, theirs in ((keras.inputs, told["inputs"]), (keras.outputs, told["outputs"])):
        for spec, their in zip(specs, theirs, strict=True):
            assert spec.dtype in (their["dtype"], "")
            assert not spec.has_shape or list(spec.shape) == their["shape"]
    assert all(spec.has_shape and spec.dtype for spec in keras.inputs)


@pytest.mark.parametrize("name", LAYERED)
def test_layers_are_those_of_keras_with_their_parameters(name):
    expected = layers(model(name)["layers"])
    weighed = name in WEIGHED
    for layer in inspection(name).keras.layers:
        told = expected.pop(layer.name, None)
        if told is None:  # a Sequential does not count its input, and no operation is a layer to Keras
            assert layer.class_name == "InputLayer" or ".ops." in layer.module
            continue
        assert layer.class_name == told["class_name"]
        assert layer.trainable == told["trainable"] or layer.class_name == "InputLayer"  # which old Keras calls frozen
        assert layer.parameter_count == (told["parameters"] if weighed else None)
        assert layer.output_shape is None or list(layer.output_shape) == told["output_shape"]
    assert all(path.startswith("merge_") for path in expected)  # Keras 1 lists what it merges as its own layers


@pytest.mark.parametrize("name", WEIGHED)
def test_parameters_are_as_many_as_keras_counts(name):
    keras, told = inspection(name).keras, model(name)["parameters"]
    assert (keras.parameter_count, keras.trainable_parameter_count) == (told["total"], told["trainable"])


@pytest.mark.parametrize("name", WEIGHED)
def test_variables_have_the_paths_that_keras_gives_them(name):
    """But for nested models of Keras 2, whose variables do not name the model, and variables of a user's own layer."""
    told = {path.removesuffix(":0"): facts for path, facts in model(name)["variables"] if "seed_generator" not in path}
    tensors = {tensor.path or tensor.name: tensor for tensor in inspection(name).tensors}
    missing = {path for path in told if path not in tensors}
    nested = {path for path in tensors if path.partition("/")[2] in missing}
    assert {path.partition("/")[2] for path in nested} | {"own/scale"} >= missing
    for path in told.keys() - missing:
        if tensors[path].trainable is not None and tensors[path].trainable != told[path]["trainable"]:
            assert model(name)["keras_version"].startswith("2.")  # where a frozen layer's variables stay trainable
            assert not tensors[path].trainable


def test_what_a_loader_would_run_or_import_is_told_with_the_layer():
    problems = inspection("keras_3_custom_v3").problems
    assert [(problem.code, problem.place.operation) for problem in problems] == [("TFR406", "hidden"), ("TFR406", "own")]
    assert inspection("keras_3_custom_v3").keras.custom_objects == ("shop>squash", "shop>Scale")
    for name in ("keras_3_lambda_v3", "keras_3_lambda_h5", "keras_2_lambda_2_15_v3", "keras_2_lambda_2_15_h5"):
        (problem,) = inspection(name).problems
        assert (problem.code, problem.place.operation) == ("TFR403", "doubled")


def test_what_only_compiling_needs_is_told_apart_from_what_loading_runs(tmp_path):
    own = {"module": "shop", "class_name": "OwnLoss", "config": {}, "registered_name": "shop>OwnLoss"}
    config = {
        "class_name": "Sequential",
        "config": {"layers": [{"class_name": "Dense", "config": {"name": "d", "units": 1}}]},
        "compile_config": {"optimizer": "adam", "loss": own, "metrics": ["own_metric", "mae"]},
        "module": "keras",
    }
    (tmp_path / "model.json").write_text(json.dumps(config))
    tree = LocalTree(tmp_path)
    found = recognise(tree).inspect(tree)
    assert [problem.code for problem in found.problems] == ["TFR409", "TFR409"]
    assert set(found.keras.custom_objects) == {"shop>OwnLoss", "own_metric"}


def test_a_subclassed_model_is_its_own_code():
    keras = inspection("keras_3_subclassed_v3").keras
    assert (keras.layers, keras.inputs, keras.custom_objects, keras.parameter_count) == ((), (), ("Subclassed",), 79)


def test_the_compile_config_is_kept_as_json():
    keras = inspection("same_keras_v3").keras
    assert json.loads(keras.training["loss"]) == {"prob": "sparse_categorical_crossentropy", "score": "mse"}
    assert json.loads(inspection("same_keras_h5").keras.training["metrics"]) == {"prob": ["accuracy"]}


def test_one_model_has_the_same_paths_in_every_form():
    paths = [
        {tensor.path or tensor.name for tensor in inspection(name).tensors if tensor.path and "optimizer" not in tensor.path}
        for name in ("same_keras_v3", "same_keras_h5", "same_keras_weights", "same_keras_sharded")
    ]
    assert len(paths[0]) == 19
    assert all(found == paths[0] for found in paths)


def test_states_of_the_optimizer_are_no_parameters_and_are_known_by_their_path():
    for name in ("same_keras_v3", "same_keras_h5", "same_keras_weights"):
        states = [tensor for tensor in inspection(name).tensors if (tensor.path or tensor.name).startswith("optimizer/")]
        assert len(states) == len(model(name)["optimizer"]["variables"])
        assert all(tensor.trainable is False for tensor in states)


@pytest.mark.parametrize("name", ["same_keras_v3", "same_keras_h5", "same_keras_weights", "same_keras_architecture"])
def test_a_file_of_keras_holds_no_graph(name):
    found = recognise(tree(name))
    assert not found.has_graph
    with pytest.raises(NoGraphError) as refused:
        found.graph(tree(name), 0)
    assert "model.export" in refused.value.hint
