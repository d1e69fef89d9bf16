"""ONNX models are recognised by their fields, and what goes in and out is named."""

from __future__ import annotations

from contextlib import suppress

import pytest

from tfreg.core.errors import NoGraphError, NotAModelError
from tfreg.core.formats.registry import recognise
from tfreg.core.trees import LocalTree, MemoryTree


def field(number: int, payload: bytes | int) -> bytes:
    if isinstance(payload, int):
        return bytes([number << 3, payload])
    return bytes([number << 3 | 2, len(payload)]) + payload


GRAPH = (
    field(1, field(4, b"Add"))
    + field(2, b"main")
    + field(5, field(8, b"w"))
    + field(11, field(1, b"x"))
    + field(12, field(1, b"y"))
)
MODEL = field(1, 8) + field(2, b"tf2onnx") + field(3, b"1.16") + field(7, GRAPH) + field(8, field(1, b"") + field(2, 17))


def read(content: bytes):
    tree = MemoryTree({"model.onnx": content})
    return recognise(tree).inspect(tree)


def test_facts_are_those_of_the_model():
    found = read(MODEL)
    assert found.format == "onnx"
    assert found.facts == {
        "onnx.file": "model.onnx",
        "onnx.ir_version": "8",
        "onnx.producer": "tf2onnx",
        "onnx.producer_version": "1.16",
        "onnx.graph": "main",
        "onnx.nodes": "1",
        "onnx.initializers": "1",
        "onnx.inputs": "x",
        "onnx.outputs": "y",
        "onnx.opsets": "ai.onnx 17",
    }
    assert [problem.code for problem in found.problems] == ["TFR109"]


def test_the_fixture_is_one(models):
    tree = LocalTree(models / "stranger_onnx.onnx")
    found = recognise(tree).inspect(tree)
    assert found.format == "onnx"
    assert found.facts["onnx.inputs"]
    assert found.facts["onnx.outputs"]


def test_it_has_no_graph_and_says_so():
    tree = MemoryTree({"model.onnx": MODEL})
    with pytest.raises(NoGraphError, match="ONNX"):
        recognise(tree).graph(tree, 0)


def test_cut_off_and_changed_ones_are_told_or_refused():
    for position in range(len(MODEL)):
        for content in (MODEL[:position], MODEL[:position] + b"\xff" + MODEL[position + 1 :]):
            with suppress(NotAModelError):
                read(content)


def test_a_saved_model_under_another_name_is_none():
    with pytest.raises(NotAModelError):
        read(b"\x08\x01\x12\x02\x0a\x00")
