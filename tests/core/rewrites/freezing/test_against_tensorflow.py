"""A frozen graph computes what its source does, and TensorFlow's session loads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("tensorflow"), pytest.mark.filterwarnings("ignore")]


def example() -> bytes:
    import tensorflow as tf

    feature = {
        "age": tf.train.Feature(float_list=tf.train.FloatList(value=[41])),
        "town": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"b"])),
    }
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


SAVED_MODELS = [
    ("tf1_saved_model", {}),
    ("tf1_saved_model", {"signature": "features"}),
    ("tf1_multi_tag", {"tags": ("serve",)}),
    ("tf1_multi_tag", {"tags": ("serve", "gpu"), "clear_devices": True}),
    ("tf1_multi_tag", {"tags": ("train",)}),
    ("tf1_partitioned", {}),
    ("tf1_cond_while_v1", {"signature": "serving_default"}),
    ("tf1_cond_while_v1", {"signature": "gated"}),
    ("tf1_cond_while_v2", {"signature": "serving_default"}),
    ("tf1_cond_while_v2", {"signature": "gated"}),
    ("tf1_assets_table", {}),
    ("tf1_legacy_init_op", {}),
    ("tf1_placeholder_with_default", {}),
    ("tf1_pbtxt", {}),
    ("estimator_2_12", {}),
    ("estimator_1_15", {"signature": "classification"}),
    ("estimator_1_15", {"signature": "predict"}),
    ("estimator_1_15", {"signature": "regression"}),
    ("release_1_15_saved_model", {}),
    ("tf2_module_signatures", {"signature": "serving_default"}),
    ("tf2_module_signatures", {"signature": "describe"}),
    ("tf2_unused_inputs", {"signature": "branch"}),
    ("tf2_unused_inputs", {"signature": "loop"}),
    ("tf2_unused_inputs", {"signature": "pure"}),
    ("tf2_unused_inputs", {"signature": "stateful"}),
    ("tf2_keras_export", {}),
    ("tf2_keras_export_named", {}),
    ("tf2_keras_2_15", {}),
    ("tf2_vocab", {}),
    ("tf2_bf16_string", {}),
    ("same_keras_saved_model", {}),
    ("saved_model_losses", {}),
    ("keras_3_text_saved_model", {}),
    ("release_2_18_saved_model", {}),
    ("tf_keras_1_15_saved_model", {}),
]
IDS = [" ".join([name, *map(str, options.values())]) for name, options in SAVED_MODELS]


@pytest.mark.parametrize(("name", "options"), SAVED_MODELS, ids=IDS)
@pytest.mark.parametrize("kept", [False, True], ids=["constants", "variables kept"])
def test_a_saved_model_computes_the_same_when_frozen(
    models: Path,
    lab: Any,
    name: str,
    options: dict[str, Any],
    kept: bool,
) -> None:
    source = lab.open(models / name)
    rewritten = lab.freeze(source, **options, keep_variables=("*",) if kept else ())
    (declared,) = rewritten.signatures
    given = {key: [example()] for key in (spec.key for spec in declared.signature.inputs)} if name == "estimator_1_15" else {}
    (tags, own) = next(
        (list(meta_graph.tags), signature)
        for meta_graph in source.inspection.meta_graphs
        for signature in meta_graph.signatures
        if signature.key == declared.signature.key and meta_graph.tags == options.get("tags", meta_graph.tags)
    )
    values = lab.values_for(own, given)
    folder = models / name
    unnamed = {"only_by_control:0": 1.0} if own.key == "gated" else {}  # what a caller has to feed in either
    lab.same(lab.frozen(rewritten, values, unnamed), lab.saved_model(folder, tags, own, values, unnamed))


CHECKPOINTS = [
    ("checkpoint_tf1", "model.ckpt-3", "pred_prob,pred_label"),
    ("checkpoint_v1", "model.ckpt-3", "pred_prob,pred_label"),
    ("checkpoint_tf1_sharded", "model.ckpt-3", "on_cpu_0/read,on_cpu_1"),
    (
        "checkpoint_tf1_partitioned",
        "model.ckpt-3",
        "embedding/part_0,embedding/part_1/read,embedding/part_2,matrix/part_0,matrix/part_1,whole/read",
    ),
    ("checkpoint_training", "ckpt-300", "pred_prob"),
    ("release_1_15_checkpoint", "model.ckpt-1", "pred_prob"),
]


@pytest.mark.parametrize(("name", "prefix", "outputs"), CHECKPOINTS, ids=[name for name, _, _ in CHECKPOINTS])
def test_a_checkpoint_computes_the_same_when_frozen(models: Path, lab: Any, name: str, prefix: str, outputs: str) -> None:
    source = lab.open(models / name)
    assert source.inspection.facts["checkpoint.prefix"] == prefix
    rewritten = lab.freeze(source, outputs=outputs, clear_devices=True)
    signature = rewritten.signatures[0].signature
    values = lab.values_for(signature, {})
    lab.same(lab.frozen(rewritten, values), lab.checkpoint(models / name, prefix, signature, values))


def test_a_traced_function_computes_the_same_when_frozen(models: Path, lab: Any) -> None:
    import tensorflow as tf

    folder = models / "tf2_no_signatures"
    rewritten = lab.freeze(lab.open(folder), function="dense")
    (declared,) = rewritten.signatures
    values = lab.values_for(declared.signature, {})
    found = lab.frozen(rewritten, values)
    loaded = tf.saved_model.load(str(folder))
    expected = tf.nest.flatten(loaded.dense(*(tf.constant(values[spec.key]) for spec in declared.signature.inputs)))
    for value, tensor in zip(found.values(), expected, strict=True):
        lab.same({"": value}, {"": tensor.numpy()})


def test_the_batches_of_a_training_graph_are_replaced_by_placeholders(models: Path, lab: Any) -> None:
    from dataclasses import replace

    from tfreg.core.conversions.options import NamedTensor
    from tfreg.core.tensors import TensorRef

    source = lab.open(models / "checkpoint_estimator_2_12")
    placeholders = (NamedTensor("IteratorGetNext:0", "ids"), NamedTensor("IteratorGetNext:1", "mask"))
    rewritten = lab.freeze(source, outputs="bert/Mean", placeholders=placeholders)
    signature = rewritten.signatures[0].signature
    assert [spec.key for spec in signature.inputs] == ["ids", "mask"]
    values = lab.values_for(signature, {})
    fed = tuple(replace(spec, ref=TensorRef("IteratorGetNext", index)) for index, spec in enumerate(signature.inputs))
    expected = lab.checkpoint(source_folder(source), "model.ckpt-4", replace(signature, inputs=fed), values)
    lab.same(lab.frozen(rewritten, values), expected)


def source_folder(source: Any) -> Path:
    return Path(source.tree.name)


def test_a_checkpoint_takes_the_graph_of_another_artifact(models: Path, lab: Any) -> None:
    export = lab.open(models / "estimator_2_12")
    rewritten = lab.freeze(lab.open(models / "checkpoint_estimator_2_12"), graph=export)
    own = lab.freeze(export)
    assert "global_step" in rewritten.weights.left_over
    assert "bert/word_embeddings" in {match.target for match in rewritten.weights.matched}
    values = lab.values_for(own.signatures[0].signature, {})
    assert lab.frozen(rewritten, values).keys() == lab.frozen(own, values).keys()


@pytest.fixture
def resource_models(tmp_path: Path) -> Callable[[str], Path]:
    """Models that TensorFlow's own freezers break, or that use what few models do."""
    import tensorflow as tf
    from tensorflow.compat import v1 as tf1

    def build(kind: str) -> Path:
        folder = tmp_path / kind
        with tf1.Graph().as_default(), tf1.Session() as session:
            x = tf1.placeholder(tf.float32, [None, 2], name="x")
            which = tf1.placeholder(tf.int32, [], name="which")
            matrix = tf1.get_variable("matrix", initializer=tf.constant([[1.0, 2.0], [3.0, 4.0]]))
            vector = tf1.get_variable("vector", initializer=tf.constant([5.0, 6.0]))
            y = {
                "returned": lambda: tf1.cond(which > 0, lambda: vector, lambda: vector * 2.0) + x,
                "if": lambda: tf1.cond(which > 0, lambda: x @ matrix + vector, lambda: x - vector),
                "case": lambda: tf.switch_case(
                    which, [lambda: x @ matrix, lambda: x + vector, lambda: x * tf.cast(tf.shape(matrix)[0], tf.float32)]
                ),
                "while": lambda: tf1.while_loop(
                    lambda at, _: at < which,
                    lambda at, sum_: (at + 1, sum_ @ matrix + tf1.cond(at > 1, lambda: vector, lambda: -vector)),
                    [0, x],
                )[1],
                "gathers": lambda: (
                    tf.gather(matrix, [[1, 0]])
                    + tf.gather_nd(matrix, [[0], [1]])
                    + tf.cast(tf1.raw_ops.VariableShape(input=matrix.handle), tf.float32)
                    + tf.gather(tf.expand_dims(x, 1), [0], axis=1)
                ),
                "changed": lambda: (
                    x
                    + tf1.raw_ops.ReadVariableOp(resource=vector.handle, dtype=tf.float32)
                    + tf1.raw_ops.ResourceGather(resource=changed(tf1, matrix), indices=[0], dtype=tf.float32)
                ),
            }[kind]()
            y = tf.identity(y, name="y")
            session.run(tf1.global_variables_initializer())
            tf1.saved_model.simple_save(session, str(folder), {"x": x, "which": which}, {"y": y})
        return folder

    return build


