"""What TensorFlow's own converters and loaders do wrong, shown by running them, and what ours do with the same model.

Not here: that a dict of outputs is in another order in another process (`structured_outputs`), which no one process shows; a GraphDef above
2 GB, which TensorFlow reads as far as "Wire format was corrupt" and which no test shall hold in memory; Lambda layers, which tf-keras runs
from a .h5 though it is told to be safe, and which nobody shall run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tfreg.core.conversions.options import NamedTensor
from tfreg.core.conversions.results import CheckState
from tfreg.core.errors import (
    ConversionRefusedError,
    ForeignCodeError,
    GraphTooLargeError,
    OpUnsupportedError,
    TagSetNotFoundError,
)

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.xdist_group("matrix-0"),
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore"),
]
GRAPHS = ("saved_model", "frozen_graph")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


def saved_by_tf1(path: Path, build: Any) -> Path:
    """Saves what `build` returns, inputs and outputs by key, as a program of TensorFlow 1 does."""
    from tensorflow.compat import v1 as tf1

    with tf1.Graph().as_default(), tf1.Session() as session:
        inputs, outputs = build(tf1)
        session.run(tf1.global_variables_initializer())
        tf1.saved_model.simple_save(session, str(path), inputs, outputs)
    return path


def frozen_by_tf1(model: Path, outputs: list[str]) -> Any:
    """Freezes a SavedModel as tools.freeze_graph does."""
    from tensorflow.compat import v1 as tf1

    with tf1.Session(graph=tf1.Graph()) as session:
        tf1.saved_model.load(session, ["serve"], str(model))
        return tf1.graph_util.convert_variables_to_constants(session, session.graph_def, outputs)


def frozen_by_tf2(model: Path) -> Any:
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    loaded = tf.saved_model.load(str(model))
    frozen = convert_variables_to_constants_v2(loaded.signatures["serving_default"])
    frozen.keeps = loaded  # variables live as long as their model
    return frozen


# -- freezing --


@pytest.fixture(scope="module")
def branching(folder: Path) -> Path:
    """A branch that returns a resource variable."""

    def build(tf1: Any) -> Any:
        x, which = tf1.placeholder(tf1.float32, [2], name="x"), tf1.placeholder(tf1.int32, [], name="which")
        bias = tf1.get_variable("bias", initializer=tf1.constant([5.0, 6.0]), use_resource=True)
        y = tf1.identity(x + tf1.cond(which > 0, lambda: bias, lambda: -bias), name="y")
        return {"x": x, "which": which}, {"y": y}

    return saved_by_tf1(folder / "branching", build)


@pytest.mark.parametrize("target", GRAPHS)
def test_a_variable_in_a_branch_makes_tensorflows_frozen_graph_a_broken_one_without_a_word(
    branching: Path, target: str, converted: Any, run_graph: Any, run_saved_model: Any
) -> None:
    by_tensorflow = frozen_by_tf1(branching, ["y"])
    with pytest.raises(Exception, match="value:0 is not found"):
        run_graph(by_tensorflow, {"x:0": [1.0, 2.0], "which:0": 1}, ["y:0"])
    made = converted(branching, "frozen_graph")
    assert made.check.state is CheckState.EQUAL
    for which, expected in ((1, [6.0, 8.0]), (0, [-4.0, -4.0])):
        if target == "frozen_graph":
            found = run_graph(made.path, {"x:0": [1.0, 2.0], "which:0": which}, ["y:0"])["y:0"]
        else:
            again = converted(made.path, target, outputs=(NamedTensor("y"),))
            found = run_saved_model(again.path, {"x": [1.0, 2.0], "which": which})["y"]
        assert found.tolist() == expected


def test_a_table_becomes_an_input_that_nobody_can_feed_by_tensorflow_and_stays_a_table_by_ours(
    models: Path, converted: Any, run_graph: Any, run_saved_model: Any
) -> None:
    model, words = models / "tf2_vocab", np.array([b"red", b"green", b"nothing"], dtype=object)
    resources = [one.name for one in frozen_by_tf2(model).inputs if one.dtype.name == "resource"]
    assert len(resources) == 2
    expected = run_saved_model(model, {"words": words})
    made = converted(model, "frozen_graph")
    assert made.check.state is CheckState.EQUAL
    assert made.targets
    names = {key: str(name.after) for key, name in made.names.items()}
    found = run_graph(made.path, {names["words"]: words}, [names[key] for key in expected], made.targets)
    for key, value in expected.items():
        assert found[names[key]].tolist() == value.tolist(), key


@pytest.fixture(scope="module")
def keyed(folder: Path) -> Path:
    """Inputs and outputs of one dtype and shape, which only their names tell apart."""
    import tensorflow as tf

    class Model(tf.Module):
        def __init__(self) -> None:
            self.weight = tf.Variable([[1.0, 2.0], [3.0, 4.0]])

        @tf.function(
            input_signature=[tf.TensorSpec([None, 2], tf.float32, name=key) for key in ("middle", "zeta", "alpha")],
        )
        def serve(self, middle: Any, zeta: Any, alpha: Any) -> Any:
            return {"total": zeta @ self.weight - middle, "half": zeta / 2, "best": alpha * 3 + middle}

    model = Model()
    tf.saved_model.save(model, str(folder / "keyed"), {"serving_default": model.serve})
    return folder / "keyed"


VALUES = {key: np.full((1, 2), value, np.float32) for key, value in (("middle", 10.0), ("zeta", 1.0), ("alpha", 100.0))}
RESULTS = {"total": [[-6.0, -4.0]], "half": [[0.5, 0.5]], "best": [[310.0, 310.0]]}


def test_tensorflow_freezes_to_names_that_nobody_knows_and_ours_carries_each_name(
    keyed: Path, converted: Any, run_graph: Any
) -> None:
    by_tensorflow = frozen_by_tf2(keyed)
    assert [one.name for one in by_tensorflow.inputs] == ["alpha:0", "middle:0", "zeta:0"]  # sorted, not as the function has them
    assert [one.name for one in by_tensorflow.outputs] == ["Identity:0", "Identity_1:0", "Identity_2:0"]
    made = converted(keyed, "frozen_graph")
    names = {key: str(name.after) for key, name in made.names.items()}
    assert all(name.before == name.after for name in made.result.names)
    found = run_graph(made.path, {names[key]: value for key, value in VALUES.items()}, [names[key] for key in RESULTS])
    assert {key: found[names[key]].tolist() for key in RESULTS} == RESULTS


def test_tflite_has_another_order_than_the_signature_and_ours_tells_each_index(keyed: Path, converted: Any) -> None:
    import tensorflow as tf

    made = converted(keyed, "tflite")
    assert made.check.state is CheckState.EQUAL
    interpreter = tf.lite.Interpreter(str(made.path))
    inputs = [one["name"].removeprefix("serving_default_").removesuffix(":0") for one in interpreter.get_input_details()]
    outputs = [one["index"] for one in interpreter.get_output_details()]
    index = {key: name.tensor_index for key, name in made.names.items()}
    assert inputs not in (list(VALUES), sorted(VALUES))
    assert outputs != [index[key] for key in sorted(RESULTS)]
    for key, value in VALUES.items():
        interpreter.resize_tensor_input(index[key], value.shape)
    interpreter.allocate_tensors()
    for key, value in VALUES.items():
        interpreter.set_tensor(index[key], value)
    interpreter.invoke()
    assert {key: interpreter.get_tensor(index[key]).tolist() for key in RESULTS} == RESULTS


def test_optimising_drops_the_function_library_in_tensorflow_and_ours_keeps_it(
    models: Path, converted: Any, run_graph: Any
) -> None:
    import tensorflow as tf
    from tensorflow.python.tools import optimize_for_inference_lib

    path = models / "frozen_functions.pb"
    graph = tf.compat.v1.GraphDef.FromString(path.read_bytes())
    feeds = {"x:0": np.ones(3, np.float32), "flag:0": True, "only_in_then:0": np.float32(2)}
    expected = run_graph(path, feeds, ["y:0"])["y:0"]
    by_tensorflow = optimize_for_inference_lib.optimize_for_inference(graph, ["x"], ["y"], tf.float32.as_datatype_enum)
    assert (len(graph.library.function), len(by_tensorflow.library.function)) == (5, 0)
    with pytest.raises(Exception, match="Op type not registered 'choose_true"):
        run_graph(by_tensorflow, feeds, ["y:0"])
    made = converted(path, "frozen_graph", optimize=True, outputs=(NamedTensor("y"),))
    np.testing.assert_allclose(run_graph(made.path, feeds, ["y:0"])["y:0"], expected)


# -- graphs of old releases, of other machines, of training --


def checkpoint(folder: Path, change: Any) -> Path:
    """A TF1 checkpoint whose .meta was changed."""
    from tensorflow.compat import v1 as tf1

    with tf1.Graph().as_default(), tf1.Session() as session:
        x = tf1.placeholder(tf1.float32, [None, 2], name="x")
        weight = tf1.get_variable("weight", initializer=tf1.constant([[1.0, 2.0], [3.0, 4.0]]), use_resource=False)
        tf1.matmul(x, weight, name="y")
        session.run(tf1.global_variables_initializer())
        tf1.train.Saver().save(session, str(folder / "model.ckpt"))
    meta = folder / "model.ckpt.meta"
    meta_graph = tf1.MetaGraphDef.FromString(meta.read_bytes())
    for node in meta_graph.graph_def.node:
        change(node)
    meta.write_bytes(meta_graph.SerializeToString())
    return folder


@pytest.mark.parametrize("target", GRAPHS)
def test_shapes_that_an_old_release_inferred_stop_tensorflow_and_not_ours(
    tmp_path: Path, target: str, converted: Any, run_graph: Any, run_saved_model: Any
) -> None:
    """A .meta of TensorFlow 1.12 says `_output_shapes` that the shape functions of today contradict; here one is written so."""
    from tensorflow.compat import v1 as tf1

    def contradict(node: Any) -> None:
        if node.name == "y":
            shapes = node.attr["_output_shapes"].list.shape
            del shapes[:]
            shapes.add().dim.add(size=7)

    folder = checkpoint(tmp_path, contradict)
    with tf1.Graph().as_default(), pytest.raises(ValueError, match="_output_shapes attribute inconsistent"):
        tf1.train.import_meta_graph(str(folder / "model.ckpt.meta"))
    made = converted(folder, target, outputs=(NamedTensor("y"),))
    values = np.ones((1, 2), np.float32)
    found = run_graph(made.path, {"x:0": values}, ["y:0"])["y:0"] if target == "frozen_graph" else None
    found = run_saved_model(made.path, {"x": values})["y"] if found is None else found
    assert found.tolist() == [[4.0, 6.0]]


@pytest.mark.parametrize("target", GRAPHS)
def test_a_graph_made_for_a_gpu_has_no_device_when_it_is_converted_for_any_machine(
    tmp_path: Path, target: str, converted: Any, run_graph: Any, run_saved_model: Any
) -> None:
    """TensorFlow 2.21 in Python places such a node on the CPU; older releases said "Cannot assign a device"."""
    folder = checkpoint(tmp_path, lambda node: setattr(node, "device", "/device:GPU:0"))
    made = converted(folder, target, outputs=(NamedTensor("y"),), clear_devices=True)
    file = made.path / "saved_model.pb" if target == "saved_model" else made.path
    assert b"GPU" not in file.read_bytes()
    values = np.ones((1, 2), np.float32)
    found = run_graph(made.path, {"x:0": values}, ["y:0"])["y:0"] if target == "frozen_graph" else None
    found = run_saved_model(made.path, {"x": values})["y"] if found is None else found
    assert found.tolist() == [[4.0, 6.0]]


def test_one_of_several_tag_sets_is_taken_by_its_exact_name_and_never_by_chance(models: Path, converted: Any) -> None:
    import tensorflow as tf

    model = models / "tf1_multi_tag"
    with pytest.raises(ValueError, match="requires a `tags=` argument"):
        tf.saved_model.load(str(model))
    assert converted(model, "frozen_graph").check.state is CheckState.EQUAL  # {serve}, which is there exactly
    with pytest.raises(TagSetNotFoundError):
        converted(models / "tf1_multi_tag", "frozen_graph", tags=("nothing",))


def test_an_input_that_only_training_needs_is_gone_in_tensorflow_and_told_by_ours(
    models: Path, converted: Any, run_graph: Any
) -> None:
    model = models / "estimator_2_12"
    names = {name.key: name for name in converted(model, "frozen_graph").result.names}
    labels = str(names["label_ids"].before)
    graph = frozen_by_tf1(model, [names["probabilities"].before.operation])
    with pytest.raises(Exception, match=f"'?{labels.partition(':')[0]}.*(not|refers)"):
        run_graph(graph, {labels: [0]}, [str(names["probabilities"].before)])
    assert (names["label_ids"].after, bool(names["label_ids"].pruned)) == (None, True)
    assert names["input_ids"].after == names["input_ids"].before


def test_a_switch_of_training_with_a_default_stays_an_input_that_may_be_left_out(models: Path, converted: Any) -> None:
    """TensorFlow keeps it too, and does not say so."""
    made = converted(models / "tf1_placeholder_with_default", "frozen_graph")
    assert made.check.state is CheckState.EQUAL


# -- SavedModels --


@pytest.fixture(scope="module")
def keras_model() -> Any:
    import keras

    x = keras.Input([3], name="x")
    return keras.Model(x, [keras.layers.Dense(2, name="score")(x), keras.layers.Dense(1, name="age")(x)], name="two")


def test_a_keras_3_model_saved_by_tensorflow_does_not_run_in_a_session_and_does_by_ours(
    folder: Path, keras_model: Any, converted: Any, run_saved_model: Any
) -> None:
    import tensorflow as tf

    values = np.ones((1, 3), np.float32)
    tf.saved_model.save(keras_model, str(folder / "keras_saved"))
    with pytest.raises(Exception, match="Could not find variable"):
        run_saved_model(folder / "keras_saved", {"inputs": values})
    keras_model.save(folder / "two.keras")
    made = converted(folder / "two.keras", "saved_model")
    assert made.check.state is CheckState.EQUAL
    found = run_saved_model(made.path, {"x": values})
    for key, expected in zip(("score", "age"), keras_model(values), strict=True):
        np.testing.assert_allclose(found[key], expected.numpy(), rtol=1e-5)


def test_an_export_of_keras_loses_the_names_of_outputs_and_ours_keeps_them(
    folder: Path, keras_model: Any, converted: Any, run_saved_model: Any
) -> None:
    values = np.ones((1, 3), np.float32)
    keras_model.export(str(folder / "exported"), verbose=False)
    assert sorted(run_saved_model(folder / "exported", {"x": values})) == ["output_0", "output_1"]
    keras_model.save(folder / "kept.h5")
    for target in GRAPHS:
        assert sorted(name.key for name in converted(folder / "kept.h5", target).result.names if name.is_output) == [
            "age",
            "score",
        ]


def test_an_old_optimiser_keeps_tensorflow_2_from_loading_and_not_ours(
    folder: Path, converted: Any, run_saved_model: Any
) -> None:
    """An optimiser of another time is no type that TensorFlow knows, and its slots are asked of what knows none (`add_slot`)."""
    import tensorflow as tf
    import tf_keras
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    class Model(tf.Module):
        def __init__(self) -> None:
            self.weight = tf.Variable([1.0, 2.0])
            self.optimizer = tf_keras.optimizers.legacy.Adam()

        @tf.function(input_signature=[tf.TensorSpec([2], tf.float32, name="x")])
        def serve(self, x: Any) -> Any:
            return {"y": x * self.weight}

    model, path = Model(), folder / "slots"
    tf.saved_model.save(model, str(path), {"serving_default": model.serve})
    model.optimizer.apply_gradients([(tf.constant([0.0, 0.0]), model.weight)])
    tf.saved_model.save(model, str(path), {"serving_default": model.serve})
    written = SavedModel.FromString((path / "saved_model.pb").read_bytes())
    for node in written.meta_graphs[0].object_graph_def.nodes:
        if node.user_object.identifier == "optimizer":
            node.user_object.identifier = "an older optimizer"
    (path / "saved_model.pb").write_bytes(written.SerializeToString())
    with pytest.raises(AttributeError, match="add_slot"):
        tf.saved_model.load(str(path))
    assert converted(path, "frozen_graph").check.state is CheckState.EQUAL
    made = converted(path, "saved_model", inference_only=True)
    assert run_saved_model(made.path, {"x": [3.0, 5.0]})["y"].tolist() == [3.0, 10.0]
    tf.saved_model.load(str(made.path))  # without what only training needs, TensorFlow 2 loads it too


def test_a_signature_renamed_in_its_place_alone_is_not_seen_by_tensorflow_2_and_ours_is_seen_by_both(
    keyed: Path, tmp_path: Path, converted: Any, run_saved_model: Any
) -> None:
    import tensorflow as tf
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    edited = shutil.copytree(keyed, tmp_path / "edited")
    written = SavedModel.FromString((edited / "saved_model.pb").read_bytes())
    signatures = written.meta_graphs[0].signature_def
    signatures["other"].CopyFrom(signatures.pop("serving_default"))
    (edited / "saved_model.pb").write_bytes(written.SerializeToString())
    assert list(tf.saved_model.load(str(edited)).signatures) == ["serving_default"]
    made = converted(keyed, "saved_model", new_signature="other")
    loaded = tf.saved_model.load(str(made.path))
    assert list(loaded.signatures) == ["other"]
    for found in (run_saved_model(made.path, VALUES, signature="other"), loaded.signatures["other"](**VALUES)):
        assert {key: np.asarray(value).tolist() for key, value in found.items()} == RESULTS


# -- TFLite --


def test_a_partitioned_embedding_needs_tensorflows_own_ops_which_ours_names(models: Path, converted: Any) -> None:
    """TensorFlow says "Could not translate MLIR to FlatBuffer" and a page of MLIR."""
    import tensorflow as tf

    model = models / "tf1_partitioned"
    with pytest.raises(Exception, match="MLIR"):
        tf.lite.TFLiteConverter.from_saved_model(str(model)).convert()
    with pytest.raises(OpUnsupportedError, match="DynamicPartition") as refused:
        converted(model, "tflite")
    assert "--select-tf-ops" in refused.value.hint
    made = converted(model, "tflite", select_tf_ops=True)
    assert (made.check.state, made.check.reason) == (CheckState.UNCHECKED, "no delegate")


def test_a_recurrent_layer_with_an_open_batch_fails_in_tensorflow_and_ours_says_the_ways_out(
    models: Path, converted: Any
) -> None:
    import tensorflow as tf

    model = models / "tf2_keras_export_named"
    with pytest.raises(Exception, match="element_shape to be static"):
        tf.lite.TFLiteConverter.from_saved_model(str(model)).convert()
    with pytest.raises(ConversionRefusedError, match="recurrent") as refused:
        converted(model, "tflite")
    for way in ("--select-tf-ops", ".keras", "input_signature"):
        assert way in refused.value.hint
    made = converted(model, "tflite", select_tf_ops=True)
    with pytest.raises(RuntimeError, match=r"[Ff]lex"):
        tf.lite.Interpreter(str(made.path)).allocate_tensors()
    assert (made.check.state, made.check.reason) == (CheckState.UNCHECKED, "no delegate")


# -- Keras --


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("keras_2_two_inputs_2_15_h5.h5", "time_major"),
        ("tf_keras_2_21_h5.h5", "time_major"),
        ("release_2_18_h5.h5", "mse"),  # a loss, which is not loaded
        ("keras_2_two_inputs_2_15_v3.keras", "cannot be imported"),
    ],
)
def test_a_file_that_keras_3_does_not_load_is_converted(models: Path, name: str, message: str, converted: Any) -> None:
    import keras

    with pytest.raises((TypeError, ValueError), match=message):
        keras.models.load_model(str(models / name))
    assert converted(models / name, "saved_model").check.state is CheckState.EQUAL


def test_a_file_of_keras_3_that_tf_keras_does_not_load_is_converted(models: Path, converted: Any) -> None:
    import tf_keras

    path = models / "keras_3_sequential_v3.keras"
    with pytest.raises((TypeError, ValueError)):
        tf_keras.models.load_model(str(path))
    assert converted(path, "saved_model").check.state is CheckState.EQUAL


@pytest.mark.parametrize("name", ["keras_2_lambda_2_15_h5.h5", "keras_2_lambda_2_15_v3.keras", "keras_3_lambda_h5.h5"])
def test_code_within_a_file_is_not_run_though_tf_keras_would_run_it_in_safe_mode(models: Path, name: str, converted: Any) -> None:
    with pytest.raises(ForeignCodeError):
        converted(models / name, "saved_model")


# -- sizes and bytes --


def huge_checkpoint(folder: Path, table_writer: Any, length: int) -> Path:
    """A checkpoint whose two tensors have `length` bytes each, of which none is on the disk, with a graph that needs both."""
    from tensorflow.compat import v1 as tf1

    from tfreg.wire.checkpoint_pb2 import BundleEntryProto, BundleHeaderProto

    rows = []
    with tf1.Graph().as_default():
        parts = [tf1.get_variable(name, [length // 4], initializer=tf1.zeros_initializer(), use_resource=False) for name in "ab"]
        tf1.add_n([tf1.reduce_sum(part) for part in parts], name="y")
        saver = tf1.train.Saver()
        saver.export_meta_graph(str(folder / "model.ckpt.meta"))
    for number, name in enumerate("ab"):
        entry = BundleEntryProto(dtype=1, offset=number * length, size=length)
        entry.shape.dim.add(size=length // 4)
        rows.append((name.encode(), entry.SerializeToString()))
    header = BundleHeaderProto(num_shards=1).SerializeToString()
    (folder / "model.ckpt.index").write_bytes(table_writer.table([(b"", header), *rows]))
    with (folder / "model.ckpt.data-00000-of-00001").open("wb") as data:
        data.truncate(2 * length)
    return folder


@pytest.mark.parametrize("target", ["frozen_graph", "frozen_graph_text"])
def test_a_graph_above_two_gigabytes_is_refused_by_its_exact_size_before_any_work(
    tmp_path: Path, table_writer: Any, target: str, converted: Any
) -> None:
    """TensorFlow writes such a file, and says "Wire format was corrupt" when it reads it."""
    folder = huge_checkpoint(tmp_path, table_writer, 1 << 30)
    with pytest.raises(GraphTooLargeError) as refused:
        converted(folder, target, outputs=(NamedTensor("y"),))
    assert "saved_model" in refused.value.hint
    assert (1 << 31) < int(refused.value.metadata["size_bytes"]) < (1 << 31) + 4096


@pytest.mark.parametrize("name", ["tf2_module_signatures", "tf2_vocab"])
def test_the_same_conversion_gives_the_same_bytes_in_each_process(name: str, models: Path, tmp_path: Path) -> None:
    """protobuf writes maps in another order in another process, and Python sets: equal models would be unequal files."""
    program = "from tfreg.cli.main import main; main()"
    contents = []
    for seed in ("1", "2", "3"):
        place = tmp_path / seed
        arguments = ["convert", str(models / name), "--to", "frozen_graph", "--out", str(place)]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", program, *arguments], env=environment, check=True, capture_output=True, timeout=60)
        contents.append(place.read_bytes())
    assert contents[0] == contents[1] == contents[2]
