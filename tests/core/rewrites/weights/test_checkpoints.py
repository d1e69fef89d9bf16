"""Weights as checkpoints: what is written is read back by the registry, and by TensorFlow itself."""

from __future__ import annotations

import pytest

from tfreg.core.conversions.options import ConversionOptions, VariableKey
from tfreg.core.errors import ConversionRefusedError, TensorNotFoundError, WeightsMismatchError
from tfreg.core.rewrites.bundles import BundleEntry, write_bundle
from tfreg.core.rewrites.pieces import Computed, Inline, RewrittenTree, Slice, chunks_of
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten, Source
from tfreg.core.rewrites.weights import weights_of
from tfreg.core.rewrites.weights_to_npz import rewrite as to_npz
from tfreg.core.rewrites.weights_to_tf1_checkpoint import rewrite as to_tf1
from tfreg.core.rewrites.weights_to_tf2_checkpoint import rewrite as to_tf2

EVERY = ["same_keras_saved_model", "same_keras_checkpoint", "same_keras_v3.keras", "same_keras_h5.h5", "same_keras_sharded"]
EVERY += ["same_keras_frozen.pb", "frozen_tf1.pbtxt", "checkpoint_v1", "checkpoint_tf1_sharded", "checkpoint_tf1_partitioned"]
EVERY += ["keras_3_types_v3.keras", "checkpoint_tf2_objects", "keras_2_hdf5_2_15_gzip.h5", "checkpoint_types", "estimator_1_15"]
DATA = "model.ckpt.data-00000-of-00001"


def contents(source: Source, *, with_states: bool = False) -> dict[str, tuple]:
    return {
        weight.name: (weight.dtype, weight.shape, b"".join(chunks_of(weight.pieces)))
        for weight in weights_of(source, with_states=with_states)
    }


def tf1(source: Source, options: ConversionOptions = ConversionOptions(), **others: Source) -> Rewritten:
    return to_tf1(RewriteRequest(source, "tf1_checkpoint", options, others))


def tf2(source: Source, options: ConversionOptions = ConversionOptions(), **others: Source) -> Rewritten:
    return to_tf2(RewriteRequest(source, "tf2_checkpoint", options, others))


@pytest.mark.parametrize("name", EVERY)
def test_a_tf1_checkpoint_of_any_weights_has_their_names_and_values(source_of, name):
    source = source_of(name)
    made = source_of(tf1(source).tree)
    assert made.format == "tf1_checkpoint"
    assert not [problem for problem in made.inspection.problems if problem.severity.name == "ERROR"]
    is_whole = source.format == "tf1_checkpoint"
    assert contents(made, with_states=True) == contents(source, with_states=is_whole)


@pytest.mark.parametrize("name", EVERY)
def test_a_tf2_checkpoint_of_any_weights_has_their_values(source_of, name):
    source = source_of(name)
    made = source_of(tf2(source).tree)
    assert made.format == "tf2_checkpoint"
    assert not [problem for problem in made.inspection.problems if problem.severity.name == "ERROR"]
    assert sorted(contents(made).values()) == sorted(contents(source).values())


def test_no_weight_of_a_checkpoint_is_read_or_moved(source_of):
    source = source_of("checkpoint_tf1_sharded")
    pieces = tf1(source).tree.pieces(DATA)
    assert {type(piece) for piece in pieces} == {Slice}
    index = tf1(source).tree.pieces("model.ckpt.index")
    assert {type(piece) for piece in index} == {Inline}


def test_partitioned_variables_stay_slices_whatever_dimension_they_are_cut_in(source_of):
    made = tf1(source_of("checkpoint_tf1_partitioned")).tree
    assert not any(isinstance(piece, Computed) for piece in made.pieces(DATA))
    assert {weight.name: len(weight.slices) for weight in weights_of(source_of(made))} == {
        "embedding": 3,
        "matrix": 2,
        "whole": 0,
    }


def test_a_variable_can_get_the_value_of_another_key(source_of):
    keys = (VariableKey("bert/word_embeddings", "bert/word_embeddings/Adam"), VariableKey("new", "loss/dense/bias:0"))
    source = source_of("checkpoint_estimator_2_12")
    before = contents(source, with_states=True)
    after = contents(source_of(tf1(source, ConversionOptions(variable_keys=keys)).tree), with_states=True)
    assert after["bert/word_embeddings"] == before["bert/word_embeddings/Adam"]
    assert after["new"] == before["loss/dense/bias"]
    assert set(after) == {*before, "new"} - {"loss/dense/bias", "bert/word_embeddings/Adam"}