def changed(tf1: Any, variable: Any) -> Any:
    with tf1.control_dependencies([tf1.raw_ops.AssignAddVariableOp(resource=variable.handle, value=[[1.0, 1.0], [1.0, 1.0]])]):
        return tf1.identity(variable.handle)


@pytest.mark.parametrize("which", [0, 1, 2, 3])
@pytest.mark.parametrize("kind", ["returned", "if", "case", "while", "gathers"])
def test_variables_that_branches_and_loops_capture_are_frozen(resource_models: Any, lab: Any, kind: str, which: int) -> None:
    folder = resource_models(kind)
    source = lab.open(folder)
    rewritten = lab.freeze(source)
    values = {"x": [[1.0, 2.0], [3.0, 4.0]], "which": which}
    signature = source.inspection.meta_graphs[0].signatures[0]
    lab.same(lab.frozen(rewritten, values), lab.saved_model(folder, ["serve"], signature, values))


def test_tensorflows_own_freezer_breaks_a_variable_that_a_branch_captures(resource_models: Any, lab: Any) -> None:
    from tensorflow.compat import v1 as tf1

    folder = resource_models("returned")
    with tf1.Session(graph=tf1.Graph()) as session:
        tf1.saved_model.load(session, ["serve"], str(folder))
        by_tensorflow = tf1.graph_util.convert_variables_to_constants(session, session.graph_def, ["y"])
    with tf1.Session(graph=tf1.Graph()) as session:
        tf1.import_graph_def(by_tensorflow, name="")
        with pytest.raises(tf1.errors.InvalidArgumentError, match="value:0 is not found"):
            session.run("y:0", {"x:0": [[1.0, 2.0]], "which:0": 1})
    ours = lab.frozen(lab.freeze(lab.open(folder)), {"x": [[1.0, 2.0]], "which": 1})
    assert ours["y"].tolist() == [[6.0, 8.0]]


