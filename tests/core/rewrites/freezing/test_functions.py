"""Functions that take variables are copied so that they take values, and what cannot be a value is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from tfreg.core.errors import OpUnsupportedError
from tfreg.core.trees import MemoryTree
from tfreg.wire.graph_pb2 import FunctionDef, GraphDef, NodeDef
from tfreg.wire.tensor_pb2 import DataType

FLOAT, RESOURCE = DataType.DT_FLOAT, DataType.DT_RESOURCE


@pytest.fixture
def weights(table_writer: Any) -> MemoryTree:
    """A checkpoint of one float32 scalar, v."""
    from tfreg.wire.checkpoint_pb2 import BundleEntryProto, BundleHeaderProto

    entry = BundleEntryProto(dtype=FLOAT, size=4)
    entry.shape.SetInParent()
    entries = [(b"", BundleHeaderProto(num_shards=1).SerializeToString()), (b"v", entry.SerializeToString())]
    return MemoryTree({"m.index": table_writer.table(entries), "m.data-00000-of-00001": b"\0\0\x80?"})


def graph_calling(name: str) -> GraphDef:
    graph = GraphDef()
    variable = graph.node.add(name="v", op="VarHandleOp")
    variable.attr["dtype"].type = FLOAT
    variable.attr["shape"].shape.SetInParent()
    call = graph.node.add(name="y", op="PartitionedCall", input=["v"])
    call.attr["f"].func.name = name
    call.attr["Tin"].list.type.append(RESOURCE)
    call.attr["Tout"].list.type.append(FLOAT)
    return graph


def function(graph: GraphDef, name: str, *nodes: NodeDef, ret: str) -> FunctionDef:
    added = graph.library.function.add()
    added.signature.name = name
    added.signature.input_arg.add(name="handle", type=RESOURCE)
    added.signature.output_arg.add(name="out", type=FLOAT)
    added.node_def.extend(nodes)
    added.ret["out"] = ret
    return added


def calling(name: str, node: str = "call") -> NodeDef:
    call = NodeDef(name=node, op="PartitionedCall", input=["handle"])
    call.attr["f"].func.name = name
    call.attr["Tin"].list.type.append(RESOURCE)
    call.attr["Tout"].list.type.append(FLOAT)
    return call


def reading(name: str = "read") -> NodeDef:
    node = NodeDef(name=name, op="ReadVariableOp", input=["handle"])
    node.attr["dtype"].type = FLOAT
    return node


def frozen(lab: Any, weights: MemoryTree, graph: GraphDef) -> GraphDef:
    there = lab.open(MemoryTree({"graph.pb": graph.SerializeToString()}))
    return GraphDef.FromString(lab.content_of(lab.freeze(lab.open(weights), graph=there, outputs="y")))


def test_what_a_function_returns_is_read_by_the_new_outputs_name(lab: Any, weights: MemoryTree) -> None:
    graph = graph_calling("f")
    function(graph, "f", reading(), ret="read:value:0")
    (new,) = frozen(lab, weights, graph).library.function
    assert (new.signature.name, new.signature.input_arg[0].type, new.ret["out"]) == ("f_frozen", FLOAT, "read:output:0")
    assert new.node_def[0].op == "Identity"


def test_one_copy_of_a_function_serves_all_variables_of_a_kind(lab: Any, weights: MemoryTree) -> None:
    graph = graph_calling("outer")
    inner = [calling("inner", "one"), calling("inner", "two")]
    function(graph, "outer", *inner, NodeDef(name="sum", op="AddV2", input=["one:output:0", "two:output:0"]), ret="sum:z:0")
    function(graph, "inner", reading(), ret="read:value:0")
    functions = {one.signature.name: one for one in frozen(lab, weights, graph).library.function}
    assert functions.keys() == {"outer_frozen", "inner_frozen"}
    assert {node.attr["f"].func.name for node in functions["outer_frozen"].node_def} == {"inner_frozen", ""}


def test_a_name_that_is_taken_is_left_alone(lab: Any, weights: MemoryTree) -> None:
    graph = graph_calling("f")
    function(graph, "f", reading(), calling("f_frozen"), ret="read:value:0")
    function(graph, "f_frozen", reading("again"), ret="again:value:0")
    assert {one.signature.name for one in frozen(lab, weights, graph).library.function} == {"f_frozen_1", "f_frozen_frozen"}


def test_a_function_that_calls_itself_ends(lab: Any, weights: MemoryTree) -> None:
    graph = graph_calling("f")
    function(graph, "f", calling("f"), reading(), ret="read:value:0")
    (new,) = frozen(lab, weights, graph).library.function
    assert new.node_def[0].attr["f"].func.name == new.signature.name


def test_functions_that_call_too_deep_are_refused(lab: Any, weights: MemoryTree) -> None:
    graph = graph_calling("f0")
    for depth in range(300):
        function(graph, f"f{depth}", calling(f"f{depth + 1}"), ret="call:output:0")
    function(graph, "f300", reading(), ret="read:value:0")
    with pytest.raises(OpUnsupportedError, match="too deep"):
        frozen(lab, weights, graph)


def test_a_function_that_is_missing_is_refused(lab: Any, weights: MemoryTree) -> None:
    with pytest.raises(OpUnsupportedError, match=r"'gone'.*not in the library"):
        frozen(lab, weights, graph_calling("gone"))


def test_an_op_that_changes_a_variable_is_named_with_its_function(lab: Any, weights: MemoryTree) -> None:
    graph = graph_calling("f")
    change = NodeDef(name="count", op="AssignAddVariableOp", input=["handle", "read:value:0"])
    function(graph, "f", reading(), change, ret="read:value:0")
    with pytest.raises(OpUnsupportedError, match=r"'count' \(AssignAddVariableOp\) in the function 'f'") as refused:
        frozen(lab, weights, graph)
    assert refused.value.metadata == {"node": "count", "op": "AssignAddVariableOp", "function": "f"}
    assert "--keep-variables" in refused.value.hint


def test_an_op_that_nobody_knows_is_refused_if_it_takes_a_variable(lab: Any, weights: MemoryTree) -> None:
    graph = graph_calling("f")
    function(graph, "f", NodeDef(name="odd", op="MyOwnOp", input=["handle"]), ret="odd:out:0")
    with pytest.raises(OpUnsupportedError, match="MyOwnOp"):
        frozen(lab, weights, graph)


def test_a_variable_within_a_function_is_refused(lab: Any, weights: MemoryTree) -> None:
    graph = graph_calling("f")
    function(graph, "f", reading(), NodeDef(name="inner", op="VarHandleOp"), ret="read:value:0")
    with pytest.raises(OpUnsupportedError, match="made within the function"):
        frozen(lab, weights, graph)


def test_a_variable_read_as_another_type_is_refused(lab: Any, weights: MemoryTree) -> None:
    graph = graph_calling("f")
    node = reading()
    node.attr["dtype"].type = DataType.DT_INT32
    function(graph, "f", node, ret="read:value:0")
    with pytest.raises(OpUnsupportedError, match="another dtype"):
        frozen(lab, weights, graph)


def test_many_variables_of_one_call_are_followed_in_time_that_grows_with_their_number(lab: Any, weights: MemoryTree) -> None:
    graph, count = GraphDef(), 5000
    for number in range(count):
        variable = graph.node.add(name=f"v{number}", op="VarHandleOp")
        variable.attr["dtype"].type = FLOAT
        variable.attr["shape"].shape.SetInParent()
        variable.attr["shared_name"].s = b"v"
    call = graph.node.add(name="y", op="PartitionedCall", input=[f"v{number}" for number in range(count)])
    call.attr["f"].func.name = "f"
    call.attr["Tin"].list.type.extend([RESOURCE] * count)
    call.attr["Tout"].list.type.append(FLOAT)
    added = function(graph, "f", reading(), ret="read:value:0")
    added.signature.input_arg.extend([type(added.signature.input_arg[0])(name=f"h{at}", type=RESOURCE) for at in range(1, count)])
    result = frozen(lab, weights, graph)
    assert sum(node.op == "Const" for node in result.node) == count