def test_two_variables_can_change_places(source_of):
    source = source_of("checkpoint_estimator_2_12")
    names = ("loss/dense/bias", "loss/dense/bias/Adam")
    keys = (VariableKey(names[0], names[1]), VariableKey(names[1], names[0]))
    before = contents(source, with_states=True)
    after = contents(source_of(tf1(source, ConversionOptions(variable_keys=keys)).tree), with_states=True)
    assert after == {**before, names[0]: before[names[1]], names[1]: before[names[0]]}


def test_a_key_that_is_not_there_is_told_with_the_nearest(source_of):
    keys = (VariableKey("x", "loss/dense/biass"),)
    with pytest.raises(TensorNotFoundError, match="loss/dense/bias"):
        tf1(source_of("checkpoint_estimator_2_12"), ConversionOptions(variable_keys=keys))


def test_with_a_graph_only_its_variables_are_written(source_of):
    training, own = source_of("checkpoint_training"), source_of("checkpoint_tf1")
    found = tf1(training, graph=own)
    made = contents(source_of(found.tree))
    assert set(made) == set(contents(own))
    assert found.weights is not None
    assert found.weights.left_over == ("global_step",)


def test_a_graph_whose_variables_are_missing_is_refused(source_of):
    with pytest.raises(WeightsMismatchError):
        tf1(source_of("same_keras_v3.keras"), graph=source_of("checkpoint_tf1"))


def test_a_graph_without_variables_is_refused(source_of):
    with pytest.raises(ConversionRefusedError, match="no variables"):
        tf1(source_of("checkpoint_tf1"), graph=source_of("frozen_tf1.pb"))


def test_partitioned_variables_of_a_graph_are_one_place(source_of):
    source = source_of("checkpoint_tf1_partitioned")
    assert set(contents(source_of(tf1(source, graph=source).tree))) == {"embedding", "matrix", "whole"}


def test_a_tf2_checkpoint_keeps_its_objects_and_its_keys(source_of):
    source = source_of("checkpoint_tf2_objects")
    found = tf2(source)
    made = source_of(found.tree)
    before = {(tensor.name, tensor.path) for tensor in source.inspection.tensors if tensor.dtype != "variant"}
    assert {(tensor.name, tensor.path) for tensor in made.inspection.tensors} == before
    assert [note.code for note in found.notes] == ["TFR501"]


def test_a_keras_model_is_told_by_the_names_of_its_layers(source_of):
    made = source_of(tf2(source_of("same_keras_v3.keras")).tree)
    assert {weight.name for weight in weights_of(made)} == {
        weight.name for weight in weights_of(source_of("same_keras_v3.keras"))
    } - {
        "gru/gru_cell/kernel",
        "gru/gru_cell/bias",
        "gru/gru_cell/recurrent_kernel",
    } | {"gru/cell/kernel", "gru/cell/bias", "gru/cell/recurrent_kernel"}


@pytest.mark.parametrize("name", ["keras_3_custom_h5.h5", "keras_sequential_1_2_2_h5.h5"])
def test_a_keras_model_of_layers_that_are_not_known_is_told_by_the_names_of_its_weights(source_of, name):
    source = source_of(name)
    found = tf2(source)
    assert contents(source_of(found.tree)) == contents(source)
    assert [note.code for note in found.notes] == ["TFR501"]
    with pytest.raises(ConversionRefusedError):
        tf2(source, architecture=source)


def test_an_artifact_without_weights_is_refused(source_of):
    for rewrite in (tf1, tf2):
        with pytest.raises(ConversionRefusedError, match="no weights"):
            rewrite(source_of("saved_model_composite"))


@pytest.fixture(scope="module")
def tf():
    return pytest.importorskip("tensorflow")


def written(tree: RewrittenTree, folder) -> None:
    for file in tree.files():
        (folder / file.path).write_bytes(b"".join(chunks_of(tree.pieces(file.path))))


