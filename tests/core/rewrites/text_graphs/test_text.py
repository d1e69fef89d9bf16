"""Graphs as text and back: nothing is lost, and nothing is held in memory."""

from __future__ import annotations

import struct
import tracemalloc
from pathlib import Path

import pytest
from google.protobuf import text_format
from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.codecs.varint import encode
from tfreg.core.conversions.converting import source_of
from tfreg.core.conversions.options import ConversionOptions, NamedTensor
from tfreg.core.errors import GraphUnreadableError
from tfreg.core.files import FileTree
from tfreg.core.formats.frozen_graph import FrozenGraphFormat
from tfreg.core.inspections import Signature
from tfreg.core.records import DeclaredSignature
from tfreg.core.rewrites import frozen_graph_to_binary, frozen_graph_to_text
from tfreg.core.rewrites.graphs.framing import field
from tfreg.core.rewrites.pieces import Computed, RewrittenTree, Slice, chunks_of
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten, Source
from tfreg.core.rewrites.text_graphs.literals import double_text, escaped, escaped_length, float_text
from tfreg.core.rewrites.text_graphs.writing import graph_text
from tfreg.core.tensors import TensorRef, TensorSpec
from tfreg.core.trees import LocalTree, MemoryTree
from tfreg.wire.graph_pb2 import FullTypeId, GraphDef
from tfreg.wire.tensor_pb2 import DT_FLOAT, DT_INT64, DT_UINT8, TensorProto

TEXT, BINARY = "frozen_graph.pbtxt", "frozen_graph.pb"
GRAPHS = (
    "frozen_tf1.pb",
    "frozen_tf1.pbtxt",
    "frozen_functions.pb",
    "frozen_keras.pb",
    "same_keras_frozen.pb",
    "frozen_large_const.pb",
    "frozen_whole_training.pb",
    "frozen_iterator.pb",
    "release_1_15_frozen.pb",
    "unsafe_frozen.pb",
)


def _source(tree: FileTree, declared: tuple[DeclaredSignature, ...] = ()) -> Source:
    kind = FrozenGraphFormat()
    return source_of(tree, kind, kind.inspect(tree), declared)


def _rewritten(module, tree: FileTree, **said: object) -> Rewritten:
    return module.rewrite(RewriteRequest(_source(tree), "", ConversionOptions(**said)))


def _content(tree: RewrittenTree, path: str) -> bytes:
    content = b"".join(chunks_of(tree.pieces(path)))
    assert len(content) == tree.files()[0].size_bytes
    return content


def _graph(file: Path) -> GraphDef:
    if file.suffix == ".pbtxt":
        return text_format.Parse(file.read_text(), GraphDef(), allow_unknown_field=True)
    return GraphDef.FromString(file.read_bytes())


def _of(graph: GraphDef) -> MemoryTree:
    return MemoryTree({"graph.pb": graph.SerializeToString()})


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_is_the_same_after_text_and_back(name, models):
    text = _rewritten(frozen_graph_to_text, LocalTree(models / name)).tree
    binary = _rewritten(frozen_graph_to_binary, text).tree

    assert GraphDef.FromString(_content(binary, BINARY)) == _graph(models / name)
    assert text_format.Parse(_content(text, TEXT).decode(), GraphDef()) == _graph(models / name)


@pytest.mark.tensorflow
@pytest.mark.xdist_group("tensorflow")
@pytest.mark.parametrize("name", [name for name in GRAPHS if name.endswith(".pb")])
def test_tensorflow_reads_the_text_as_the_same_graph(name, models):
    from tensorflow.core.framework.graph_pb2 import GraphDef as TheirGraph

    text = _rewritten(frozen_graph_to_text, LocalTree(models / name)).tree

    assert text_format.Parse(_content(text, TEXT).decode(), TheirGraph()) == TheirGraph.FromString((models / name).read_bytes())


@given(st.binary(max_size=600))
def test_bytes_are_escaped_one_by_one_and_read_back(content: bytes):
    literal = escaped(content)

    assert escaped_length(content) == len(literal)
    tensor = text_format.Parse(b'tensor_content: "' + literal + b'"', TensorProto())
    assert tensor.tensor_content == content


@given(st.integers(0, (1 << 32) - 1))
def test_a_float32_is_read_back_bit_by_bit(bits: int):
    (value,) = struct.unpack("<f", struct.pack("<I", bits))
    (read,) = text_format.Parse(b"float_val: " + float_text(bits), TensorProto()).float_val
    assert (value != value and read != read) or struct.pack("<f", read) == struct.pack("<f", value)  # noqa: PLR0124  # not a number


@given(st.floats(allow_nan=False))
def test_a_float64_is_read_back_bit_by_bit(value: float):
    text = double_text(int.from_bytes(struct.pack("<d", value), "little"))
    assert struct.pack("<d", text_format.Parse(b"double_val: " + text, TensorProto()).double_val[0]) == struct.pack("<d", value)


def test_a_float_is_written_in_as_few_digits_as_it_needs():
    def text(value: float) -> bytes:
        return float_text(int.from_bytes(struct.pack("<f", value), "little"))

    assert [text(value) for value in (0.1, 1.0, -0.0, 16777217.0, 3.4028234663852886e38)] == [
        b"0.1",
        b"1",
        b"-0",
        b"16777216",
        b"3.4028235e+38",
    ]


