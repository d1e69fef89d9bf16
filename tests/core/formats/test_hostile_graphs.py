"""Graphs, MetaGraphDefs and SavedModels that were made to cost: each is read in about a second and little memory, or told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfreg.core.formats.graph_scan import scan_graph
from tfreg.core.formats.registry import recognise
from tfreg.core.layouts import Span
from tfreg.core.trees import BytesReader, MemoryTree
from tfreg.wire.graph_pb2 import GraphDef, NodeDef
from tfreg.wire.saved_model_pb2 import SavedModel

MEASURED = """
import resource, sys
from tfreg.core.formats.registry import recognise
from tfreg.core.trees import LocalTree
def used():
    hwm = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(hwm) / 1024, resource.getrusage(resource.RUSAGE_SELF).ru_utime
import tfreg.wire.saved_model_pb2, google.protobuf.text_format, tfreg.core.formats.keras_metadata, tfreg.core.graphs.reading
memory, seconds = used()
tree = LocalTree(sys.argv[1])
problems = recognise(tree).inspect(tree).problems
after = used()
print(after[0] - memory, after[1] - seconds, *sorted({problem.code for problem in problems}))
"""
MAY_PASS = ("unsafe", "none", "nested", "endless")
LIMIT_S = 30
"""Each takes less than a second on a quiet machine; without limits on what is read, minutes."""


def measured(path: Path) -> tuple[float, float, set[str]]:
    """Memory in MiB above what an idle process has, CPU seconds, and codes of the problems, in a process of its own."""
    found = subprocess.run([sys.executable, "-c", MEASURED, str(path)], capture_output=True, text=True, check=True, timeout=60)
    memory_mib, seconds, *codes = found.stdout.split()
    return float(memory_mib), float(seconds), set(codes)


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def field(number: int, payload: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(payload)) + payload


NODE = field(1, field(1, b"x") + field(2, b"NoOp"))
TINY_FUNCTION = field(1, field(1, field(1, b"f")))
GRAPHS = {
    "ten million empty nodes": NODE + b"\x0a\x00" * 10_000_000,
    "millions of nodes without op": NODE + field(1, field(1, b"")) * 3_000_000,
    "millions of nodes with the op before the name": NODE + field(1, field(2, b"NoOp") + field(1, b"y")) * 1_000_000,
    "millions of nodes of an unsafe op": NODE + field(1, field(1, b"y") + field(2, b"ReadFile")) * 1_500_000,
    "millions of nodes of a condition that never holds": NODE + field(1, field(1, b"y") + field(2, b"DebugIdentity")) * 1_500_000,
    "millions of fields that are no nodes": NODE + b"\x1a\x00" * 5_000_000,
    "millions of numbers": NODE + b"\x18\x01" * 5_000_000,
    "a million functions": NODE + field(2, TINY_FUNCTION * 1_000_000),
    "a million empty functions": NODE + field(2, b"\x0a\x00" * 1_000_000),
    "functions within one library after another": NODE + field(2, TINY_FUNCTION) * 500_000,
    "a library of empty gradients": NODE + field(2, b"\x12\x00" * 5_000_000),
    "a function whose signature has no name": NODE + field(2, field(1, field(1, b"\x12\x00" * 5_000_000))),
    "a node of empty inputs and no op": NODE + field(1, b"\x1a\x00" * 5_000_000),
    "endless versions": NODE + field(4, b"\x08\x01" * 5_000_000),
    "nodes nested as attributes": NODE + field(1, field(1, b"y") + field(2, b"Const") + b"\x2a\x80\x10" * 20_000),
    "a million ops": NODE + b"".join(field(1, field(1, b"y") + field(2, b"op%d" % n)) for n in range(300_000)),
    "a node that claims a terabyte": NODE + b"\x0a\x80\x80\x80\x80\x80\x20" + bytes(100),
    "constants that are none": NODE + field(1, field(1, b"y") + field(2, b"Const") + bytes([0x1A, 0x00]) * 600) * 3_000,
}


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_made_to_cost_costs_little(name, tmp_path):
    (tmp_path / "g.pb").write_bytes(GRAPHS[name])
    memory_mib, seconds, codes = measured(tmp_path / "g.pb")
    assert memory_mib < 64
    assert seconds < LIMIT_S
    assert codes & {"TFR101", "TFR104"} or "no" in name.split() or any(word in name for word in MAY_PASS)


def saved_model(meta_graph: bytes) -> bytes:
    return b"\x08\x01" + field(2, meta_graph)


CHILD = field(1, b"\x08\x00" + field(2, b"a"))
SAVED_MODELS = {
    "ten million empty nodes in each of many graphs": saved_model(field(2, b"\x0a\x00" * 1_000_000)) * 10,
    "objects that are their own children": saved_model(field(7, field(1, CHILD * 100_000) * 20)),
    "millions of empty objects": saved_model(field(7, b"\x0a\x00" * 5_000_000)),
    "millions of unknown parts": saved_model(field(7, b"\x1a\x00" * 5_000_000)),
    "a version a million times": b"\x08\x01" * 5_000_000,
    "meta info without end": saved_model(field(1, b"\x12\x00" * 5_000_000)),
    "a signature without a key": saved_model(field(5, b"\x1a\x00" * 5_000_000)),
    "millions of traces": saved_model(field(7, b"\x12\x00" * 3_000_000)),
    "a trace nested a hundred thousand deep": saved_model(field(7, field(2, b"\x12\x80\x80\x01" * 60_000))),
    "millions of collections": saved_model(field(4, b"") * 3_000_000),
    "millions of tags": saved_model(field(1, field(4, b"")) * 2_000_000),
    "graphs cut into pieces": saved_model(field(2, b"") * 3_000_000),
    "many meta graphs": b"\x08\x01" + field(2, b"") * 3_000_000,
}


@pytest.mark.parametrize("name", SAVED_MODELS)
def test_a_saved_model_made_to_cost_costs_little(name, tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(SAVED_MODELS[name])
    (tmp_path / "fingerprint.pb").write_bytes(b"\x10\x01")
    memory_mib, seconds, _ = measured(tmp_path)
    assert memory_mib < 64
    assert seconds < LIMIT_S


TEXTS = {
    "nested a hundred thousand deep": b"node { attr { value { " + b"list { func { attr { value { " * 100_000,
    "a million messages": b"node {} " * 1_100_000,
    "angle brackets": b"node < > " * 1_100_000,
    "one endless string": b'node { name: "' + b"a" * 5_000_000,
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_made_to_cost_is_told(name, tmp_path):
    (tmp_path / "g.pbtxt").write_bytes(TEXTS[name])
    memory_mib, seconds, codes = measured(tmp_path / "g.pbtxt")
    assert memory_mib < 64
    assert seconds < LIMIT_S
    assert codes & {"TFR101", "TFR104"}


def test_functions_that_call_each_other_in_circles_are_scanned():
    graph = GraphDef(node=[{"name": "start", "op": "f0"}])
    for number in range(1000):
        function = graph.library.function.add()
        function.signature.name = f"f{number}"
        function.node_def.add(name="next", op=f"f{(number + 1) % 1000}")
        function.node_def.add(name="bad", op="PyFunc")
    tree = MemoryTree({"g.pb": graph.SerializeToString()})
    found = recognise(tree).inspect(tree)
    assert {problem.code for problem in found.problems} == {"TFR402"}
    assert found.meta_graphs[0].function_count == 1000


def scanned(content: bytes) -> tuple[int, frozenset[str], bool]:
    found = scan_graph(BytesReader(content), "g.pb", [Span(0, len(content))])
    return found.node_count, found.ops, found.fault is None


nodes = st.builds(
    lambda name, op, inputs, device: NodeDef(name=name, op=op, input=inputs, device=device).SerializeToString(),
    st.text(max_size=300),
    st.text(min_size=1, max_size=150),
    st.lists(st.text(max_size=50), max_size=5),
    st.text(max_size=2000),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(nodes, max_size=30), st.integers(0, 5000))
def test_what_the_fast_way_finds_is_what_a_parser_finds(parts, padding):
    """Nodes of all lengths, at all places of the windows that the file is read in."""
    content = b"".join(field(1, b"\x0a\x01p\x12\x03Pad" + field(4, b"d" * padding)) + field(1, part) for part in parts)
    graph = GraphDef.FromString(content)
    assert scanned(content) == (len(graph.node), frozenset(node.op for node in graph.node), True)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_where_a_parser_fails_the_scan_may_see_more_but_never_raises(content):
    scanned(content)
    scanned(NODE * 3 + content)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_saved_model_with_flipped_bytes_is_inspected(data):
    model = SavedModel(saved_model_schema_version=1)
    meta_graph = model.meta_graphs.add()
    meta_graph.meta_info_def.tags.append("serve")
    meta_graph.graph_def.node.add(name="x", op="Placeholder")
    meta_graph.signature_def["s"].inputs["x"].composite_tensor.components.add(name="x:0")
    content = bytearray(model.SerializeToString())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    tree = MemoryTree({"saved_model.pb": bytes(content), "keras_metadata.pb": bytes(content), "fingerprint.pb": bytes(content)})
    recognise(tree).inspect(tree)


FLOATS = bytes(range(256)) * 16
VALUE = field(8, b"\x08\x01" + field(2, field(2, b"\x08\x80\x08")) + field(4, FLOATS))  # float32 [1024]


@pytest.mark.parametrize(
    ("attributes", "listed"),
    [
        (field(5, field(1, b"value") + field(2, VALUE)), 1),
        (2 * field(5, field(1, b"value") + field(2, VALUE)), 0),
        (field(5, field(1, b"value") + 2 * field(2, VALUE)), 0),
        (field(5, field(1, b"value") + field(2, VALUE + VALUE)), 0),
        (field(5, field(1, b"value") + field(2, VALUE + b"\x30\x01")), 0),
        (field(5, field(1, b"value") + field(2, field(8, b"\x08\x01" + field(4, FLOATS) + field(5, FLOATS)))), 0),
    ],
)
def test_a_constant_that_says_its_value_twice_has_no_place(attributes: bytes, listed: int) -> None:
    """Parsers take the last one, or join both: which bytes are the value would be a guess."""
    node = field(1, b"c") + field(2, b"Const") + attributes
    tree = MemoryTree({"g.pb": field(1, node) + field(1, field(1, b"y") + field(2, b"Identity") + field(3, b"c"))})
    assert len(recognise(tree).inspect(tree).tensors) == listed
