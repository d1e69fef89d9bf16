"""Functions within functions: variables, tables and texts that branches within loops within calls take, frozen and run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tfreg.core.errors import OpUnsupportedError

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("tensorflow"), pytest.mark.filterwarnings("ignore")]
WORDS = ["red", "green", "blue"]


@pytest.fixture(scope="module")
def nested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A call > a loop > a switch > a branch, each with variables of its own."""
    import tensorflow as tf

    folder = tmp_path_factory.mktemp("nested")
    (folder / "words.txt").write_text("\n".join(WORDS))

    class Model(tf.Module):
        def __init__(self) -> None:
            self.matrix = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
            self.half = tf.Variable(tf.constant([0.5, -1.5], tf.bfloat16))
            self.texts = tf.Variable(["one", "two", "three"])
            file = tf.lookup.TextFileInitializer(
                str(folder / "words.txt"),
                tf.string,
                tf.lookup.TextFileIndex.WHOLE_LINE,
                tf.int64,
                tf.lookup.TextFileIndex.LINE_NUMBER,
            )
            self.words = tf.lookup.StaticHashTable(file, -1)

        def step(self, which: Any, x: Any) -> Any:
            deep = lambda: tf.cond(which > 1, lambda: x + tf.cast(self.half, tf.float32), lambda: -x)  # noqa: E731
            picked = lambda: x + tf.gather_nd(self.matrix, [[1]])[0] + tf.gather(self.matrix, [0])[0]  # noqa: E731
            return tf.switch_case(which % 3, [lambda: tf.linalg.matvec(self.matrix, x), picked, deep])

        @tf.function(
            input_signature=[
                tf.TensorSpec([], tf.int32, name="which"),
                tf.TensorSpec([2], tf.float32, name="x"),
                tf.TensorSpec([None], tf.string, name="words"),
            ]
        )
        def serve(self, which: Any, x: Any, words: Any) -> Any:
            _, y = tf.while_loop(lambda at, _: at < 3, lambda at, now: (at + 1, self.inner(which + at, now)), [tf.constant(0), x])
            numbers = tf.cond(which > 0, lambda: self.words.lookup(words), lambda: tf.zeros_like(words, tf.int64))
            text = tf.switch_case(which % 2, [lambda: self.texts[:1], lambda: tf.strings.join([self.texts[1:2], self.texts[2:]])])
            return {"y": y, "half": self.half * 2, "numbers": numbers, "text": text}

        @tf.function
        def inner(self, which: Any, x: Any) -> Any:
            return self.step(which, x)

    model = Model()
    tf.saved_model.save(model, str(folder / "model"), {"serving_default": model.serve})
    return folder / "model"


def test_the_model_has_what_this_is_about(nested: Path) -> None:
    from tfreg.wire.saved_model_pb2 import SavedModel

    graph = SavedModel.FromString((nested / "saved_model.pb").read_bytes()).meta_graphs[0].graph_def
    ops = {node.op for function in graph.library.function for node in function.node_def}
    assert {"While", "StatelessWhile"} & ops
    assert {"Case", "StatelessCase"} & ops
    assert {"If", "StatelessIf"} & ops
    assert ops >= {"ResourceGather", "ResourceGatherNd", "LookupTableFindV2", "ReadVariableOp"}


@pytest.mark.parametrize("kept", [False, True], ids=["constants", "variables kept"])
@pytest.mark.parametrize("which", [0, 1, 2, 3])
def test_branches_within_loops_within_calls_compute_the_same(nested: Path, lab: Any, which: int, kept: bool) -> None:
    import numpy as np

    source = lab.open(nested)
    rewritten = lab.freeze(source, keep_variables=("*",) if kept else ())
    words = np.array([b"blue", b"red", b"nothing"], dtype=object)
    values = {"which": np.int32(which), "x": np.array([1.0, -2.0], np.float32), "words": words}
    (signature,) = (one for one in source.inspection.meta_graphs[0].signatures if one.key == "serving_default")
    found = lab.frozen(rewritten, values)
    lab.same(found, lab.saved_model(nested, ["serve"], signature, values))
    assert found["numbers"].tolist() == ([2, 0, -1] if which else [0, 0, 0])
    assert found["text"].tolist() == [b"twothree" if which % 2 else b"one"]


def test_no_variable_and_no_file_is_left(nested: Path, lab: Any) -> None:
    from tfreg.wire.graph_pb2 import GraphDef

    graph = GraphDef.FromString(lab.content_of(lab.freeze(lab.open(nested))))
    ops = {node.op for nodes in (graph.node, *(one.node_def for one in graph.library.function)) for node in nodes}
    assert not [op for op in ops if "Variable" in op or "TextFile" in op or op.startswith("Resource")]


def test_scattering_into_a_variable_is_refused_by_name_and_runs_where_the_variable_stays(tmp_path: Path, lab: Any) -> None:
    from tensorflow.compat import v1 as tf1

    with tf1.Graph().as_default(), tf1.Session() as session:
        x = tf1.placeholder(tf1.float32, [1], name="x")
        memory = tf1.get_variable("memory", initializer=tf1.constant([1.0, 2.0, 3.0]), use_resource=True)
        scatter = tf1.raw_ops.ResourceScatterNdUpdate(ref=memory.handle, indices=[[1]], updates=x, name="remember")
        with tf1.control_dependencies([scatter]):
            y = tf1.raw_ops.ReadVariableOp(resource=memory.handle, dtype=tf1.float32, name="y")
        session.run(tf1.global_variables_initializer())
        tf1.saved_model.simple_save(session, str(tmp_path / "model"), {"x": x}, {"y": y})
    source = lab.open(tmp_path / "model")
    with pytest.raises(OpUnsupportedError, match=r"'remember' \(ResourceScatterNdUpdate\)") as refused:
        lab.freeze(source)
    assert "--keep-variables" in refused.value.hint
    kept = lab.freeze(source, keep_variables=("memory",))
    assert lab.frozen(kept, {"x": [9.0]})["y"].tolist() == [1.0, 9.0, 3.0]
