"""Graphs read from bytes: the same as the parsed message, without the values of constants, and never more than asked for."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.errors import GraphUnreadableError
from tfreg.core.graphs.graph import Graph
from tfreg.core.graphs.reading import graph_of, read_graph
from tfreg.core.graphs.spans import SMALL_BYTES
from tfreg.core.trees import BytesReader
from tfreg.wire.graph_pb2 import FunctionDef, GraphDef, NodeDef

Parse = Callable[[str], GraphDef]

TEXT = """
x = Placeholder dtype=float32 shape=[?,4]
call = PartitionedCall(x, x, ^go) f=@double Tout=[float32]
go = NoOp
def double(a, b) -> (y=mul:z:0) !print # _noinline=true
    mul = Mul(a, a) T=float32
    print = PrintV2(b)
def other(a) -> (y=a)
"""


class WatchedReader(BytesReader):
    """Counts what is read, and knows whether it was closed."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.read_bytes = 0
        self.closed = False

    def read_at(self, offset: int, length: int) -> bytes:
        content = super().read_at(offset, length)
        self.read_bytes += len(content)
        return content

    def __exit__(self, *_: object) -> None:
        self.closed = True


def read(content: bytes) -> Graph:
    return read_graph(BytesReader(content), 0, len(content))


def described(graph: Graph) -> Any:
    def nodes(of: Any) -> list[Any]:
        return [
            (
                node.name,
                node.op,
                node.inputs,
                node.device,
                {key: value.SerializeToString() for key, value in sorted(node.attr.items())},
            )
            for node in of.values()
        ]

    functions = {
        name: (f.name, f.input_names, f.output_names, dict(f.ret), f.control_ret, sorted(f.attr), nodes(f.nodes))
        for name, f in graph.functions.items()
    }
    return nodes(graph.nodes), functions, graph.ops()


def test_bytes_and_message_give_the_same_graph(graph_def: Parse) -> None:
    message = graph_def(TEXT)
    found = described(read(message.SerializeToString()))
    assert found == described(graph_of(message))
    assert found[1]["double"][:6] == ("double", ("a", "b"), ("y",), {"y": "mul:z:0"}, ("print",), ["_noinline"])
    assert found[2] == {"Placeholder", "PartitionedCall", "NoOp", "Mul", "PrintV2"}


def test_a_graph_can_be_a_part_of_a_file(graph_def: Parse) -> None:
    content = graph_def(TEXT).SerializeToString()
    graph = read_graph(BytesReader(b"before" + content + b"after"), 6, 6 + len(content))
    assert list(graph.nodes) == ["x", "call", "go"]
    assert graph.nodes["call"].inputs == ("x", "x", "^go")


def test_of_a_large_constant_type_and_shape_are_known_but_not_the_value(graph_def: Parse) -> None:
    message = graph_def("k = Const(^x) dtype=float32\nx = NoOp")
    tensor = message.node[0].attr["value"].tensor
    tensor.dtype, tensor.tensor_content = 1, b"\1" * (8 << 20)
    tensor.tensor_shape.dim.add(size=2 << 20)
    message.library.function.add().node_def.add().CopyFrom(message.node[0])
    graph = read(message.SerializeToString())
    for node in (graph.nodes["k"], graph.functions[""].nodes["k"]):
        assert (node.op, node.inputs) == ("Const", ("^x",))
        found = node.attr["value"].tensor
        assert (found.dtype, found.tensor_shape.dim[0].size, found.tensor_content) == (1, 2 << 20, b"")


def test_reading_reads_no_value_of_a_large_constant(graph_def: Parse) -> None:
    message = graph_def("k = Const dtype=float32")
    message.node[0].attr["value"].tensor.tensor_content = b"\1" * (64 << 20)
    reader = WatchedReader(message.SerializeToString())
    graph = read_graph(reader, 0, reader.size_bytes)
    assert graph.nodes["k"].attr["dtype"].type == 1
    assert reader.read_bytes < 16 << 20


def test_a_graph_closes_its_file_and_so_does_a_failure(graph_def: Parse) -> None:
    reader = WatchedReader(graph_def(TEXT).SerializeToString())
    with read_graph(reader, 0, reader.size_bytes) as graph:
        assert graph.nodes["go"].op == "NoOp"
        assert not reader.closed
    assert reader.closed
    broken = WatchedReader(b"\x0a\xff")
    with pytest.raises(GraphUnreadableError):
        read_graph(broken, 0, broken.size_bytes)
    assert broken.closed


def test_of_two_nodes_of_one_name_the_first_counts(graph_def: Parse) -> None:
    message = graph_def("x = NoOp\nx = Placeholder")
    assert described(read(message.SerializeToString())) == described(graph_of(message))


@pytest.mark.parametrize("length", [1, 127, 128, 300, SMALL_BYTES])
def test_names_of_any_length_are_read(length: int) -> None:
    message = GraphDef(node=[NodeDef(name="n" * length, op="o" * length)])
    assert read(message.SerializeToString()).nodes.op_of("n" * length) == "o" * length


def test_fields_may_come_in_any_order() -> None:
    node = NodeDef(op="Placeholder").SerializeToString() + NodeDef(name="x").SerializeToString()
    function = (
        FunctionDef(node_def=[NodeDef(name="y")]).SerializeToString() + FunctionDef(signature={"name": "f"}).SerializeToString()
    )
    content = b"\x12" + bytes((len(function) + 2, 0x0A, len(function))) + function + b"\x0a" + bytes((len(node),)) + node
    graph = read(content)
    assert graph.nodes.op_of("x") == graph.nodes["x"].op == "Placeholder"
    assert list(graph.functions["f"].nodes) == ["y"]


def test_a_name_that_is_no_text_is_a_damaged_graph() -> None:
    with pytest.raises(GraphUnreadableError):
        read(b"\x0a\x08\x0a\x02\xff\xfe\x12\x02ab")


@given(st.data())
def test_damaged_bytes_are_told_and_never_crash(graph_def: Parse, data: st.DataObject) -> None:
    content = bytearray(graph_def(TEXT).SerializeToString())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(GraphUnreadableError):
        described(read(bytes(content[: data.draw(st.integers(0, len(content)))])))


def test_a_graph_of_400_000_nodes_is_read_in_little_time() -> None:
    import time

    nodes = (
        NodeDef(name=f"scope_{i % 100}/node_{i}", op="Identity", input=[f"scope_{(i - 1) % 100}/node_{i - 1}"])
        for i in range(400_000)
    )
    content = b"".join(b"\x0a" + bytes((len(one),)) + one for one in (node.SerializeToString() for node in nodes))
    start = time.perf_counter()
    graph = read(content)
    elapsed_s = time.perf_counter() - start
    assert len(graph.nodes) == 400_000
    assert elapsed_s < 60, elapsed_s  # 0.7 s on a machine that has nothing else to do