def _long_graph() -> GraphDef:
    graph = GraphDef()
    raw = graph.node.add(name="raw", op="Const").attr["value"].tensor
    raw.dtype, raw.tensor_content = DT_UINT8, bytes(range(256)) * (12 << 10)
    numbers = graph.node.add(name="numbers", op="Const").attr["value"].tensor
    numbers.dtype = DT_INT64
    numbers.int64_val.extend(number * 7919 for number in range(-150_000, 150_000))
    reals = graph.node.add(name="reals", op="Const").attr["value"].tensor
    reals.dtype = DT_FLOAT
    reals.float_val.extend(number / 7 for number in range(100_000))
    for number in range(2_000):
        graph.node.add(name=f"n{number}", op="NoOp", input=["^raw"])
    return graph


def test_long_values_are_computed_in_blocks_that_can_be_read_from_anywhere():
    graph = _long_graph()

    tree = RewrittenTree({TEXT: graph_text(_of(graph), "graph.pb").pieces})

    content = _content(tree, TEXT)
    assert text_format.Parse(content.decode(), GraphDef()) == graph
    assert max(piece.length_bytes for piece in tree.pieces(TEXT)) < 40 << 20
    assert any(isinstance(piece, Computed) for piece in tree.pieces(TEXT))
    with tree.open(TEXT) as reader:
        for offset in (0, 3 << 20, 7_654_321, len(content) - 10):
            assert reader.read_at(offset, 1000) == content[offset : offset + 1000]


def test_many_short_nodes_do_not_fill_the_memory(tmp_path):
    node = field(1, field(1, b"some/name/of/a/node") + field(2, b"NoOp") + field(3, b"^another/node") * 20)
    (tmp_path / "graph.pb").write_bytes(node * 60_000)
    tracemalloc.start()
    try:
        pieces = graph_text(LocalTree(tmp_path / "graph.pb"), "graph.pb").pieces
        length = sum(len(chunk) for chunk in chunks_of(pieces))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert length == sum(piece.length_bytes for piece in pieces) > 30 << 20
    assert peak < 40 << 20


def test_types_and_origins_of_nodes_are_kept():
    graph = GraphDef()
    node = graph.node.add(name="x", op="NoOp")
    node.experimental_type.type_id = FullTypeId.TFT_PRODUCT
    node.experimental_type.args.add(s="t")
    node.experimental_debug_info.original_node_names.append("before")

    text = _rewritten(frozen_graph_to_text, _of(graph)).tree

    assert GraphDef.FromString(_content(_rewritten(frozen_graph_to_binary, text).tree, BINARY)) == graph


def test_a_field_without_a_name_is_told():
    node = field(1, field(1, b"x") + field(2, b"NoOp") + field(99, b"?"))

    made = _rewritten(frozen_graph_to_text, MemoryTree({"graph.pb": node}))

    assert [note.message for note in made.notes] == [
        "Fields that have no name here are not in the text: NodeDef.99 (message and number)."
    ]


def test_a_node_that_cannot_be_read_is_an_error_and_not_left_out():
    node = field(1, field(1, b"x") + encode(2 << 3 | 2) + b"\x01\xff")
    with pytest.raises(GraphUnreadableError, match="NodeDef that cannot be read"):
        graph_text(MemoryTree({"graph.pb": node}), "graph.pb")


def test_binary_form_is_taken_over_as_it_lies(models):
    tree = _rewritten(frozen_graph_to_binary, LocalTree(models / "frozen_large_const.pb")).tree

    assert _content(tree, BINARY) == (models / "frozen_large_const.pb").read_bytes()
    assert any(isinstance(piece, Slice) for piece in tree.pieces(BINARY))


def _signature() -> DeclaredSignature:
    def tensor(name: str) -> tuple[TensorSpec, ...]:
        return (TensorSpec(name, TensorRef(name), "float32", None),)

    return DeclaredSignature((), Signature("mean", "m", tensor("x"), tensor("mean"), declared=True), ("init",))


@pytest.mark.parametrize("module", [frozen_graph_to_text, frozen_graph_to_binary])
def test_declared_signatures_are_those_of_the_result(module, models):
    declared = _signature()
    source = _source(LocalTree(models / "frozen_unsigned_two_outputs.pb"), (declared,))

    (found,) = module.rewrite(RewriteRequest(source, "")).signatures

    assert (found.signature.key, found.signature.inputs, found.targets) == ("mean", declared.signature.inputs, ("init",))
    assert not found.signature.declared


@pytest.mark.parametrize("module", [frozen_graph_to_text, frozen_graph_to_binary])
def test_outputs_cut_the_graph(module, models):
    made = _rewritten(module, LocalTree(models / "frozen_unsigned_two_outputs.pb"), outputs=(NamedTensor("mean"),))

    with FrozenGraphFormat().graph(made.tree, 0) as graph:
        assert "top" not in graph.nodes
        assert "mean" in graph.nodes
    assert [spec.key for spec in made.signatures[0].signature.outputs] == ["mean"]


def test_devices_are_cleared_without_a_signature():
    graph = GraphDef()
    graph.node.add(name="x", op="NoOp", device="/device:GPU:0")

    made = _rewritten(frozen_graph_to_binary, _of(graph), clear_devices=True)

    assert GraphDef.FromString(_content(made.tree, BINARY)).node[0].device == ""