def test_a_variable_that_the_model_changes_is_refused_or_kept(resource_models: Any, lab: Any) -> None:
    from tfreg.core.errors import OpUnsupportedError

    source = lab.open(resource_models("changed"))
    with pytest.raises(OpUnsupportedError, match="AssignAddVariableOp") as refused:
        lab.freeze(source)
    assert refused.value.metadata["op"] == "AssignAddVariableOp"
    rewritten = lab.freeze(source, keep_variables=("matrix",))
    assert rewritten.signatures[0].targets == ("matrix/restore",)
    assert lab.frozen(rewritten, {"x": [[0.0, 0.0]], "which": 0})["y"].tolist() == [[7.0, 9.0]]


def graph_of_variables(variables: dict[str, Any]) -> bytes:
    from tensorflow.compat import v1 as tf1

    graph = tf1.GraphDef()
    for name, (dtype, shape) in variables.items():
        node = graph.node.add(name=name, op="VariableV2")
        node.attr["dtype"].type = dtype.as_datatype_enum
        node.attr["shape"].shape.SetInParent()
        for size in shape:
            node.attr["shape"].shape.dim.add(size=size)
    return graph.SerializeToString()


def test_every_element_type_becomes_a_constant(models: Path, lab: Any) -> None:
    import numpy as np
    import tensorflow as tf

    from tfreg.core.trees import MemoryTree

    source = lab.open(models / "checkpoint_types")
    reader = tf.train.load_checkpoint(str(models / "checkpoint_types" / "types"))
    graph = graph_of_variables({tensor.name: (tf.as_dtype(tensor.dtype), tensor.shape) for tensor in source.inspection.tensors})
    there = lab.open(MemoryTree({"graph.pb": graph}))
    names = [tensor.name for tensor in source.inspection.tensors]
    rewritten = lab.freeze(source, graph=there, outputs=",".join(names))
    found = lab.frozen(rewritten, {})
    for name in names:
        expected = np.asarray(reader.get_tensor(name))
        if expected.dtype == object or expected.dtype.kind == "S":
            assert np.asarray(found[name]).tolist() == expected.tolist(), name
        else:
            assert found[name].tobytes() == expected.tobytes(), name
