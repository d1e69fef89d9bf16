"""Frozen graphs as SavedModels, run in both of TensorFlow's loaders."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfreg.core.conversions.options import NamedTensor
from tfreg.core.errors import ConversionRefusedError, OptionUnsupportedError, OutputsRequiredError
from tfreg.core.inspections import Signature
from tfreg.core.records import DeclaredSignature
from tfreg.core.rewrites.pieces import Slice
from tfreg.core.tensors import TensorRef, TensorSpec

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("tensorflow")]

OUTPUTS = {
    "frozen_tf1.pb": {"label": "pred_label:0", "prob": "pred_prob"},
    "frozen_tf1.pbtxt": {"label": "pred_label:0", "prob": "pred_prob"},
    "frozen_functions.pb": {"y": "y:0", "shape": "shape_of_x"},
    "frozen_keras.pb": {"prob": "Identity:0", "score": "Identity_1:0"},
    "same_keras_frozen.pb": {"prob": "Identity:0", "score": "Identity_1:0"},
    "frozen_unsigned_two_outputs.pb": {"values": "top:0", "indices": "top:1", "mean": "mean"},
    "frozen_import_prefix.pb": {"prob": "import/pred_prob:0"},
    "frozen_large_const.pb": {"y": "y", "label": "label"},
}


def _named(outputs):
    return tuple(NamedTensor(tensor, key) for key, tensor in outputs.items())


def _in_graph(file: Path, signature: Signature, feeds, renamed=()):
    """Runs the graph itself."""
    import tensorflow as tf
    from google.protobuf import text_format

    before = {new: old for old, new in dict(renamed).items()}
    graph = tf.compat.v1.GraphDef()
    if file.suffix == ".pb":
        graph.ParseFromString(file.read_bytes())
    else:
        text_format.Parse(file.read_text(), graph)
    anywhere = tf.compat.v1.ConfigProto(allow_soft_placement=True)
    with tf.Graph().as_default(), tf.compat.v1.Session(config=anywhere) as session:
        tf.import_graph_def(graph, name="")
        fed = {before.get(str(spec.ref), str(spec.ref)): feeds[spec.key] for spec in signature.inputs}
        return session.run({spec.key: str(spec.ref) for spec in signature.outputs}, fed)


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_frozen_graph_computes_the_same_as_a_saved_model(name, models, saved, runs):
    made = saved("frozen_graph_to_saved_model", name, outputs=_named(OUTPUTS[name]))

    signature = made.signature("serving_default")
    given = runs.feeds(signature)
    expected = _in_graph(models / name, signature, given)
    assert runs.same(runs.session(made.folder, "serving_default", given), expected)
    assert runs.same(runs.function(made.folder, "serving_default", given), expected)
    assert {spec.key for spec in signature.outputs} == set(OUTPUTS[name])


def test_key_method_name_and_tags_are_those_asked_for(saved, runs):
    made = saved(
        "frozen_graph_to_saved_model",
        "frozen_tf1.pb",
        outputs=(NamedTensor("pred_prob"),),
        new_signature="score",
        method_name="tensorflow/serving/classify",
        new_tags=("serve", "fast"),
    )

    signature = made.signature("score")
    assert (made.keys, signature.method_name) == (["score"], "tensorflow/serving/classify")
    assert made.inspection.meta_graphs[0].tags == ("serve", "fast")
    assert runs.session(made.folder, "score", runs.feeds(signature), ("serve", "fast")).keys() == {"pred_prob"}


def test_all_declared_signatures_are_kept(saved, runs):
    def tensors(*names):
        return tuple(TensorSpec(name, TensorRef(name), has_shape=False) for name in names)

    plain = Signature("plain", "", tensors("k", "x"), tensors("top"))
    mean = Signature("mean", "", tensors("x"), tensors("mean"))
    declared = [DeclaredSignature((), one) for one in (plain, mean)]

    made = saved("frozen_graph_to_saved_model", "frozen_unsigned_two_outputs.pb", declared=declared)

    assert made.keys == ["mean", "plain"]
    assert runs.function(made.folder, "mean", runs.feeds(made.signature("mean"))).keys() == {"mean"}
    with pytest.raises(OptionUnsupportedError, match="2 signatures"):
        saved("frozen_graph_to_saved_model", "frozen_unsigned_two_outputs.pb", declared=declared, new_signature="one")


def test_a_graph_without_signature_is_never_converted_by_a_guess(saved):
    with pytest.raises(OutputsRequiredError, match="--outputs"):
        saved("frozen_graph_to_saved_model", "frozen_unsigned_two_outputs.pb")


def test_no_weight_is_copied(saved):
    made = saved("frozen_graph_to_saved_model", "frozen_large_const.pb", outputs=(NamedTensor("y"),))

    pieces = made.rewritten.tree.pieces("saved_model.pb")
    slices = [piece for piece in pieces if isinstance(piece, Slice)]
    assert {piece.path for piece in slices} == {"frozen_large_const.pb"}
    assert sum(piece.length_bytes for piece in pieces) - sum(piece.length_bytes for piece in slices) < 16_000


def test_outputs_cut_the_graph_to_what_they_need(models, saved, runs):
    made = saved("frozen_graph_to_saved_model", "frozen_whole_training.pb", outputs=(NamedTensor("prob"),), clear_devices=True)

    signature = made.signature("serving_default")
    given = runs.feeds(signature)
    expected = _in_graph(models / "frozen_whole_training.pb", signature, given, made.rewritten.renamed)
    assert made.inspection.meta_graphs[0].node_count < 60
    assert runs.same(runs.session(made.folder, "serving_default", given), expected)


def _graph_with_table(path: Path, vocabulary: str) -> None:
    import tensorflow as tf

    with tf.Graph().as_default() as graph:
        words = tf.compat.v1.placeholder(tf.string, [None], "words")
        initializer = tf.lookup.TextFileInitializer(
            vocabulary, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
        )
        table = tf.lookup.StaticHashTable(initializer, -1)
        tf.identity(table.lookup(words), "ids")
    path.write_bytes(graph.as_graph_def().SerializeToString())


def test_a_table_is_filled_by_the_main_op_from_the_file_beside_the_graph(tmp_path, saved, runs):
    folder = tmp_path / "model"
    folder.mkdir()
    _words(tmp_path / "elsewhere").rename(folder / "words.txt")
    _graph_with_table(folder / "graph.pb", str(_words(tmp_path / "elsewhere")))

    made = saved("frozen_graph_to_saved_model", folder, outputs=(NamedTensor("ids"),))

    assert (made.folder / "assets" / "words.txt").read_bytes() == b"a\nb\n"
    (tmp_path / "elsewhere" / "words.txt").unlink()
    given = {"words": [b"b", b"a", b"x"]}
    assert [int(number) for number in runs.session(made.folder, "serving_default", given)["ids"]] == [1, 0, -1]
    assert runs.same(runs.function(made.folder, "serving_default", given), runs.session(made.folder, "serving_default", given))


def test_a_table_whose_file_is_not_there_is_refused_by_its_name(tmp_path, saved):
    _graph_with_table(tmp_path / "graph.pb", str(_words(tmp_path / "elsewhere")))

    with pytest.raises(ConversionRefusedError, match=r"words\.txt"):
        saved("frozen_graph_to_saved_model", tmp_path / "graph.pb", outputs=(NamedTensor("ids"),))


def _words(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "words.txt").write_bytes(b"a\nb\n")
    return folder / "words.txt"
