"""Checkpoints as SavedModels, run in both of TensorFlow's loaders and compared with a session that restored the checkpoint itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfreg.core.conversions.converting import convert
from tfreg.core.conversions.options import NamedTensor, VariableKey
from tfreg.core.conversions.planning import plan
from tfreg.core.errors import ConversionRefusedError, RequestInvalidError, TrainingGraphError, WeightsMismatchError
from tfreg.core.rewrites.pieces import Slice

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("tensorflow")]

BERT = {"prob": "pred_prob", "label": "pred_label:0"}
CHECKPOINTS = {
    "checkpoint_tf1": BERT,
    "checkpoint_training": BERT,
    "checkpoint_v1": BERT,
    "checkpoint_graph_pbtxt": BERT,
    "release_1_15_checkpoint": BERT,
    "checkpoint_tf1_sharded": {"a": "on_cpu_0/read", "b": "on_cpu_1/read"},
    "checkpoint_tf1_partitioned": {"rows": "embedding/part_1/read", "columns": "matrix/part_1/read"},
}


def _named(outputs):
    return tuple(NamedTensor(tensor, key) for key, tensor in outputs.items())


def _prefix(folder: Path, source) -> str:
    return str(folder / source(folder).inspection.facts["checkpoint.prefix"])


def _restored(folder: Path, prefix: str, signature, feeds):
    """Runs the graph in a session that restored the checkpoint."""
    import tensorflow as tf
    from google.protobuf import text_format

    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        if Path(f"{prefix}.meta").exists():
            tf.compat.v1.train.import_meta_graph(f"{prefix}.meta", clear_devices=True).restore(session, prefix)
        else:
            graph = text_format.Parse((folder / "graph.pbtxt").read_text(), tf.compat.v1.GraphDef())
            tf.import_graph_def(graph, name="")
            session.run("save/restore_all", {"save/Const:0": prefix})
        fed = {str(spec.ref): feeds[spec.key] for spec in signature.inputs}
        return session.run({spec.key: str(spec.ref) for spec in signature.outputs}, fed)


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_a_checkpoint_computes_the_same_as_a_saved_model(name, models, source, saved, runs):
    made = saved("checkpoint_to_saved_model", name, outputs=_named(CHECKPOINTS[name]))

    signature = made.signature("serving_default")
    given = runs.feeds(signature)
    expected = _restored(models / name, _prefix(models / name, source), signature, given)
    assert runs.same(runs.session(made.folder, "serving_default", given), expected)
    assert runs.same(runs.function(made.folder, "serving_default", given), expected)


def test_the_files_of_the_checkpoint_become_variables_as_they_are(models, saved):
    made = saved("checkpoint_to_saved_model", "checkpoint_tf1_sharded", outputs=(NamedTensor("on_cpu_1/read"),))

    tree = made.rewritten.tree
    assert [file.path for file in tree.files()] == [
        "saved_model.pb",
        "variables/variables.data-00000-of-00002",
        "variables/variables.data-00001-of-00002",
        "variables/variables.index",
    ]
    assert all(isinstance(piece, Slice) for file in tree.files()[1:] for piece in tree.pieces(file.path))
    assert made.rewritten.weights.left_over == ("on_cpu_0",)
    assert "on_cpu_0" in made.rewritten.notes[0].message


def test_a_training_graph_is_refused_and_the_graph_of_the_export_taken(saved, source, models, runs):
    with pytest.raises(TrainingGraphError, match="--graph"):
        saved("checkpoint_to_saved_model", "checkpoint_estimator_2_12")

    made = saved("checkpoint_to_saved_model", "checkpoint_estimator_2_12", {"graph": "estimator_2_12"})

    given = runs.feeds(made.signature("serving_default"))
    prefix = _prefix(models / "checkpoint_estimator_2_12", source)
    expected = _exported(models / "estimator_2_12", prefix, made.signature("serving_default"), given)
    assert runs.same(runs.session(made.folder, "serving_default", given), expected)
    assert made.rewritten.pruned == {"label_ids": "no output depends on it"}


def _exported(folder: Path, prefix: str, signature, feeds):
    """Runs the graph of an export with the values of a checkpoint."""
    import tensorflow as tf

    with tf.compat.v1.Session(graph=tf.Graph()) as session:
        tf.compat.v1.saved_model.load(session, ["serve"], str(folder))
        tf.compat.v1.train.Saver().restore(session, prefix)
        fed = {str(spec.ref): feeds[spec.key] for spec in signature.inputs}
        return session.run({spec.key: str(spec.ref) for spec in signature.outputs}, fed)


def test_what_does_not_fit_is_listed(saved):
    with pytest.raises(WeightsMismatchError, match="do not belong together") as raised:
        saved("checkpoint_to_saved_model", "checkpoint_tf1", {"graph": "estimator_2_12"})

    metadata = raised.value.metadata
    assert metadata["missing"] == "loss/dense/bias, loss/dense/kernel"
    assert metadata["misshaped"] == "bert/word_embeddings: [40,6] in the graph, [80,64] in the checkpoint"
    assert "fc3_layer/kernel" in metadata["left_over"]


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> Path:
    """A checkpoint of resource variables: moving averages, a partitioned one, a local one, a table filled from a file."""
    import tensorflow as tf

    folder = tmp_path_factory.mktemp("program")
    (folder / "words.txt").write_bytes(b"a\nb\n")
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session, v1.variable_scope("", use_resource=True):
        x = v1.placeholder(tf.float32, [None, 3], "x")
        words = v1.placeholder(tf.string, [None], "words")
        w = v1.get_variable("w", [3, 2], initializer=v1.ones_initializer())
        parts = v1.get_variable(
            "parts", [5, 2], initializer=v1.random_normal_initializer(), partitioner=v1.fixed_size_partitioner(2)
        )
        local = v1.get_variable("local", [], initializer=v1.constant_initializer(2.0), collections=[v1.GraphKeys.LOCAL_VARIABLES])
        table = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(
                str(folder / "words.txt"),
                tf.string,
                tf.lookup.TextFileIndex.WHOLE_LINE,
                tf.int64,
                tf.lookup.TextFileIndex.LINE_NUMBER,
            ),
            0,
        )
        found = v1.nn.embedding_lookup(parts, table.lookup(words), partition_strategy="div")
        y = tf.identity(local * tf.matmul(x, w) + found, "y")
        loss = tf.reduce_sum(y)
        with tf.control_dependencies([v1.train.AdamOptimizer().minimize(loss)]):
            tf.train.ExponentialMovingAverage(0.5).apply([w])
        session.run([v1.global_variables_initializer(), v1.local_variables_initializer(), v1.tables_initializer()])
        session.run(w.assign([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
        v1.train.Saver().save(session, str(folder / "model.ckpt"))
        (folder / "expected.txt").write_text(repr(session.run(y, {"x:0": [[1.0, 0.0, 1.0]], "words:0": [b"b"]}).tolist()))
    (folder / "checkpoint").unlink()
    return folder


def _expected(folder: Path) -> list[list[float]]:
    import ast

    return ast.literal_eval((folder / "expected.txt").read_text())


GIVEN = {"x": [[1.0, 0.0, 1.0]], "words": [b"b"]}


def test_resource_variables_partitions_local_variables_and_tables_are_there(program, saved, runs):
    import numpy as np

    made = saved("checkpoint_to_saved_model", program, outputs=(NamedTensor("y"),))

    assert np.allclose(runs.session(made.folder, "serving_default", GIVEN)["y"], _expected(program))
    assert np.allclose(runs.function(made.folder, "serving_default", GIVEN)["y"], _expected(program))
    assert (made.folder / "assets" / "words.txt").exists()
    assert not {"AdamOptimizer", "ResourceApplyAdam"} & set(made.inspection.meta_graphs[0].ops)


def test_a_moving_average_or_another_key_is_loaded_where_the_caller_says_so(program, saved, runs):
    import numpy as np

    plain = np.asarray(_expected(program))
    averaged = saved("checkpoint_to_saved_model", program, outputs=(NamedTensor("y"),), ema=True)
    mapped = saved(
        "checkpoint_to_saved_model",
        program,
        outputs=(NamedTensor("y"),),
        variable_keys=(VariableKey("w", "w/ExponentialMovingAverage"),),
    )

    # The average is of the ones that w was at first, so that both rows of two ones give 2 * 2 instead of 2 * (1 + 5) and 2 * (2 + 6).
    expected = plain - 2 * (np.array([[6.0, 8.0]]) - np.array([[2.0, 2.0]]))
    assert np.allclose(runs.session(averaged.folder, "serving_default", GIVEN)["y"], expected)
    assert np.allclose(runs.session(mapped.folder, "serving_default", GIVEN)["y"], expected)
    assert averaged.rewritten.weights.left_over.count("w") == 1
    with pytest.raises(RequestInvalidError, match="no variable 'v'"):
        saved("checkpoint_to_saved_model", program, outputs=(NamedTensor("y"),), variable_keys=(VariableKey("v", "w"),))


def test_partitions_are_found_by_their_names_in_a_mere_graph(program, saved, tmp_path, runs):
    import numpy as np
    import tensorflow as tf

    meta = tf.compat.v1.MetaGraphDef.FromString((program / "model.ckpt.meta").read_bytes())
    reads = [f"parts/part_{number}/Read/ReadVariableOp" for number in range(2)]
    graph = tf.compat.v1.graph_util.extract_sub_graph(meta.graph_def, reads)
    (tmp_path / "graph.pb").write_bytes(graph.SerializeToString())
    outputs = (NamedTensor(reads[0], "a"), NamedTensor(reads[1], "b"))

    made = saved("checkpoint_to_saved_model", program, {"graph": tmp_path / "graph.pb"}, outputs=outputs)

    found = runs.session(made.folder, "serving_default", {})
    stored = tf.train.load_checkpoint(str(program / "model.ckpt")).get_tensor("parts")
    assert np.array_equal(np.concatenate([found["a"], found["b"]]), stored)


def test_a_checkpoint_without_its_values_is_refused(tmp_path, models, saved):
    for suffix in (".meta", ".index"):
        (file,) = (models / "checkpoint_tf1").glob(f"*{suffix}")
        (tmp_path / file.name).write_bytes(file.read_bytes())
    folder = tmp_path / "alone"
    folder.mkdir()
    for file in tmp_path.glob("*.*"):
        file.rename(folder / file.name)

    with pytest.raises(ConversionRefusedError, match="lacks the files"):
        saved("checkpoint_to_saved_model", folder, outputs=(NamedTensor("pred_prob"),))


def test_weights_of_keras_and_the_graph_of_an_export_are_a_model_with_variables(source, tmp_path, models, runs):
    way = plan("keras_weights", "saved_model", inputs={"graph"})
    weights, graph = source("release_2_18_weights.weights.h5"), source("release_2_18_saved_model")

    with convert(weights, way, {"graph": graph}, runner=None, report=lambda _: None, still_wanted=lambda: True) as made:
        for file in made.tree.files():
            path = tmp_path / file.path
            path.parent.mkdir(exist_ok=True)
            with made.tree.open(file.path) as reader:
                path.write_bytes(reader.read_at(0, file.size_bytes))

    signature = next(one for one in graph.inspection.meta_graphs[0].signatures if one.key == "serving_default")
    given = runs.feeds(signature)
    expected = runs.session(models / "release_2_18_saved_model", "serving_default", given)
    assert runs.same(runs.session(tmp_path, "serving_default", given), expected)
    assert runs.same(runs.function(tmp_path, "serving_default", given), expected)
