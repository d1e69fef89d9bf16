"""TensorFlow.js: recognised by its model.json; its signature and its shards are told."""

from __future__ import annotations

import json

import pytest

from tfreg.core.errors import NoGraphError, NotAModelError
from tfreg.core.formats.registry import recognise
from tfreg.core.inspections import Inspection
from tfreg.core.trees import LocalTree, MemoryTree

MODEL = {
    "format": "graph-model",
    "generatedBy": "2.15.0",
    "convertedBy": "TensorFlow.js Converter v4.15.0",
    "signature": {
        "inputs": {"x": {"name": "x:0", "dtype": "DT_FLOAT", "tensorShape": {"dim": [{"size": "-1"}, {"size": "4"}]}}},
        "outputs": {"y": {"name": "Identity:0", "dtype": 1, "tensorShape": {"dim": []}}},
    },
    "modelTopology": {"node": []},
    "weightsManifest": [{"paths": ["group1-shard1of2.bin", "group1-shard2of2.bin"], "weights": []}],
}
SHARDS = {"group1-shard1of2.bin": b"1", "group1-shard2of2.bin": b"2"}


def inspect(model: object, others: dict[str, bytes] = SHARDS) -> Inspection:
    tree = MemoryTree({"model.json": json.dumps(model).encode(), **others})
    found = recognise(tree)
    assert found.name == "tfjs"
    return found.inspect(tree)


def test_inputs_outputs_and_shards_are_told():
    facts = inspect(MODEL).facts
    assert facts["tfjs.inputs"] == "x float32 [?,4]"
    assert facts["tfjs.outputs"] == "y float32 []"
    assert facts["tfjs.shards"] == "group1-shard1of2.bin, group1-shard2of2.bin"
    assert (facts["tfjs.format"], facts["tfjs.generatedBy"]) == ("graph-model", "2.15.0")


def test_a_missing_shard_is_told_by_name():
    found = inspect(MODEL, {"group1-shard1of2.bin": b"1"})
    assert [problem.code for problem in found.problems] == ["TFR102", "TFR109"]
    assert "group1-shard2of2.bin" in found.problems[0].message


def test_a_keras_model_in_it_is_one_too():
    inspect({**MODEL, "format": "layers-model", "modelTopology": {"model_config": {}}})


@pytest.mark.parametrize("manifest", [3, [{"paths": [1, {}]}, 2]])
def test_nonsense_within_is_passed_over(manifest):
    inspect(
        {
            "weightsManifest": manifest,
            "modelTopology": 4,
            "signature": {"inputs": {"a": [1], "b": {"dtype": True, "tensorShape": 3}}, "outputs": []},
        }
    )


NO_TEXT = b'{"weightsManifest": [], "modelTopology": "\\ud800"}'


@pytest.mark.parametrize(
    "content",
    [b"{}", b"[" * 100_000, b'{"a": ' * 50_000, b"\xff", b"[]", b'{"weightsManifest": []}', NO_TEXT],
)
def test_other_json_is_none(content):
    with pytest.raises(NotAModelError):
        recognise(MemoryTree({"model.json": content}))


def test_it_has_no_graph_and_says_so():
    tree = MemoryTree({"model.json": json.dumps(MODEL).encode()})
    with pytest.raises(NoGraphError, match=r"TensorFlow\.js"):
        recognise(tree).graph(tree, 0)


@pytest.mark.parametrize("name", ["stranger_tfjs_graph", "stranger_tfjs_layers"])
def test_fixtures_are_of_it(models, name):
    tree = LocalTree(models / name)
    assert recognise(tree).name == "tfjs"
    assert {problem.code for problem in recognise(tree).inspect(tree).problems} == {"TFR109"}
