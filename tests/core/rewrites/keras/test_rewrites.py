"""What the rewrites for Keras make, refuse and say, without Keras."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.conversions.targets import target_named
from tfreg.core.errors import ConversionRefusedError, WeightsMismatchError
from tfreg.core.formats.registry import recognise
from tfreg.core.rewrites.pieces import Inline
from tfreg.core.rewrites.rewriting import Rewritten
from tfreg.core.trees import MemoryTree

MODELS = Path(__file__).parents[3] / "fixtures" / "models"
PARTIAL = ConversionOptions(partial=True)
A3, A2 = "same_keras_architecture.json", "keras_2_two_inputs_2_15_architecture.json"


def inspected(made: Rewritten) -> Any:
    return recognise(made.tree).inspect(made.tree)


def new_bytes(made: Rewritten) -> int:
    pieces = [piece for file in made.tree.files() for piece in made.tree.pieces(file.path)]
    return sum(piece.length_bytes for piece in pieces if isinstance(piece, Inline))


def config(*layers: dict, class_name: str = "Sequential") -> MemoryTree:
    return MemoryTree(
        {
            "model.json": json.dumps(
                {"class_name": class_name, "config": {"name": "m", "layers": layers}, "keras_version": "2.15.0"}
            ).encode()
        }
    )


def dense(name: str, units: int, **more: object) -> dict:
    return {"class_name": "Dense", "config": {"name": name, "units": units, "use_bias": False, **more}}


@pytest.mark.parametrize(
    ("source", "target", "others", "facts"),
    [
        ("same_keras_h5.h5", "keras_json", {}, {}),
        ("same_keras_h5.h5", "keras_weights", {}, {"keras.weights_layout": "variables"}),
        ("same_keras_v3.keras", "keras_weights_legacy", {}, {"keras.version": "3.15.1", "keras.weights_layout": "legacy"}),
        (A2, "keras_h5", {"weights": "keras_2_two_inputs_2_15_checkpoint"}, {"keras.version": "2.15.0"}),
        ("same_keras_checkpoint", "keras_v3", {"architecture": "same_keras_h5.h5"}, {"keras.version": "3.15.1"}),
    ],
)
def test_a_result_is_recognised_and_sound(
    source: str, target: str, others: dict[str, str], facts: dict[str, str], converted: Callable
) -> None:
    found = inspected(converted(source, target, **others))
    assert found.format == target_named(target).format
    assert not [problem for problem in found.problems if problem.code != "TFR105"]
    assert facts.items() <= found.facts.items()
    if target in ("keras_v3", "keras_h5"):
        assert found.keras.parameter_count == inspected_count("same_keras_h5.h5")


def inspected_count(name: str) -> int:
    tree = MemoryTree({name: (MODELS / name).read_bytes()})
    keras = recognise(tree).inspect(tree).keras
    assert keras is not None
    assert keras.parameter_count is not None
    return keras.parameter_count


@pytest.mark.parametrize("target", ["keras_v3", "keras_h5"])
def test_no_weight_is_copied_that_lies_in_one_piece(target: str, converted: Callable) -> None:
    made = converted("same_keras_weights.weights.h5", target, architecture=A3)
    total = sum(file.size_bytes for file in made.tree.files())
    assert new_bytes(made) < 60_000 < total - 80_000  # 92 KB of weights stay where they are


def test_the_same_input_gives_the_same_bytes(converted: Callable) -> None:
    def content() -> bytes:
        tree = converted(A3, "keras_v3", weights="same_keras_h5.h5").tree
        with tree.open("model.keras") as reader:
            return reader.read_at(0, reader.size_bytes)

    assert content() == content()


@pytest.mark.parametrize("target", ["keras_weights", "keras_weights_legacy"])
@pytest.mark.parametrize("source", ["same_keras_checkpoint", "same_keras_saved_model", "checkpoint_tf1"])
def test_weights_that_know_no_layers_need_an_architecture(source: str, target: str, converted: Callable) -> None:
    with pytest.raises(ConversionRefusedError, match="does not say which layers") as caught:
        converted(source, target)
    assert "--architecture" in caught.value.hint


def test_groups_by_class_say_nothing_of_the_order_of_layers(converted: Callable) -> None:
    with pytest.raises(ConversionRefusedError):
        converted("same_keras_weights.weights.h5", "keras_weights_legacy")


def test_a_half_is_no_model(converted: Callable) -> None:
    with pytest.raises(ConversionRefusedError, match="one half"):
        converted(A3, "keras_h5")


@pytest.mark.parametrize("architecture", ["same_keras_weights.weights.h5", "frozen_tf1.pb"])
def test_an_architecture_is_a_config_of_keras(architecture: str, converted: Callable) -> None:
    with pytest.raises(ConversionRefusedError, match="no Keras config"):
        converted("same_keras_checkpoint", "keras_h5", architecture=architecture)


def test_weights_of_another_model_are_refused_with_the_first_few(converted: Callable) -> None:
    with pytest.raises(WeightsMismatchError) as caught:
        converted(A3, "keras_v3", weights="keras_sequential_2_2_4_h5.h5")
    assert "conv/kernel" in caught.value.message
    assert "--match" in caught.value.hint


def test_what_is_missing_begins_anew_where_that_is_wanted(converted: Callable) -> None:
    made = converted(
        config(dense("first", 8, batch_input_shape=[None, 70]), dense("added", 2)),
        "keras_h5",
        PARTIAL,
        weights="keras_sequential_2_2_4_weights.h5",
    )
    assert made.weights.missing == ("added/kernel",)
    assert [match.target for match in made.weights.matched] == ["first/kernel"]
    assert "norm/gamma" in made.weights.left_over
    assert [note.code for note in made.notes] == ["TFR502"]
    assert "added/kernel" in made.notes[0].message
    assert inspected(made).keras.parameter_count == 70 * 8 + 8 * 2


def test_what_is_missing_in_an_unknown_shape_cannot_begin_anew(converted: Callable) -> None:
    architecture = config(
        dense("first", 8, batch_input_shape=[None, 70]), {"class_name": "Reshape", "config": {"name": "r"}}, dense("added", 2)
    )
    with pytest.raises(WeightsMismatchError, match="shape is not known"):
        converted(architecture, "keras_h5", PARTIAL, weights="keras_sequential_2_2_4_weights.h5")


def test_mere_weights_leave_out_what_is_missing(converted: Callable) -> None:
    architecture = config(dense("first", 8, batch_input_shape=[None, 70]), dense("added", 2))
    made = converted("keras_sequential_2_2_4_weights.h5", "keras_weights", PARTIAL, architecture=architecture)
    assert [tensor.name for tensor in inspected(made).tensors] == ["layers/dense/vars/0"]


def test_a_shape_clash_is_told_with_both_shapes(converted: Callable) -> None:
    architecture = config(dense("first", 9, batch_input_shape=[None, 70]))
    with pytest.raises(WeightsMismatchError, match=r"\[70,9\].*\[70,8\]"):
        converted(architecture, "keras_h5", weights="keras_sequential_2_2_4_weights.h5")


@pytest.mark.parametrize("target", ["keras_weights", "keras_v3"])
def test_layers_of_a_user_s_own_are_carried_over_by_name(target: str, converted: Callable) -> None:
    made = converted("keras_3_custom_v3.keras", target, architecture="keras_3_custom_v3.keras")
    assert "layers/scale/vars/0" in {tensor.name for tensor in inspected(made).tensors}
    assert "layers/scale/vars/0" in {match.target for match in made.weights.matched}


def test_layers_of_a_user_s_own_are_carried_over_in_the_legacy_layout(converted: Callable) -> None:
    made = converted("keras_3_custom_h5.h5", "keras_h5", architecture="keras_3_custom_h5.h5")
    assert "model_weights/own/own/scale" in {tensor.name for tensor in inspected(made).tensors}


@pytest.mark.parametrize(("source", "target"), [("keras_3_custom_h5.h5", "keras_v3"), ("keras_3_custom_v3.keras", "keras_h5")])
def test_a_layer_of_a_user_s_own_is_refused_where_its_order_is_not_known(source: str, target: str, converted: Callable) -> None:
    with pytest.raises(ConversionRefusedError, match="'own' of the class Scale") as caught:
        converted(source, target, architecture="keras_3_custom_v3.keras")
    assert caught.value.metadata["layer"] == "own"


def test_a_model_of_a_user_s_own_class_goes_whole_or_not_at_all(converted: Callable) -> None:
    before = {tensor.name for tensor in inspected(converted("keras_3_subclassed_v3.keras", "keras_weights")).tensors}
    assert "blocks/dense/vars/0" in before
    with pytest.raises(ConversionRefusedError):
        converted("keras_3_subclassed_v3.keras", "keras_weights_legacy")


@pytest.mark.parametrize("name", ["keras_sequential_1_2_2", "keras_functional_1_2_2"])
def test_layers_of_keras_1_are_carried_over_by_name(name: str, converted: Callable) -> None:
    made = converted(f"{name}_h5.h5", "keras_h5", architecture=f"{name}_h5.h5")
    assert len(inspected(made).tensors) == len(made.weights.matched) > 0


def test_a_vocabulary_goes_along(converted: Callable) -> None:
    made = converted("keras_3_text_v3.keras", "keras_v3", architecture="keras_3_text_v3.keras")
    assert "vocabulary.txt" in inspected(made).facts["keras.assets"]


def test_a_vocabulary_that_is_nowhere_is_missed(converted: Callable) -> None:
    weights = converted("keras_3_text_v3.keras", "keras_weights").tree
    with pytest.raises(ConversionRefusedError, match="vocabulary"):
        converted(weights, "keras_v3", architecture="keras_3_text_v3.keras")


def test_a_vocabulary_that_would_be_lost_is_refused_or_told(converted: Callable) -> None:
    with pytest.raises(ConversionRefusedError, match="keeps its vocabulary in a file"):
        converted("keras_3_text_v3.keras", "keras_h5", architecture="keras_3_text_v3.keras")
    assert [note.code for note in converted("keras_3_text_v3.keras", "keras_json").notes] == ["TFR501"]


def test_the_archive_of_a_model_of_keras_2_12_says_who_can_read_it(converted: Callable) -> None:
    made = converted("keras_2_two_inputs_2_12_h5.h5", "keras_v3", architecture="keras_2_two_inputs_2_12_h5.h5")
    assert [note.code for note in made.notes] == ["TFR501"]
    assert inspected(made).facts["keras.version"] == "2.12.0"


def test_names_for_keras_before_2_4_are_bytes_of_one_length(converted: Callable, saved: Callable) -> None:
    h5py = pytest.importorskip("h5py")
    old = saved(converted("keras_sequential_2_2_4_h5.h5", "keras_weights_legacy"))
    with h5py.File(old) as file:
        assert file.attrs["layer_names"].dtype.kind == file["first"].attrs["weight_names"].dtype.kind == "S"
    with h5py.File(saved(converted("keras_2_two_inputs_2_15_h5.h5", "keras_weights_legacy"))) as file:
        assert file.attrs["layer_names"].dtype.kind == "O"


def test_bfloat16_is_not_put_where_no_keras_reads_it(converted: Callable) -> None:
    layer = {"class_name": "Dense", "config": {"name": "bfloat16", "units": 5, "batch_input_shape": [None, 6]}}
    with pytest.raises(ConversionRefusedError, match="bfloat16"):
        converted("keras_3_types_v3.keras", "keras_h5", PARTIAL, architecture=config(layer))


def test_mere_weights_for_keras_2_12_say_who_can_read_them(converted: Callable) -> None:
    made = converted("keras_2_two_inputs_2_12_h5.h5", "keras_weights")
    assert [note.code for note in made.notes] == ["TFR501"]


def test_a_layer_below_another_s_name_has_its_own_group(converted: Callable) -> None:
    layers = [dense("first", 8, batch_input_shape=[None, 70]), dense("first/below", 2)]
    made = converted(config(*layers), "keras_h5", PARTIAL, weights="keras_sequential_2_2_4_weights.h5")
    assert {tensor.name for tensor in inspected(made).tensors} == {
        "model_weights/first/first/kernel:0",
        "model_weights/first/below/first/below/kernel:0",
    }


def test_weights_may_lie_in_the_order_of_get_weights(converted: Callable, opened: Callable) -> None:
    weights = opened("stranger_safetensors.safetensors")
    assert weights.format == "safetensors"
    architecture = config(dense("a", 2, batch_input_shape=[None, 3]))
    with pytest.raises(WeightsMismatchError):
        converted(architecture, "keras_h5", ConversionOptions(match="order"), weights="stranger_safetensors.safetensors")


def test_a_layer_twice_in_a_layer_again_and_again_does_not_explode(converted: Callable) -> None:
    layer = {"class_name": "LSTM", "config": {"name": "l", "units": 2}}
    for _ in range(30):
        layer = {"class_name": "Bidirectional", "config": {"name": "b", "layer": layer}}
    began = monotonic()
    with pytest.raises(ConversionRefusedError, match="more than"):
        converted(config(layer), "keras_h5", weights="keras_sequential_2_2_4_weights.h5")
    assert monotonic() - began < 50


@pytest.mark.parametrize("name", ["../evil", "a/b", "", ".", "x\0y", "vars", "layers"])
def test_names_of_layers_cannot_break_a_file(name: str, converted: Callable) -> None:
    architecture = config(dense(name, 8, batch_input_shape=[None, 70]))
    with suppress(ConversionRefusedError):
        made = converted(architecture, "keras_h5", PARTIAL, weights="keras_sequential_2_2_4_weights.h5")
        assert inspected(made).format == "keras_h5"


@pytest.mark.parametrize("key", ["units", "layer", "cell", "cells", "axis", "kernel_size", "dtype", "use_bias", "data_format"])
@pytest.mark.parametrize("class_name", ["Dense", "Conv2D", "Bidirectional", "RNN", "BatchNormalization", "StackedRNNCells"])
def test_configs_that_make_no_sense_are_refused_or_read(class_name: str, key: str, converted: Callable) -> None:
    for value in (None, 7, "x", [], {}, [[None]], True, -1, 1 << 70, 1.5):
        layer = {"class_name": class_name, "config": {"name": "odd", "batch_input_shape": [None, 5, 5, 3], key: value}}
        with suppress(ConversionRefusedError):
            converted(config(layer), "keras_h5", PARTIAL, weights="keras_sequential_2_2_4_weights.h5")


def test_a_model_of_keras_1_becomes_no_keras_file(converted: Callable) -> None:
    with pytest.raises(ConversionRefusedError, match="Keras 1"):
        converted("keras_sequential_1_2_2_h5.h5", "keras_v3")
