"""Which constants of a graph are listed, how their values are found, and that text and binary form tell the same."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tfreg.core.errors import TensorUnreadableError
from tfreg.core.files import FileTree
from tfreg.core.formats.registry import recognise
from tfreg.core.formats.tensor_places import spans_by_file
from tfreg.core.tensors import StoredAs, StoredTensor
from tfreg.core.trees import MemoryTree
from tfreg.core.values.reading import read_value
from tfreg.core.values.selection import Selection
from tfreg.wire.graph_pb2 import GraphDef
from tfreg.wire.tensor_pb2 import TensorProto

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
FLOAT, INT32, STRING = 1, 3, 7


def graph(**tensors: TensorProto) -> FileTree:
    found = GraphDef()
    found.node.add(name="x", op="Placeholder")
    for name, tensor in tensors.items():
        node = found.node.add(name=name, op="Const")
        node.attr["dtype"].type = tensor.dtype
        node.attr["value"].tensor.CopyFrom(tensor)
    return MemoryTree({"g.pb": found.SerializeToString()})


def tensor(dtype: Any, *shape: int, **value: Any) -> TensorProto:
    found = TensorProto(dtype=dtype, **value)
    for size in shape:
        found.tensor_shape.dim.add(size=size)
    return found


def listed(tree: FileTree) -> dict[str, StoredTensor]:
    return {one.name: one for one in recognise(tree).inspect(tree).tensors}


def value(tree: FileTree, name: str) -> bytes:
    _, chunks = read_value(tree, listed(tree).values(), Selection(name))
    return b"".join(chunks)


def test_a_bias_is_listed_and_a_single_number_or_a_small_shape_is_not() -> None:
    tree = graph(
        bias=tensor(FLOAT, 2, tensor_content=struct.pack("<2f", 1, 2)),
        epsilon=tensor(FLOAT, float_val=[1e-3]),
        shape=tensor(INT32, 2, int_val=[1, 2]),
        long=tensor(INT32, 300, tensor_content=bytes(1200)),
    )
    found = listed(tree)
    assert sorted(found) == ["bias", "long"]
    assert all(one.constant and one.stored_as is StoredAs.RAW for one in found.values())
    assert value(tree, "bias") == struct.pack("<2f", 1, 2)


def test_files_are_not_cut_around_small_constants() -> None:
    tree = graph(
        bias=tensor(FLOAT, 2, tensor_content=bytes(8)),
        long=tensor(FLOAT, 300, tensor_content=bytes(1200)),
    )
    assert [span.length_bytes for span in spans_by_file(listed(tree).values())["g.pb"]] == [1200]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (tensor(FLOAT, 50_000, float_val=[0.5] * 50_000), struct.pack("<f", 0.5) * 50_000),
        (tensor(FLOAT, 50_000, float_val=[0.5]), struct.pack("<f", 0.5) * 50_000),
        (tensor(FLOAT, 5), bytes(20)),
        (tensor(19, 30_000, half_val=[1] * 30_000), struct.pack("<H", 1) * 30_000),
        (tensor(INT32, 400_000, int_val=[7] * 400_000), struct.pack("<i", 7) * 400_000),
        (tensor(STRING, 2, string_val=[b"a" * 2000, b"b"]), struct.pack("<Q", 2000) + b"a" * 2000 + struct.pack("<Q", 1) + b"b"),
    ],
    ids=["packed", "filled", "zeros", "halves", "varints", "texts"],
)
def test_values_of_typed_fields_are_read_whatever_their_length(given: TensorProto, wanted: bytes) -> None:
    assert value(graph(c=given), "c") == wanted


def test_what_no_file_holds_is_filled_up_to_a_limit() -> None:
    with pytest.raises(TensorUnreadableError, match="most of which its file does not hold"):
        value(graph(c=tensor(FLOAT, 1 << 40, float_val=[1])), "c")


def test_a_frozen_graph_and_its_text_list_the_same_and_hold_the_same() -> None:
    trees = [MemoryTree({name: (MODELS / name).read_bytes()}) for name in ("frozen_tf1.pb", "frozen_tf1.pbtxt")]
    binary, text = map(listed, trees)
    plain = {name: replace(one, file="", offset_bytes=0, stored_as=StoredAs.NODE) for name, one in binary.items()}
    assert plain == {name: replace(one, file="") for name, one in text.items()}
    assert binary
    assert all(value(trees[0], name) == value(trees[1], name) for name in binary)


def test_a_constant_of_an_odd_writer_is_found_too() -> None:
    """Its attributes in another order, and numbers one by one."""

    def field(number: int, content: bytes) -> bytes:
        return bytes([number << 3 | 2, len(content)]) + content

    proto = field(2, field(2, b"\x08\x02")) + b"\x08\x01" + b"\x2d" + struct.pack("<f", 1) + b"\x2d" + struct.pack("<f", 2)
    node = (
        field(5, field(1, b"value") + field(2, field(8, proto)))
        + field(5, field(1, b"dtype") + field(2, b"\x30\x01"))
        + field(2, b"Const")
        + field(1, b"c")
    )
    tree = MemoryTree({"g.pb": field(1, field(1, b"x") + field(2, b"Placeholder")) + field(1, node)})
    assert value(tree, "c") == struct.pack("<2f", 1, 2)


def test_more_constants_than_are_listed_are_told_and_the_rest_of_the_graph_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    from tfreg.core.formats import graph_scan

    monkeypatch.setattr(graph_scan, "MAX_CONSTANTS", 1)
    tree = graph(a=tensor(FLOAT, 1, float_val=[1]), b=tensor(FLOAT, 1, float_val=[2]))
    found = recognise(tree).inspect(tree)
    assert ([one.name for one in found.tensors], found.meta_graphs[0].node_count) == (["a"], 3)
    assert [problem.code for problem in found.problems] == ["TFR104"]
