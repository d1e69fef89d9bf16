"""What TensorFlow says of real graphs: which placeholders sessions asked for, and what the outputs of every node are."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tfreg.core.formats.registry import recognise
from tfreg.core.graphs.graph import Graph
from tfreg.core.graphs.outputs import outputs_of
from tfreg.core.graphs.reachability import Reachability
from tfreg.core.tensors import TensorRef
from tfreg.core.trees import LocalTree

FIXTURES = Path(__file__).parents[2] / "fixtures"


def _model_of(name: str) -> Path:
    candidates = (name, f"{name}.pb", name.replace("_pbtxt", ".pbtxt"))
    return next(path for path in (FIXTURES / "models" / candidate for candidate in candidates) if path.exists())


def _graphs() -> Iterator[tuple[str, int]]:
    for path in sorted((FIXTURES / "truth").glob("*.json")):
        truth = json.loads(path.read_text())
        if truth["format"] in ("saved_model", "frozen_graph"):
            yield from ((path.stem, index) for index in range(len(truth.get("meta_graphs", "."))))


GRAPHS = pytest.mark.parametrize(("name", "index"), list(_graphs()))


def _read(name: str, index: int) -> tuple[dict[str, Any], Graph]:
    truth = json.loads((FIXTURES / "truth" / f"{name}.json").read_text())
    tree = LocalTree(_model_of(name))
    return truth["meta_graphs"][index] if "meta_graphs" in truth else truth, recognise(tree).graph(tree, index)


@GRAPHS
def test_a_run_asks_for_the_placeholders_that_a_session_asked_for(name: str, index: int) -> None:
    truth, graph = _read(name, index)
    with graph:
        reachability = Reachability(graph)
        for tensor, needed in truth.get("needs", {}).get("tensors", {}).items():
            found = list(reachability.placeholders((TensorRef.parse(tensor),)))
            if "asset_path_initializer" not in found:  # an initialiser; the truth is told for what callers feed only
                assert found == sorted(needed), tensor


@GRAPHS
def test_signatures_ask_for_the_placeholders_that_a_session_asked_for(name: str, index: int) -> None:
    truth, graph = _read(name, index)
    with graph:
        reachability = Reachability(graph)
        for key, needs in truth.get("needs", {}).get("signatures", {}).items():
            told = truth["signatures"][key]["outputs"]
            tensors = {output: info["name"] for output, info in told.items() if "composite_tensor" not in info}
            for output, needed in needs.items():
                wanted = tensors.values() if output == "*" else (tensors[output],)
                assert list(reachability.placeholders(map(TensorRef.parse, wanted))) == sorted(needed), (key, output)


@GRAPHS
def test_every_node_has_the_outputs_that_tensorflow_gives_it(name: str, index: int) -> None:
    truth, graph = _read(name, index)
    with graph:
        assert sorted(graph.nodes) == sorted(truth["nodes"])
        for node_name, (op, _, expected) in truth["nodes"].items():
            outputs = outputs_of(graph.nodes[node_name], graph.functions)
            assert outputs is not None, node_name
            assert (graph.nodes.op_of(node_name), [output.dtype for output in outputs]) == (op, [dtype for dtype, _ in expected])
            for output, (_, shape) in zip(outputs, expected, strict=True):
                assert not output.has_shape or output.shape == (None if shape is None else tuple(shape)), node_name
