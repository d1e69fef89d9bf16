"""A node that protobuf cannot parse is told, by its name where that can be read, wherever in a graph it stands."""

from __future__ import annotations

import time

import pytest

from tfreg.core.codecs.varint import encode
from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.formats.registry import recognise
from tfreg.core.trees import MemoryTree
from tfreg.wire.graph_pb2 import FunctionDef, GraphDef, NodeDef

DAMAGED = b"\x0a\x03bad\x12\x04Relu\x2a\x05\x0a\x01T\x12\x09"  # an attribute whose value passes its end


def field(number: int, payload: bytes) -> bytes:
    return bytes([number << 3 | 2]) + encode(len(payload)) + payload


def plain(count: int) -> bytes:
    return GraphDef(node=[{"name": f"n{number}", "op": "Relu"} for number in range(count)]).SerializeToString()


def told(content: bytes) -> list[Diagnostic]:
    tree = MemoryTree({"g.pb": content})
    return [problem for problem in recognise(tree).inspect(tree).problems if problem.code == "TFR103"]


@pytest.mark.parametrize("before", [1, 100, 50_000])
def test_the_node_is_named_among_any_number_of_others(before):
    (problem,) = told(plain(before) + field(1, DAMAGED) + plain(10))
    assert (problem.severity, problem.place.operation, problem.place.file) == (Severity.ERROR, "bad", "g.pb")


def test_a_node_of_a_function_is_told_with_the_function():
    function = FunctionDef(signature={"name": "f"}).SerializeToString() + field(3, DAMAGED)
    (problem,) = told(plain(1) + field(2, field(1, function)))
    assert (problem.place.operation, problem.place.function) == ("bad", "f")


def test_a_name_that_is_no_text_is_told_as_far_as_it_goes():
    (problem,) = told(plain(1) + field(1, b"\x0a\x03b\xffd\x12\x04Relu"))
    assert problem.place.operation == "b\ufffdd"


def test_of_a_large_constant_all_but_its_bytes_is_parsed():
    node = NodeDef(name="c", op="Const")
    node.attr["value"].tensor.dtype = 1
    node.attr["value"].tensor.tensor_content = bytes(1 << 20)
    node.attr["value"].tensor.tensor_shape.dim.add(size=1 << 18)
    whole = node.SerializeToString()
    assert told(plain(1) + field(1, whole)) == []
    assert [problem.place.operation for problem in told(plain(1) + field(1, whole + b"\x2a\x05\x0a\x01T\x12\x09"))] == ["c"]
    assert [problem.place.operation for problem in told(plain(1) + field(1, whole + b"\x22\x01\xff"))] == ["c"]


def test_of_many_the_first_three_are_told_and_no_time_is_spent_on_the_others():
    content = plain(1) + 200_000 * field(1, DAMAGED)
    start = time.perf_counter()
    assert len(told(content)) == 3
    assert time.perf_counter() - start < 10
