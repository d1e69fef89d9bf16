"""Safetensors: tensors with their places, as the header says them."""

from __future__ import annotations

import json

import pytest

from tfreg.core.errors import NotAModelError
from tfreg.core.formats.registry import recognise
from tfreg.core.inspections import Inspection
from tfreg.core.tensors import StoredTensor
from tfreg.core.trees import LocalTree, MemoryTree


def file(header: object, values: bytes = b"", *, claimed: int | None = None) -> bytes:
    text = json.dumps(header).encode()
    return (len(text) if claimed is None else claimed).to_bytes(8, "little") + text + values


def inspect(content: bytes) -> Inspection:
    tree = MemoryTree({"model.safetensors": content})
    found = recognise(tree)
    assert found.name == "safetensors"
    return found.inspect(tree)


def entry(dtype: str, shape: list[int], start: int, end: int) -> dict:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def test_tensors_are_where_the_header_says():
    header = {"__metadata__": {"format": "tf"}, "b": entry("BF16", [2], 24, 28), "a": entry("F32", [2, 3], 0, 24)}
    content = file(header, bytes(28))
    found = inspect(content)
    base = len(content) - 28
    assert found.tensors == (
        StoredTensor("a", "float32", (2, 3), "model.safetensors", base, 24),
        StoredTensor("b", "bfloat16", (2,), "model.safetensors", base + 24, 4),
    )
    assert found.facts == {"safetensors.format": "tf"}


def test_the_fixture_has_the_values_that_numpy_reads(models):
    np = pytest.importorskip("numpy")
    expected = pytest.importorskip("safetensors.numpy").load_file(models / "stranger_safetensors.safetensors")
    content = (models / "stranger_safetensors.safetensors").read_bytes()
    tree = LocalTree(models / "stranger_safetensors.safetensors")
    found = recognise(tree).inspect(tree)
    assert {tensor.name for tensor in found.tensors} == set(expected)
    for tensor in found.tensors:
        values = np.frombuffer(content[tensor.offset_bytes : tensor.offset_bytes + tensor.size_bytes], tensor.dtype)
        assert np.array_equal(values.reshape(tensor.shape), expected[tensor.name])


def test_shards_in_a_folder_are_one_artifact():
    one, two = (file({name: entry("U8", [2], 0, 2)}, b"12") for name in "ab")
    tree = MemoryTree({"m-1-of-2.safetensors": one, "m-2-of-2.safetensors": two, "config.json": b"{}"})
    assert [tensor.file for tensor in recognise(tree).inspect(tree).tensors] == ["m-1-of-2.safetensors", "m-2-of-2.safetensors"]
    assert len(recognise(tree).tensor_spans(tree, recognise(tree).inspect(tree))) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        entry("F32", [2], 0, 4),
        entry("F32", [1], 0, 400),
        entry("F32", [-1], 0, 4),
        entry("F32", [1], 4, 0),
        entry("X9", [1], 0, 4),
        entry("F32", [1] * 300, 0, 4),
        entry("F32", [10**30], 0, 4),
        {},
        3,
    ],
)
def test_a_tensor_that_does_not_fit_is_told_and_left_out(wrong):
    found = inspect(file({"good": entry("F32", [1], 0, 4), "wrong": wrong}, bytes(4)))
    assert [tensor.name for tensor in found.tensors] == ["good"]
    assert found.problems[0].code == "TFR101"


@pytest.mark.parametrize("content", [file([], b""), b"\2\0\0\0\0\0\0\0[]", bytes(8), b"\xff" * 8 + b'{"a"'])
def test_other_bytes_are_none(content):
    with pytest.raises(NotAModelError):
        inspect(content)


def test_a_file_cut_off_anywhere_is_told():
    content = file({"a": entry("F32", [2, 3], 0, 24)}, bytes(24))
    for cut in range(10, len(content)):
        assert "TFR101" in {problem.code for problem in inspect(content[:cut]).problems}


def test_a_header_of_many_values_stops_at_a_limit():
    content = file({str(number): [] for number in range(500_000)})
    assert "TFR104" in {problem.code for problem in inspect(content).problems}


def test_a_name_that_no_text_can_hold_is_told():
    assert inspect(file({"\ud800": entry("U8", [1], 0, 1)}, b"1")).problems[0].code == "TFR101"
