"""Which value each variable of a frozen graph gets, without TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfreg.core.conversions.options import VariableKey
from tfreg.core.errors import WeightsMismatchError
from tfreg.core.rewrites.pieces import Inline, Slice
from tfreg.core.trees import LocalTree, MemoryTree, SubTree
from tfreg.wire.graph_pb2 import GraphDef
from tfreg.wire.tensor_pb2 import DataType

SAME_WEIGHTS = [
    "same_keras_h5.h5",
    "same_keras_weights.weights.h5",
    "same_keras_checkpoint",
    "same_keras_v3.keras",
    "same_keras_sharded",
]


def constants(lab: Any, rewritten: Any) -> dict[str, Any]:
    graph = GraphDef.FromString(lab.content_of(rewritten))
    return {node.name: node.attr["value"].tensor for node in graph.node if node.op == "Const"}


def graph_with(*variables: tuple[str, tuple[int, ...]]) -> MemoryTree:
    graph = GraphDef()
    for name, shape in variables:
        node = graph.node.add(name=name, op="VariableV2")
        node.attr["dtype"].type = DataType.DT_FLOAT
        node.attr["shape"].shape.SetInParent()
        for size in shape:
            node.attr["shape"].shape.dim.add(size=size)
    return MemoryTree({"graph.pb": graph.SerializeToString()})


@pytest.mark.parametrize("name", SAME_WEIGHTS)
def test_weights_of_any_format_find_the_variables_of_a_graph(models: Path, lab: Any, name: str) -> None:
    export = lab.open(models / "same_keras_saved_model")
    rewritten = lab.freeze(lab.open(models / name), graph=export, signature="serving_default")
    own = lab.freeze(export, signature="serving_default")
    assert len(rewritten.weights.matched) == 19
    assert constants(lab, rewritten) == constants(lab, own)


@pytest.mark.parametrize("name", ["tf1_saved_model", "tf2_keras_export", "checkpoint_tf1", "tf1_partitioned"])
def test_no_weight_is_read(models: Path, lab: Any, name: str) -> None:
    rewritten = lab.freeze(lab.open(models / name), outputs="pred_prob" if name == "checkpoint_tf1" else "")
    pieces = rewritten.tree.pieces("frozen_graph.pb")
    assert any(isinstance(piece, Slice) and "data-0000" in piece.path for piece in pieces)
    assert all(len(piece.content) < 20_000 for piece in pieces if isinstance(piece, Inline))


def test_a_variable_that_the_checkpoint_lacks_is_named(models: Path, lab: Any) -> None:
    graph = lab.open(graph_with(("whole", (5, 3)), ("absent", (2,))))
    checkpoint = lab.open(models / "checkpoint_tf1_partitioned")
    with pytest.raises(WeightsMismatchError, match="lacks 1 variables of the graph: absent") as refused:
        lab.freeze(checkpoint, graph=graph, outputs="whole,absent")
    assert refused.value.metadata["missing"] == "absent"
    assert "embedding" in refused.value.metadata["left_over"]


def test_a_variable_that_no_output_needs_may_be_missing(models: Path, lab: Any) -> None:
    shape = next(
        tensor.shape for tensor in lab.open(models / "checkpoint_tf1_partitioned").inspection.tensors if tensor.name == "whole"
    )
    graph = lab.open(graph_with(("whole", shape), ("absent", (2,))))
    rewritten = lab.freeze(lab.open(models / "checkpoint_tf1_partitioned"), graph=graph, outputs="whole")
    assert list(constants(lab, rewritten)) == ["whole"]
    assert [match.source for match in rewritten.weights.matched] == ["whole"]


def test_a_variable_of_another_shape_is_told_with_both(models: Path, lab: Any) -> None:
    graph = lab.open(graph_with(("whole", (7, 7))))
    with pytest.raises(WeightsMismatchError, match=r"the graph has \[7, 7\], 'whole' is \[5, \d\]"):
        lab.freeze(lab.open(models / "checkpoint_tf1_partitioned"), graph=graph, outputs="whole")


def test_a_partitioned_variable_is_joined_where_the_graph_has_it_whole(models: Path, lab: Any) -> None:
    graph = lab.open(graph_with(("embedding", (10, 8)), ("matrix", (8, 6))))
    source = lab.open(models / "checkpoint_tf1_partitioned")
    matrix = next(tensor.part.shape for tensor in source.inspection.tensors if tensor.part and tensor.part.name == "matrix")
    graph = lab.open(graph_with(("embedding", (10, 8)), ("matrix", matrix)))
    rewritten = lab.freeze(source, graph=graph, outputs="embedding,matrix")
    found = constants(lab, rewritten)
    for name in ("embedding", "matrix"):
        from tfreg.core.values.reading import Values
        from tfreg.core.values.selection import Selection

        with Values(source.tree, source.inspection.tensors) as values:
            assert found[name].tensor_content == b"".join(values.read(Selection(name))[1])


def test_variables_are_loaded_from_the_keys_that_are_given(models: Path, lab: Any) -> None:
    source = lab.open(models / "checkpoint_tf1_partitioned")
    shape = next(tensor.shape for tensor in source.inspection.tensors if tensor.name == "whole")
    graph = lab.open(graph_with(("mine", shape)))
    rewritten = lab.freeze(source, graph=graph, outputs="mine", variable_keys=(VariableKey("mine", "whole"),))
    assert [(match.source, match.target) for match in rewritten.weights.matched] == [("whole", "mine")]


@pytest.fixture
def averaged(table_writer: Any) -> Callable[..., MemoryTree]:
    """Makes a checkpoint of float32 scalars."""
    from tfreg.wire.checkpoint_pb2 import BundleEntryProto, BundleHeaderProto

    def build(values: dict[str, bytes]) -> MemoryTree:
        entries, data = {b"": BundleHeaderProto(num_shards=1).SerializeToString()}, b""
        for key in sorted(values):
            entry = BundleEntryProto(dtype=DataType.DT_FLOAT, offset=len(data), size=4)
            entry.shape.SetInParent()
            entries[key.encode()] = entry.SerializeToString()
            data += values[key]
        return MemoryTree({"m.index": table_writer.table(sorted(entries.items())), "m.data-00000-of-00001": data})

    return build


def test_moving_averages_are_loaded_where_there_are(lab: Any, averaged: Any) -> None:
    source = lab.open(averaged({"w": b"aaaa", "w/ExponentialMovingAverage": b"bbbb", "v": b"cccc"}))
    graph = lab.open(graph_with(("w", ()), ("v", ())))
    with_averages = constants(lab, lab.freeze(source, graph=graph, outputs="w,v", ema=True))
    assert {name: tensor.tensor_content for name, tensor in with_averages.items()} == {"w": b"bbbb", "v": b"cccc"}
    without = constants(lab, lab.freeze(source, graph=graph, outputs="w,v"))
    assert without["w"].tensor_content == b"aaaa"


def test_constants_of_a_frozen_graph_take_the_weights_of_their_names(models: Path, lab: Any) -> None:
    graph = lab.open(models / "frozen_tf1.pb")
    rewritten = lab.freeze(lab.open(models / "checkpoint_tf1"), graph=graph, outputs="pred_prob")
    own = lab.freeze(lab.open(models / "checkpoint_tf1"), outputs="pred_prob")
    assert rewritten.weights.matched
    names = {match.target for match in rewritten.weights.matched}
    assert {name: constants(lab, rewritten)[name] for name in names} == {name: constants(lab, own)[name] for name in names}


def test_a_data_file_that_is_missing_is_told(models: Path, lab: Any) -> None:
    from tfreg.core.errors import TensorUnreadableError

    tree = LocalTree(models / "tf1_saved_model")
    files = [file.path for file in tree.files() if ".data-" not in file.path]
    with pytest.raises(TensorUnreadableError, match="which is missing"):
        lab.freeze(lab.open(SubTree(tree, files)))


def test_what_saves_and_trains_is_gone(models: Path, lab: Any) -> None:
    rewritten = lab.freeze(lab.open(models / "release_1_15_saved_model"))
    graph = GraphDef.FromString(lab.content_of(rewritten))
    ops = {node.op for node in graph.node}
    assert not ops & {"SaveV2", "RestoreV2", "ApplyAdam", "Assign", "VariableV2", "AssignSub"}
    names = {node.name for node in graph.node}
    places = {place.decode() for node in graph.node for place in node.attr["_class"].list.s}
    assert places <= {f"loc:@{name}" for name in names}


def test_functions_that_nobody_calls_are_gone(models: Path, lab: Any) -> None:
    graph = GraphDef.FromString(lab.content_of(lab.freeze(lab.open(models / "tf2_keras_export"), signature="serving_default")))
    names = [function.signature.name for function in graph.library.function]
    assert names
    assert all(name.endswith("_frozen") for name in names)