@pytest.mark.tensorflow
@pytest.mark.xdist_group("tensorflow")
class TestTensorflow:
    @pytest.mark.parametrize("name", EVERY)
    def test_tensorflow_reads_every_value_of_a_tf1_checkpoint(self, tf, source_of, name, tmp_path):
        source = source_of(name)
        written(tf1(source).tree, tmp_path)
        reader = tf.train.load_checkpoint(str(tmp_path / "model.ckpt"))
        expected = contents(source, with_states=source.format == "tf1_checkpoint")
        assert set(reader.get_variable_to_shape_map()) == set(expected)
        for key, (dtype, shape, value) in expected.items():
            assert reader.get_variable_to_dtype_map()[key].name == dtype
            found = reader.get_tensor(key)
            assert tuple(found.shape if hasattr(found, "shape") else ()) == shape
            if dtype != "string":
                assert found.tobytes() == value

    def test_tensorflow_reads_texts(self, tf, source_of, tmp_path):
        written(tf1(source_of("checkpoint_types")).tree, tmp_path)
        mine = tf.train.load_checkpoint(str(tmp_path / "model.ckpt"))
        prefix = str(source_of("checkpoint_types").tree.name) + "/types"
        own = tf.train.load_checkpoint(prefix)
        for key in ("string", "string_scalar", "no_strings"):
            assert (mine.get_tensor(key) == own.get_tensor(key)).all() if key != "string_scalar" else True
        assert mine.get_tensor("string_scalar") == own.get_tensor("string_scalar")

    def test_slices_of_partitioned_variables_are_restored(self, tf, source_of, tmp_path):
        written(tf1(source_of("checkpoint_tf1_partitioned")).tree, tmp_path)
        prefix = str(tmp_path / "model.ckpt")
        whole = tf.train.load_checkpoint(prefix).get_tensor("matrix")
        part = tf.raw_ops.RestoreV2(prefix=prefix, tensor_names=["matrix"], shape_and_slices=["8 6 2,4:1,4"], dtypes=[tf.float32])
        assert (part[0].numpy() == whole[2:6, 1:5]).all()

    @pytest.mark.parametrize(
        "name",
        [
            "same_keras_v3.keras",
            "same_keras_h5.h5",
            "same_keras_weights.weights.h5",
            "same_keras_saved_model",
            "same_keras_checkpoint",
        ],
    )
    def test_a_keras_3_model_is_restored(self, tf, source_of, models, name, tmp_path):
        architecture = source_of("same_keras_architecture.json")
        written(tf2(source_of(name), architecture=architecture).tree, tmp_path)
        model = tf.keras.models.load_model(models / "same_keras_v3.keras", compile=False)
        wanted = [variable.numpy() for variable in model.weights]
        for restored in (lambda: tf.train.Checkpoint(model=model), lambda: tf.train.Checkpoint(model)):
            for variable in model.weights:
                variable.assign(variable * 0 + 7)
            restored().restore(str(tmp_path / "ckpt")).expect_partial()
            assert all((variable.numpy() == one).all() for variable, one in zip(model.weights, wanted, strict=True))

    @pytest.mark.parametrize("name", ["keras_2_two_inputs_2_15_h5.h5", "keras_2_two_inputs_2_15_weights.h5"])
    def test_a_keras_2_model_is_restored(self, tf, source_of, models, name, tmp_path):
        keras = pytest.importorskip("tf_keras")
        written(tf2(source_of(name), architecture=source_of("keras_2_two_inputs_2_15_h5.h5")).tree, tmp_path)
        model = keras.models.load_model(models / "keras_2_two_inputs_2_15_h5.h5", compile=False)
        wanted = [variable.numpy() for variable in model.weights]
        prefix = str(tmp_path / "ckpt")
        for restore in (
            lambda: tf.train.Checkpoint(model=model).restore(prefix).assert_existing_objects_matched(),
            lambda: model.load_weights(prefix).expect_partial(),
        ):
            for variable in model.weights:
                variable.assign(variable * 0 + 7)
            restore()
            assert all((variable.numpy() == one).all() for variable, one in zip(model.weights, wanted, strict=True))

    def test_plain_objects_are_restored_by_the_weights_names(self, tf, source_of, tmp_path):
        written(tf2(source_of("checkpoint_tf1")).tree, tmp_path)
        expected = tf.train.load_checkpoint(str(source_of("checkpoint_tf1").tree.name) + "/model.ckpt-3").get_tensor(
            "fc3_layer/kernel"
        )
        kernel = tf.Variable(tf.zeros_like(expected))
        root = tf.train.Checkpoint(fc3_layer=tf.train.Checkpoint(kernel=kernel))
        root.restore(str(tmp_path / "ckpt")).assert_existing_objects_matched()
        assert (kernel.numpy() == expected).all()


def averaged():
    entries = [
        BundleEntry(name, "uint8", (4,), (Inline(value),))
        for name, value in {"w": b"aaaa", "w/ExponentialMovingAverage": b"bbbb", "v": b"cccc"}.items()
    ]
    return RewrittenTree(write_bundle("model.ckpt", entries))


def test_moving_averages_take_the_places_of_their_variables(source_of):
    source, options = source_of(averaged()), ConversionOptions(ema=True)
    expected = {"v": ("uint8", (4,), b"cccc"), "w": ("uint8", (4,), b"bbbb")}
    assert contents(source_of(tf1(source, options).tree), with_states=True) == expected
    made = to_npz(RewriteRequest(source, "npz", options)).tree
    assert contents(source_of(made)) == expected


def test_a_checkpoint_without_moving_averages_says_so(source_of):
    with pytest.raises(TensorNotFoundError, match="no moving averages"):
        tf1(source_of("checkpoint_tf1_sharded"), ConversionOptions(ema=True))
