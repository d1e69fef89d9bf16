"""What tfreg reads of real checkpoints against what TensorFlow itself says of them."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import pytest

from tfreg.core.formats.selecting import select, select_all
from tfreg.core.formats.variables import OBJECT_GRAPH
from tfreg.core.inspections import Inspection
from tfreg.core.tensors import StoredAs
from tfreg.core.trees import LocalTree
from tfreg.core.values.reading import Values
from tfreg.core.values.selection import Selection

FIXTURES = Path(__file__).parents[2] / "fixtures"
VERSIONS = {0: "V1", 1: "V1", 2: "V2"}
TRUTHS = {path.stem: json.loads(path.read_text()) for path in sorted((FIXTURES / "truth").glob("*.json"))}
CHECKPOINTS = {name: truth for name, truth in TRUTHS.items() if truth.get("format", "").endswith("_checkpoint")}
EACH = [(name, prefix) for name, truth in CHECKPOINTS.items() for prefix in truth.get("checkpoints", {truth["prefix"]: truth})]


def truth_of(name: str, prefix: str) -> dict:
    whole = CHECKPOINTS[name]
    return whole.get("checkpoints", {whole["prefix"]: whole})[prefix]


@cache
def folder(name: str) -> LocalTree:
    return LocalTree(FIXTURES / "models" / name)


@cache
def inspection(name: str, prefix: str) -> Inspection:
    selected = select(folder(name), prefix)
    return selected.format.inspect(selected.tree)


def values_of(name: str, prefix: str) -> Values:
    tensors = [tensor for tensor in inspection(name, prefix).tensors if not tensor.file.endswith(".meta")]
    return Values(folder(name), tensors)


@pytest.mark.parametrize("name", CHECKPOINTS)
class TestFolders:
    def test_the_format_is_known(self, name):
        assert select(folder(name)).format.name == CHECKPOINTS[name]["format"]

    def test_the_newest_checkpoint_is_taken(self, name):
        assert select(folder(name)).name == CHECKPOINTS[name]["prefix"]

    def test_every_checkpoint_is_found(self, name):
        found = [selected.name for selected in select_all(folder(name))]
        assert sorted(found) == sorted(CHECKPOINTS[name].get("checkpoints", {CHECKPOINTS[name]["prefix"]: None}))
        assert found[-1] == CHECKPOINTS[name]["prefix"]


@pytest.mark.parametrize(("name", "prefix"), EACH, ids=lambda text: text or "(empty)")
class TestCheckpoints:
    def test_a_good_checkpoint_has_no_problems_but_what_is_known(self, name, prefix):
        codes = {problem.code for problem in inspection(name, prefix).problems}
        assert {code for code in codes if not code.startswith("TFR4")} <= {"TFR112"}

    def test_values_have_the_dtype_shape_and_bytes_that_tensorflow_reads(self, name, prefix):
        expected = dict(truth_of(name, prefix)["checkpoint"])
        if "names_sha256" in expected:
            names = sorted(tensor.name for tensor in inspection(name, prefix).tensors)
            assert len(names) == expected["count"]
            assert hashlib.sha256("\n".join(names).encode()).hexdigest() == expected["names_sha256"]
            return
        expected.pop(OBJECT_GRAPH, None)  # a tensor to TensorFlow, but no value of the model
        with values_of(name, prefix) as values:
            for key, theirs in expected.items():
                if theirs["dtype"] == "variant":
                    continue
                header, chunks = values.read(Selection(key))
                assert (header.dtype, list(header.shape)) == (theirs["dtype"], theirs["shape"]), key
                if theirs["dtype"] != "string":
                    assert hashlib.sha256(b"".join(chunks)).hexdigest() == theirs["sha256"], key

    def test_no_tensor_is_listed_that_tensorflow_does_not_read(self, name, prefix):
        expected = truth_of(name, prefix)["checkpoint"]
        if "names_sha256" not in expected:
            stored = [tensor for tensor in inspection(name, prefix).tensors if not tensor.constant]
            assert {tensor.part.name if tensor.part else tensor.name for tensor in stored} == expected.keys() - {OBJECT_GRAPH}

    def test_slices_fill_their_variable_without_overlap(self, name, prefix):
        parts: dict[str, list] = {}
        for tensor in inspection(name, prefix).tensors:
            if tensor.part:
                parts.setdefault(tensor.part.name, []).append(tensor)
        for slices in parts.values():
            cells = [_cell for tensor in slices for _cell in _cells(tensor.part.begin, tensor.shape)]
            assert len(cells) == len(set(cells))
            assert set(cells) == set(_cells((0,) * len(slices[0].part.shape), slices[0].part.shape))

    def test_the_saver_is_tensorflow_s(self, name, prefix):
        theirs = truth_of(name, prefix).get("saver")
        if theirs is None:
            assert all(graph.saver is None for graph in inspection(name, prefix).meta_graphs)
            return
        (graph,) = inspection(name, prefix).meta_graphs
        assert graph.saver is not None
        assert str(graph.saver.filename) == theirs["filename"]
        assert str(graph.saver.save_tensor) == theirs["save"]
        assert graph.saver.restore_operation == theirs["restore"] == graph.targets.restore_operation
        assert graph.targets.restore_filename == graph.saver.filename
        assert graph.saver.version == VERSIONS[theirs["version"]]
        assert graph.saver.sharded == theirs.get("sharded", graph.saver.sharded)

    def test_the_graph_has_tensorflow_s_nodes(self, name, prefix):
        theirs = truth_of(name, prefix).get("nodes")
        if theirs:
            (graph,) = inspection(name, prefix).meta_graphs
            assert graph.node_count == len(theirs)
            assert set(theirs.values()) <= set(graph.ops)
            selected = select(folder(name), prefix)
            with selected.format.graph(selected.tree, 0) as opened:
                assert {node.name: node.op for node in opened.nodes.values()} == theirs

    def test_paths_are_those_by_which_a_program_reaches_a_variable(self, name, prefix):
        objects = truth_of(name, prefix).get("object_graph")
        if not objects:
            return
        found = inspection(name, prefix)
        assert found.facts["object_graph.objects"] == str(objects["nodes"])
        for tensor in found.tensors:
            theirs = objects["keys"].get(tensor.name)
            if theirs and theirs["attribute"] == "VARIABLE_VALUE" and theirs["paths"]:
                shortest = min(path.count("/") for path in theirs["paths"])
                assert tensor.path == theirs["full_name"] or (
                    tensor.path in theirs["paths"] and tensor.path.count("/") == shortest
                ), tensor
            assert tensor.path


def _cells(begin: tuple[int, ...], shape: tuple[int, ...]):
    cells = [()]
    for start, size in zip(begin, shape, strict=True):
        cells = [(*cell, at) for cell in cells for at in range(start, start + size)]
    return cells


def test_a_float_of_a_version_1_checkpoint_is_the_run_of_bytes_that_it_is_in_version_2():
    def content(name: str) -> bytes:
        (tensor,) = [one for one in inspection(name, "model.ckpt-3").tensors if one.name == "fc3_layer/kernel"]
        assert tensor.stored_as is StoredAs.RAW
        with folder(name).open(tensor.file) as reader:
            return reader.read_at(tensor.offset_bytes, tensor.size_bytes)

    assert content("checkpoint_v1") == content("checkpoint_tf1")


def test_an_integer_of_a_version_1_checkpoint_is_read_through_its_table():
    found = {tensor.name: tensor for tensor in inspection("checkpoint_v1", "model.ckpt-3").tensors}
    assert found["global_step"].stored_as is StoredAs.PROTO
    assert found["global_step"].size_bytes < 20


def test_the_step_is_a_label_and_the_counters_are_facts():
    found = inspection("checkpoint_tf2_manager", "ckpt-4")
    assert found.labels == {"step": "4"}
    assert (found.facts["checkpoint.save_counter"], found.facts["checkpoint.step"]) == ("4", "400")
    assert inspection("checkpoint_training", "ckpt-200").labels == {"step": "200"}
    assert inspection("checkpoint_empty_prefix", "").labels == {"step": "1"}, "of global_step: the name has none"
    assert inspection("checkpoint_types", "types").labels == {}


def test_trainable_variables_are_known_by_the_collections_of_a_graph_and_by_keras_lists():
    estimator = {tensor.name: tensor.trainable for tensor in inspection("checkpoint_estimator_2_12", "model.ckpt-4").tensors}
    assert estimator["loss/dense/kernel"] is True
    assert estimator["loss/dense/kernel/Adam"] is False
    keras = {tensor.path: tensor.trainable for tensor in inspection("same_keras_checkpoint", "ckpt").tensors}
    assert (keras["conv/kernel"], keras["norm/moving_mean"]) == (True, None)


def test_a_training_graph_is_told_from_one_to_serve():
    assert inspection("checkpoint_estimator_2_12", "model.ckpt-4").facts["graph.training"] == "yes"
    assert "graph.training" not in inspection("checkpoint_tf1", "model.ckpt-3").facts


def test_tensors_of_objects_with_their_own_saver_have_paths_too():
    paths = {tensor.path for tensor in inspection("checkpoint_tf2_objects", "ckpt-1").tensors}
    assert {"network/table/table-keys", "iterator/ITERATOR_STATE", "network/by_name/right/side", "network/dense/kernel"} <= paths
