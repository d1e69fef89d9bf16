"""Graphs that are made to be followed without end: fingerprints give up in little time, and nothing but fingerprints is missing."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfreg.core.fingerprints.computing import fingerprints_of
from tfreg.core.formats.frozen_graph import FrozenGraphFormat
from tfreg.core.records import Fingerprints
from tfreg.core.trees import MemoryTree
from tfreg.wire.graph_pb2 import FunctionDef, GraphDef
from tfreg.wire.tensor_pb2 import DT_FLOAT, DT_STRING

SEED = """
x = Placeholder dtype=float32
w = Const
n = Add(x, w) T=float32
c = f(n, ^x) Tout=[float32]
i = If(c, n) then_branch=@f else_branch=@f
y = Identity(i)
def f(a) -> (o=r:activations:0)
    r = Relu(a)
"""


def fingerprints(graph: GraphDef | bytes) -> Fingerprints:
    tree = MemoryTree({"graph.pb": graph if isinstance(graph, bytes) else graph.SerializeToString()})
    kind = FrozenGraphFormat()
    return fingerprints_of(tree, kind, kind.inspect(tree))


def chain(length: int) -> GraphDef:
    graph = GraphDef()
    graph.node.add(name="n0", op="Placeholder").attr["dtype"].type = DT_FLOAT
    for number in range(1, length):
        graph.node.add(name=f"n{number}", op="Relu", input=[f"n{number - 1}"])
    return graph


def doubling(depth: int) -> GraphDef:
    """Functions that each call the one before twice, one after the other: 2**depth nodes once it is written out."""
    graph = GraphDef()
    graph.node.add(name="x", op="Placeholder").attr["dtype"].type = DT_FLOAT
    for level in range(depth):
        function = _function(graph, f"f{level}")
        inner = "Relu" if level == 0 else f"f{level - 1}"
        argument = "activations" if level == 0 else "o"
        function.node_def.add(name="one", op=inner, input=["a"])
        function.node_def.add(name="two", op=inner, input=[f"one:{argument}:0"])
        function.ret["o"] = f"two:{argument}:0"
    graph.node.add(name="y", op=f"f{depth - 1}", input=["x"])
    graph.node.add(name="z", op="Neg", input=["y"])
    return graph


def _function(graph: GraphDef, name: str) -> FunctionDef:
    function = graph.library.function.add()
    function.signature.name = name
    function.signature.input_arg.add(name="a", type=DT_FLOAT)
    function.signature.output_arg.add(name="o", type=DT_FLOAT)
    return function


def nested_loops(depth: int) -> GraphDef:
    """Loops of control flow v1, each within the one before."""
    graph = GraphDef()
    graph.node.add(name="x", op="Placeholder").attr["dtype"].type = DT_FLOAT
    value = "x"
    for level in range(depth):
        graph.node.add(name=f"enter{level}", op="Enter", input=[value])
        graph.node.add(name=f"merge{level}", op="Merge", input=[f"enter{level}", f"next{level}"])
        value = f"merge{level}"
    for level in reversed(range(depth)):
        graph.node.add(name=f"next{level}", op="NextIteration", input=[value])
        graph.node.add(name=f"exit{level}", op="Exit", input=[f"next{level}"])
        value = f"exit{level}"
    graph.node.add(name="y", op="Neg", input=[value])
    return graph


def many_exits(count: int) -> GraphDef:
    """One loop with as many variables as exits, each of which depends on all of them."""
    graph = GraphDef()
    graph.node.add(name="x", op="Placeholder").attr["dtype"].type = DT_FLOAT
    merges = [f"merge{number}" for number in range(count)]
    graph.node.add(name="all", op="AddN", input=merges)
    for number in range(count):
        graph.node.add(name=f"enter{number}", op="Enter", input=["x"])
        graph.node.add(name=f"merge{number}", op="Merge", input=[f"enter{number}", f"next{number}"])
        graph.node.add(name=f"next{number}", op="NextIteration", input=["all"])
        graph.node.add(name=f"exit{number}", op="Exit", input=[f"merge{number}"])
    graph.node.add(name="y", op="AddN", input=[f"exit{number}" for number in range(count)])
    return graph


def nested_branches(depth: int) -> GraphDef:
    graph = GraphDef()
    graph.node.add(name="x", op="Placeholder").attr["dtype"].type = DT_FLOAT
    for level in range(depth):
        function = _function(graph, f"f{level}")
        node = function.node_def.add(name="n", op="If" if level else "Relu", input=["a", "a"] if level else ["a"])
        if level:
            node.attr["then_branch"].func.name = node.attr["else_branch"].func.name = f"f{level - 1}"
        function.ret["o"] = "n:output:0"
    graph.node.add(name="y", op=f"f{depth - 1}", input=["x"])
    return graph


def wide_loop(count: int) -> GraphDef:
    """A loop of many variables, each of which becomes the next one."""
    graph = GraphDef()
    graph.node.add(name="x", op="Placeholder").attr["dtype"].type = DT_FLOAT
    for name in ("go", "step"):
        function = graph.library.function.add()
        function.signature.name = name
        for number in range(count):
            function.signature.input_arg.add(name=f"a{number}", type=DT_FLOAT)
        for number in range(count if name == "step" else 1):
            function.signature.output_arg.add(name=f"o{number}", type=DT_FLOAT)
            function.ret[f"o{number}"] = f"a{(number + 1) % count}"
    loop = graph.node.add(name="loop", op="While", input=["x"] * count)
    loop.attr["cond"].func.name, loop.attr["body"].func.name = "go", "step"
    graph.node.add(name="y", op="AddN", input=[f"loop:{number}" for number in range(count)])
    return graph


def wide_calls(calls: int, outputs: int) -> GraphDef:
    """Calls one after the other of a function with many outputs that are all one tensor."""
    graph = GraphDef()
    graph.node.add(name="x", op="Placeholder").attr["dtype"].type = DT_FLOAT
    function = _function(graph, "f")
    function.node_def.add(name="n", op="Relu", input=["a"])
    function.ret["o"] = "n:activations:0"
    for number in range(outputs):
        function.signature.output_arg.add(name=f"o{number}", type=DT_FLOAT)
        function.ret[f"o{number}"] = "n:activations:0"
    for number in range(calls):
        graph.node.add(name=f"c{number}", op="f", input=[f"c{number - 1}:{number % outputs}" if number else "x"])
    graph.node.add(name="y", op="Neg", input=[f"c{calls - 1}"])
    return graph


def splats(count: int) -> GraphDef:
    """Constants that claim billions of elements, of which one is written."""
    graph = GraphDef()
    graph.node.add(name="x", op="Placeholder").attr["dtype"].type = DT_FLOAT
    for number in range(count):
        node = graph.node.add(name=f"c{number}", op="Const")
        tensor = node.attr["value"].tensor
        tensor.dtype = DT_STRING if number % 2 else DT_FLOAT
        tensor.tensor_shape.dim.add(size=1 << 40)
        tensor.tensor_shape.dim.add(size=1 << 40)
        if number % 2:
            tensor.string_val.append(b"a")
        else:
            tensor.float_val.append(1.0)
    graph.node.add(name="y", op="AddN", input=["x", *(f"c{number}" for number in range(count))])
    return graph


@pytest.mark.parametrize(
    ("graph", "has_program"),
    [
        (lambda: chain(10_000), True),
        (lambda: doubling(60), False),
        (lambda: doubling(900), False),
        (lambda: nested_loops(4), True),
        (lambda: nested_loops(40), False),
        (lambda: nested_loops(2_000), False),
        (lambda: many_exits(400), False),
        (lambda: nested_branches(900), True),
        (lambda: nested_branches(1_500), False),
        (lambda: wide_loop(40), True),
        (lambda: wide_loop(4_000), False),
        (lambda: wide_calls(3_000, 4_000), False),
        (lambda: splats(50), True),
    ],
    ids=[
        "chain",
        "doubling-60",
        "doubling-900",
        "loops-4",
        "loops-40",
        "loops-2000",
        "exits",
        "branches-900",
        "branches-1500",
        "wide-40",
        "wide-4000",
        "calls",
        "splats",
    ],
)
def test_a_hostile_graph_costs_little_time_and_memory(graph: Callable[[], GraphDef], *, has_program: bool) -> None:
    content = graph().SerializeToString()
    before_s = time.process_time()
    found = fingerprints(content)
    assert time.process_time() - before_s < 25
    assert bool(found.program) == has_program
    tracemalloc.start()
    fingerprints(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 << 20


def test_a_chain_of_100_000_nodes_has_a_program() -> None:
    assert fingerprints(chain(100_000)).program


@settings(max_examples=60)
@given(st.data())
def test_flipped_bytes_change_the_answer_and_nothing_else(graph_def: Callable[[str], GraphDef], data: st.DataObject) -> None:
    content = bytearray(graph_def(SEED).SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert isinstance(fingerprints(bytes(content)), Fingerprints)


def test_a_graph_cut_at_every_byte_raises_nothing(graph_def: Callable[[str], GraphDef]) -> None:
    content = graph_def(SEED).SerializeToString()
    for end in range(len(content)):
        assert isinstance(fingerprints(content[:end]), Fingerprints)
