"""Nodes as a list: filtered, from any position on, with attributes as short texts."""

from __future__ import annotations

import time
from itertools import islice

import pytest

from tfreg.core.graphs.graph import Graph
from tfreg.core.graphs.listing import ListedNode, NodeFilter, NodePosition, attribute_text, list_nodes
from tfreg.core.graphs.reading import read_graph
from tfreg.core.trees import BytesReader
from tfreg.wire.graph_pb2 import AttrValue, FunctionDef, GraphDef, NodeDef
from tfreg.wire.tensor_pb2 import DT_FLOAT, DT_STRING, TensorProto, TensorShapeProto


def graph_of(message: GraphDef) -> Graph:
    content = message.SerializeToString()
    return read_graph(BytesReader(content), 0, len(content))


def listed(graph: Graph, wanted: NodeFilter = NodeFilter(), start: NodePosition = NodePosition()) -> list[ListedNode]:  # noqa: B008
    return [read() for _, read in list_nodes(graph, wanted, start)]


@pytest.fixture
def graph() -> Graph:
    message = GraphDef()
    message.node.add(name="x", op="Placeholder", attr={"dtype": AttrValue(type=DT_FLOAT)})
    message.node.add(name="loss/y", op="Neg", input=["x"], device="/GPU:0", attr={"T": AttrValue(type=DT_FLOAT)})
    message.node.add(name="loss/z", op="double", input=["loss/y", "^x"])
    body = [NodeDef(name="twice", op="AddV2", input=["a", "a"], attr={"T": AttrValue(type=DT_FLOAT)})]
    function = FunctionDef(node_def=body, ret={"b": "twice:z:0"})
    function.signature.name = "double"
    function.signature.input_arg.add(name="a", type=DT_FLOAT)
    function.signature.output_arg.add(name="b", type=DT_FLOAT)
    message.library.function.append(function)
    return graph_of(message)


def test_nodes_come_in_the_files_order_with_what_they_say(graph: Graph) -> None:
    x, y, z = listed(graph)
    assert (x.name, x.op, x.attributes, [str(output.ref) for output in x.outputs]) == (
        "x", "Placeholder", {"dtype": "float32"}, ["x:0"],
    )  # fmt: skip
    assert (y.inputs, y.device, y.outputs[0].dtype) == (("x",), "/GPU:0", "float32")
    assert z.inputs == ("loss/y", "^x")


def test_they_are_filtered_by_op_and_by_the_start_of_the_name(graph: Graph) -> None:
    assert [node.name for node in listed(graph, NodeFilter(frozenset({"Neg", "Placeholder"})))] == ["x", "loss/y"]
    assert [node.name for node in listed(graph, NodeFilter(prefix="loss/"))] == ["loss/y", "loss/z"]
    assert [node.name for node in listed(graph, NodeFilter(frozenset({"Neg"}), "x"))] == []


def test_nodes_of_functions_follow_those_of_the_top_level(graph: Graph) -> None:
    nodes = listed(graph, NodeFilter(with_functions=True))
    assert [(node.function, node.name) for node in nodes][-2:] == [("", "loss/z"), ("double", "twice")]


def test_a_list_goes_on_from_any_position(graph: Graph) -> None:
    wanted = NodeFilter(with_functions=True)
    everything = list(list_nodes(graph, wanted, NodePosition()))
    for count, (position, _) in enumerate(everything):
        rest = listed(graph, wanted, position)
        assert [node.name for node in rest] == [read().name for _, read in everything[count:]]


def test_400_000_nodes_are_paged_through_in_little_time() -> None:
    nodes = (f"\x0a\x07{number:07}\x12\x04NoOp".encode() for number in range(400_000))
    content = b"".join(b"\x0a" + bytes([len(node)]) + node for node in nodes)
    graph = read_graph(BytesReader(content), 0, len(content))
    started_s, position, count = time.process_time(), NodePosition(), 0
    while page := list(islice(list_nodes(graph, NodeFilter(), position), 1000)):
        count += len(page)
        assert page[-1][1]().name == f"{count - 1:07}"
        position = NodePosition(-1, page[-1][0].node + 1)
    assert count == 400_000
    assert time.process_time() - started_s < 60


def tensor(**fields: object) -> AttrValue:
    return AttrValue(tensor=TensorProto(**fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (AttrValue(s=b"SAME"), "'SAME'"),
        (AttrValue(i=-3), "-3"),
        (AttrValue(b=True), "true"),
        (AttrValue(f=0.5), "0.5"),
        (AttrValue(type=DT_STRING), "string"),
        (AttrValue(shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=-1), TensorShapeProto.Dim(size=3)])), "[?, 3]"),
        (AttrValue(list=AttrValue.ListValue(i=[1, 2])), "[1, 2]"),
        (AttrValue(list=AttrValue.ListValue()), "[]"),
        (AttrValue(func={"name": "f"}), "f"),
        (tensor(dtype=DT_FLOAT, float_val=[1.5]), "float32 [] 1.5"),
        (tensor(dtype=DT_FLOAT, tensor_content=b"1234" * 100), "float32 []"),
        (AttrValue(), ""),
    ],
)
def test_attributes_are_short_texts(value: AttrValue, text: str) -> None:
    assert attribute_text(value) == text


def test_a_long_attribute_is_cut() -> None:
    assert len(attribute_text(AttrValue(list=AttrValue.ListValue(s=[b"x" * 1000] * 50)))) <= 400
    assert attribute_text(AttrValue(list=AttrValue.ListValue(i=range(30)))).endswith("and 10 more]")
