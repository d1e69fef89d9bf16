"""The weights of every format as pieces, against the values that the registry reads one by one."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest

from tfreg.core.errors import TensorUnreadableError
from tfreg.core.rewrites.pieces import Computed, Inline, Slice, chunks_of
from tfreg.core.rewrites.weights import Weight, weights_of
from tfreg.core.trees import LocalTree, MemoryTree
from tfreg.core.values.reading import Values
from tfreg.core.values.selection import Selection

KERAS = [
    "conv/bias",
    "conv/kernel",
    "gru/gru_cell/bias",
    "gru/gru_cell/kernel",
    "gru/gru_cell/recurrent_kernel",
    "norm/beta",
    "norm/gamma",
]
KERAS += [
    "norm/moving_mean",
    "norm/moving_variance",
    "prob/bias",
    "prob/kernel",
    "score/bias",
    "score/kernel",
    "squeeze/bias",
    "squeeze/kernel",
]
KERAS += ["tower/high/kernel", "tower/low/bias", "tower/low/kernel", "words/embeddings"]
SAME_KERAS = ["saved_model", "checkpoint", "v3.keras", "h5.h5", "weights.weights.h5", "sharded"]
EVERY = [*(f"same_keras_{form}" for form in SAME_KERAS), "same_keras_frozen.pb", "frozen_tf1.pbtxt", "checkpoint_types"]
EVERY += [
    "checkpoint_v1",
    "checkpoint_v1_sharded",
    "checkpoint_tf1_sharded",
    "checkpoint_tf1_partitioned",
    "keras_3_types_v3.keras",
]
EVERY += ["checkpoint_tf2_objects", "keras_2_hdf5_2_15_gzip.h5", "keras_2_hdf5_2_15_big_endian.h5", "estimator_1_15"]
EVERY += ["stranger_safetensors.safetensors", "keras_2_two_inputs_2_15_weights.h5", "release_1_15_frozen.pb"]


def content(weight: Weight) -> bytes:
    return b"".join(chunks_of(weight.pieces))


def names(weights: list[Weight]) -> list[str]:
    return sorted(weight.name for weight in weights)


@pytest.mark.parametrize("form", SAME_KERAS)
def test_a_model_has_the_same_weights_by_name_in_whatever_format_it_is(source_of, form):
    assert names(weights_of(source_of(f"same_keras_{form}"))) == KERAS


def test_a_model_has_the_same_bytes_in_whatever_format_it_is(source_of):
    each = [{one.name: content(one) for one in weights_of(source_of(f"same_keras_{form}"))} for form in SAME_KERAS]
    assert all(one == each[0] for one in each)


@pytest.mark.parametrize("name", EVERY)
def test_the_pieces_of_a_weight_are_its_value(source_of, name):
    source = source_of(name)
    weights = weights_of(source, with_states=True)
    with Values(source.tree, source.inspection.tensors) as values:
        for weight in weights:
            keys = (weight.path, f"{weight.path}:0", f"{weight.path}/.ATTRIBUTES/VARIABLE_VALUE", weight.name)
            found = next(value for value in map(values.names.look_up, keys) if value is not None)
            assert content(weight) == b"".join(values.read(Selection(found.name))[1]), weight.name


@pytest.mark.parametrize("name", EVERY)
def test_no_two_weights_have_one_name(source_of, name):
    found = names(weights_of(source_of(name), with_states=True))
    assert len(set(found)) == len(found)


def test_weights_come_in_their_natural_order(source_of):
    paths = [weight.path for weight in weights_of(source_of("same_keras_saved_model"))]
    assert paths.index("variables/2") < paths.index("variables/10")


def test_what_lies_in_the_file_as_it_is_is_not_read(source_of):
    for name in ("same_keras_v3.keras", "checkpoint_training", "same_keras_frozen.pb"):
        assert {type(piece) for weight in weights_of(source_of(name)) for piece in weight.pieces} == {Slice}


def test_slices_along_the_first_dimension_are_pieces_in_a_row(source_of):
    found = {weight.name: weight for weight in weights_of(source_of("checkpoint_tf1_partitioned"))}
    assert [type(piece) for piece in found["embedding"].pieces] == [Slice] * 3
    assert [one.begin for one in found["embedding"].slices] == [(0, 0), (4, 0), (7, 0)]


def test_slices_along_another_dimension_are_put_together(source_of):
    matrix = next(weight for weight in weights_of(source_of("checkpoint_tf1_partitioned")) if weight.name == "matrix")
    assert [type(piece) for piece in matrix.pieces] == [Computed]
    assert matrix.size_bytes == 8 * 6 * 4 == len(content(matrix))
    assert [one.shape for one in matrix.slices] == [(8, 3), (8, 3)]


def test_short_chunked_values_are_read_at_once(source_of):
    kinds = {weight.name: type(weight.pieces[0]) for weight in weights_of(source_of("keras_2_hdf5_2_15_gzip.h5"))}
    assert kinds["hidden/kernel"] is Inline


@pytest.mark.parametrize(
    ("name", "left_out"),
    [
        ("checkpoint_estimator_2_12", ["beta1_power", "bert/word_embeddings/Adam", "loss/dense/kernel/Adam_1"]),
        ("same_keras_checkpoint", ["save_counter", "adam/iteration", "adam/words_embeddings_momentum"]),
        ("same_keras_v3.keras", ["optimizer/vars/0", "optimizer/vars/10"]),
        ("same_keras_h5.h5", ["optimizer/adam/iteration"]),
        ("checkpoint_tf2_objects", ["iterator/ITERATOR_STATE", "network/table/table-keys", "save_counter"]),
    ],
)
def test_what_only_training_keeps_is_no_weight(source_of, name, left_out):
    assert not set(left_out) & set(names(weights_of(source_of(name))))


def test_what_only_training_keeps_is_listed_if_asked_for(source_of):
    found = names(weights_of(source_of("checkpoint_estimator_2_12"), with_states=True))
    assert {"beta1_power", "bert/word_embeddings/Adam"} <= set(found)


def test_shapes_axes_and_single_numbers_of_a_frozen_graph_are_no_weights(source_of):
    source = source_of("frozen_tf1.pb")
    expected = ["bert/type_embeddings", "bert/word_embeddings", "fc3_layer/bias", "fc3_layer/kernel", "output_weights"]
    assert names(weights_of(source)) == expected


def test_constants_beside_variables_are_no_weights(source_of):
    assert "bert/Const" not in names(weights_of(source_of("checkpoint_training"), with_states=True))


def test_trainable_is_what_the_source_says(source_of):
    said = {weight.name: weight.trainable for weight in weights_of(source_of("same_keras_v3.keras"))}
    assert said["norm/gamma"] is True
    assert said["norm/moving_mean"] is False


def test_a_weight_whose_file_is_cut_off_is_told(source_of, models):
    folder = LocalTree(models / "checkpoint_tf1")
    files = {}
    for file in folder.files():
        with folder.open(file.path) as reader:
            files[file.path] = reader.read_at(0, file.size_bytes - (100 if ".data-" in file.path else 0))
    with pytest.raises(TensorUnreadableError, match="ends at byte"):
        weights_of(source_of(MemoryTree(files)))


def test_a_weight_whose_file_is_missing_is_told(source_of, models):
    folder = LocalTree(models / "checkpoint_tf1")
    files = {}
    for file in folder.files():
        with folder.open(file.path) as reader:
            files[file.path] = reader.read_at(0, file.size_bytes)
    del files["model.ckpt-3.data-00000-of-00001"]
    with pytest.raises(TensorUnreadableError, match="is missing"):
        weights_of(source_of(MemoryTree(files)))


def test_variables_of_one_name_are_called_by_their_paths(source_of):
    source = source_of("checkpoint_tf2_objects")
    tensors = [
        replace(tensor, path="same") if tensor.path in ("network/pair/0", "network/by_name/left") else tensor
        for tensor in source.inspection.tensors
    ]
    tensors = [replace(tensor, path="network/pair/0") if tensor.path == "network/dense/bias" else tensor for tensor in tensors]
    changed = replace(source, inspection=replace(source.inspection, tensors=tuple(tensors)))
    found = names(weights_of(changed))
    assert {"network/pair/0", "network/pair/0#2", "network/by_name/left"} <= set(found)
    assert "same" not in found


def test_a_partitioned_variable_of_which_a_slice_is_missing_is_told(source_of):
    source = source_of("checkpoint_tf1_partitioned")
    tensors = tuple(tensor for tensor in source.inspection.tensors if tensor.name != "embedding[4:7, 0:8]")
    with pytest.raises(TensorUnreadableError, match="do not cover"):
        weights_of(replace(source, inspection=replace(source.inspection, tensors=tensors)))


def test_a_checkpoint_of_the_other_byte_order_is_refused(source_of):
    source = source_of("checkpoint_tf1")
    facts = {**source.inspection.facts, "checkpoint.byte_order": "big"}
    with pytest.raises(TensorUnreadableError, match="big-endian"):
        weights_of(replace(source, inspection=replace(source.inspection, facts=facts)))


def test_weights_of_a_packed_archive_are_unpacked(source_of, models):
    out = io.BytesIO()
    with zipfile.ZipFile(models / "same_keras_v3.keras") as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in given.namelist():
            packed.writestr(name, given.read(name))
    found = {weight.name: content(weight) for weight in weights_of(source_of(MemoryTree({"m.keras": out.getvalue()})))}
    assert found == {weight.name: content(weight) for weight in weights_of(source_of("same_keras_v3.keras"))}
