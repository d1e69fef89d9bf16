"""A graph that is written anew."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tfreg.core.conversions.converting import source_of
from tfreg.core.errors import GraphTooLargeError
from tfreg.core.files import FileTree
from tfreg.core.formats.registry import recognise
from tfreg.core.graphs.reachability import Reachability
from tfreg.core.rewrites.graphs.edit import GraphEdit, open_edit
from tfreg.core.rewrites.pieces import Computed, Inline, Piece, Slice, chunks_of
from tfreg.core.rewrites.rewriting import Source
from tfreg.core.tensors import TensorRef
from tfreg.core.trees import LocalTree, MemoryTree
from tfreg.wire.graph_pb2 import FunctionDef, GraphDef, NodeDef

LARGE = 100_000


def source(tree: FileTree) -> Source:
    kind = recognise(tree)
    return source_of(tree, kind, kind.inspect(tree))


def content(pieces: list[Piece]) -> bytes:
    return b"".join(chunks_of(pieces))


def parsed(edit: GraphEdit) -> GraphDef:
    written = content(edit.pieces())
    assert len(written) == edit.size_bytes()
    return GraphDef.FromString(written)


@pytest.fixture
def small() -> GraphDef:
    graph = GraphDef()
    graph.node.add(name="x", op="Placeholder").attr["dtype"].type = 1
    large = graph.node.add(name="large", op="Const")
    large.attr["dtype"].type = 1
    large.attr["value"].tensor.dtype = 1
    large.attr["value"].tensor.tensor_shape.dim.add(size=LARGE // 4)
    large.attr["value"].tensor.tensor_content = bytes(range(250)) * 400
    graph.node.add(name="y", op="AddV2", input=["x", "large"]).attr["T"].type = 1
    graph.node.add(name="z", op="Identity", input=["y"]).attr["T"].type = 1
    function = graph.library.function.add()
    function.signature.name = "f"
    function.node_def.add(name="n", op="NoOp").attr["_output_shapes"].list.shape.add()
    function.attr["_input_shapes"].list.shape.add()
    graph.versions.producer = 987
    return graph


@pytest.fixture
def opened(small: GraphDef) -> Callable[[], Source]:
    return lambda: source(MemoryTree({"graph.pb": small.SerializeToString()}))


GRAPHS = [
    "frozen_tf1.pb",
    "frozen_tf1.pbtxt",
    "frozen_functions.pb",
    "frozen_keras.pb",
    "frozen_large_const.pb",
    "tf1_saved_model",
    "tf1_pbtxt",
    "tf2_keras_export_named",
    "checkpoint_tf1",
    "checkpoint_graph_pbtxt",
    "graph_training.pb",
]


@pytest.mark.parametrize("name", GRAPHS)
def test_an_unchanged_graph_is_written_as_it_was(models: Path, name: str) -> None:
    there = source(LocalTree(models / name))
    with open_edit(there, 0) as edit, there.graph(0) as graph:
        written = parsed(edit)
        assert [node.name for node in written.node] == list(graph.nodes)
        assert [function.signature.name for function in written.library.function] == list(graph.functions)
        assert written.versions == edit.versions


def test_several_meta_graphs_are_each_of_their_own(models: Path) -> None:
    there = source(LocalTree(models / "tf1_multi_tag"))
    counts = []
    for index in range(len(there.inspection.meta_graphs)):
        with open_edit(there, index) as edit:
            counts.append(len(parsed(edit).node))
    assert counts == [meta_graph.node_count for meta_graph in there.inspection.meta_graphs]


def test_what_nobody_changes_is_pointed_at_where_it_is_long(opened: Callable[[], Source], small: GraphDef) -> None:
    with open_edit(opened(), 0) as edit:
        assert parsed(edit) == small
        edit.remove("z")
        assert sum(piece.length_bytes for piece in edit.pieces() if isinstance(piece, Inline)) < 1000
        assert any(isinstance(piece, Slice) for piece in edit.pieces())


def test_nodes_are_put_and_removed(opened: Callable[[], Source]) -> None:
    with open_edit(opened(), 0) as edit:
        edit.remove("z")
        node = edit.node("y")
        node.device = "/CPU:0"
        edit.put(node)
        edit.put(NodeDef(name="w", op="Identity", input=["y"]))
        assert edit.names() == ["x", "large", "y", "w"]
        assert "z" not in edit
        assert len(edit) == 4
        with pytest.raises(KeyError):
            edit.remove("z")
        written = parsed(edit)
        assert [node.name for node in written.node] == ["x", "large", "y", "w"]
        assert written.node[2].device == "/CPU:0"


def test_keeping_some_removes_the_others(opened: Callable[[], Source]) -> None:
    with open_edit(opened(), 0) as edit:
        edit.put(NodeDef(name="new", op="NoOp"))
        edit.remove("y")
        edit.keep(["x", "y", "new"])
        assert edit.names() == ["x", "new"]


def test_a_long_value_stays_though_its_node_is_changed(opened: Callable[[], Source], small: GraphDef) -> None:
    with open_edit(opened(), 0) as edit:
        node = edit.node("large")
        assert not node.attr["value"].tensor.tensor_content
        node.device = "/CPU:0"
        edit.put(node)
        again = edit.node("large")
        again.input.append("^x")
        edit.put(again)
        written = parsed(edit).node[1]
        assert (written.device, list(written.input)) == ("/CPU:0", ["^x"])
        assert written.attr["value"] == small.node[1].attr["value"]


def test_a_constant_is_made_of_pieces(opened: Callable[[], Source]) -> None:
    chunks = Computed(8, lambda: iter([b"\0\0\x80?", b"\0\0\0@"]))
    with open_edit(opened(), 0) as edit:
        edit.put_constant("z", 1, (2,), [chunks], device="/CPU:0")
        edit.put_constant("empty", 3, (0, 4), [])
        edit.put_constant("scalar", 3, (), [Inline(b"\1\0\0\0")])
        z, empty, scalar = parsed(edit).node[3:]
        assert (z.op, z.device, z.attr["dtype"].type) == ("Const", "/CPU:0", 1)
        assert z.attr["value"].tensor.tensor_content == b"\0\0\x80?\0\0\0@"
        assert [dim.size for dim in empty.attr["value"].tensor.tensor_shape.dim] == [0, 4]
        assert scalar.attr["value"].tensor.tensor_content == b"\1\0\0\0"
        moved = edit.node("z")
        moved.device = ""
        edit.put(moved)
        assert parsed(edit).node[3].attr["value"] == z.attr["value"]
        small = edit.node("z")
        small.attr["value"].tensor.float_val.append(7)
        edit.put(small)
        assert list(parsed(edit).node[3].attr["value"].tensor.float_val) == [7]


def test_attributes_can_be_left_out_of_every_node(opened: Callable[[], Source], small: GraphDef) -> None:
    with open_edit(opened(), 0) as edit:
        edit.drop_attrs("dtype")
        written = parsed(edit)
        assert not any("dtype" in node.attr for node in written.node)
        assert written.node[1].attr["value"] == small.node[1].attr["value"]


def test_a_changed_function_loses_the_shapes_that_were_inferred(opened: Callable[[], Source]) -> None:
    with open_edit(opened(), 0) as edit:
        unchanged = parsed(edit).library.function[0]
        assert "_input_shapes" in unchanged.attr
        function = edit.function("f")
        function.put(NodeDef(name="m", op="NoOp"))
        function.signature.input_arg.add(name="a")
        written = parsed(edit).library.function[0]
        assert [node.name for node in written.node_def] == ["n", "m"]
        assert [arg.name for arg in written.signature.input_arg] == ["a"]
        assert "_input_shapes" not in written.attr
        assert not any(node.attr for node in written.node_def)


def test_functions_are_copied_put_and_removed(opened: Callable[[], Source]) -> None:
    with open_edit(opened(), 0) as edit:
        copy = edit.put_function(edit.function("f").copied_as("g"))
        copy.remove("n")
        new = FunctionDef(node_def=[NodeDef(name="k", op="NoOp")])
        new.signature.name = "h"
        edit.put_function(new)
        assert [node.name for node in parsed(edit).library.function[2].node_def] == ["k"]
        edit.remove_function("h")
        assert edit.functions() == ["f", "g"]
        assert [len(function.node_def) for function in parsed(edit).library.function] == [1, 0]
        edit.remove_function("f")
        assert [function.signature.name for function in parsed(edit).library.function] == ["g"]
        with pytest.raises(KeyError):
            edit.function("f")


def test_the_view_is_of_the_graph_as_it_is_now(opened: Callable[[], Source]) -> None:
    with open_edit(opened(), 0) as edit:
        graph = edit.as_graph()
        edit.put(NodeDef(name="z", op="Identity", input=["x"]))
        assert Reachability(graph).reached([TensorRef("z")]).nodes == {"z", "x"}
        assert graph.ops() == {"Placeholder", "Const", "AddV2", "Identity", "NoOp"}
        assert list(graph.functions) == ["f"]


def test_a_graph_that_protobuf_cannot_parse_is_refused_before_it_is_made(opened: Callable[[], Source]) -> None:
    def never() -> None:
        pytest.fail("nothing of it is read")

    with open_edit(opened(), 0) as edit:
        edit.put_constant("huge", 1, (1 << 29,), [Computed(1 << 31, lambda: iter(never, None))])
        with pytest.raises(GraphTooLargeError, match=r"2147\d{6} bytes") as refused:
            edit.size_bytes()
        assert "saved_model" in refused.value.hint
