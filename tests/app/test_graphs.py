"""Graphs and inspections of stored artifacts are kept by what they take by now."""

from __future__ import annotations

import pytest

from tfreg.app import graphs as kept_graphs
from tfreg.app import inspecting
from tfreg.app.graphs import Graphs
from tfreg.app.inspecting import Inspections
from tfreg.app.recent import Recent
from tfreg.app.stores import Stores
from tfreg.core.digests import digest_of
from tfreg.core.inspection_json import encode
from tfreg.core.inspections import (
    INSPECTOR_VERSION,
    Argument,
    CallableFunction,
    ConcreteFunction,
    Inspection,
    MetaGraph,
    Signature,
)
from tfreg.core.layouts import FileLayout, InlineExtent
from tfreg.core.manifests import ManifestFile, manifest_of
from tfreg.core.records import ArtifactRecord
from tfreg.core.tensors import TensorSpec
from tfreg.store.blobs.memory import MemoryBlobStore
from tfreg.store.catalog.memory import MemoryCatalog
from tfreg.wire.graph_pb2 import GraphDef

GRAPHS, NAMES = 20, 2_000


def artifact(number: int) -> ArtifactRecord:
    """A frozen graph whose one function has many arguments: small in the file, large once it is read."""
    graph = GraphDef(node=[{"name": f"x{number}", "op": "NoOp"}])
    graph.library.function.add(signature={"name": "f", "input_arg": [{"name": f"a{index}"} for index in range(NAMES)]})
    content = graph.SerializeToString()
    manifest = manifest_of([ManifestFile("g.pb", len(content), digest_of(content))])
    return ArtifactRecord(manifest.digest(), "frozen_graph", manifest, (FileLayout("g.pb", (InlineExtent(content),)),))


def test_a_graph_is_read_once_while_it_is_small() -> None:
    load = Graphs(MemoryBlobStore()).of(artifact(0))
    with load(0) as first:
        pass
    with load(0) as second:
        assert second.nodes is first.nodes


def test_a_graph_weighs_what_it_grew_to_while_it_was_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_graphs, "_MAX_BYTES", 8 << 20)
    graphs = Graphs(MemoryBlobStore())
    artifacts = [artifact(number) for number in range(GRAPHS)]
    first_seen = []
    for found in artifacts:
        with graphs.of(found)(0) as graph:
            before_bytes = graph.size_bytes()
            assert len(graph.functions["f"].input_names) == NAMES
            assert graph.size_bytes() - before_bytes > 50 * NAMES
            first_seen.append(graph.nodes)
    again = [graphs.of(found)(0).nodes for found in artifacts]
    assert again[-1] is first_seen[-1]
    assert sum(one is other for one, other in zip(again, first_seen, strict=True)) < GRAPHS / 2


def test_an_inspection_weighs_its_signatures_and_functions_too(monkeypatch: pytest.MonkeyPatch) -> None:
    signature = Signature("s", "", tuple(TensorSpec(str(number), None) for number in range(500)), ())
    function = CallableFunction("f", (ConcreteFunction("t", (Argument("x", "y" * 50_000),)),))
    monkeypatch.setattr(inspecting, "_MAX_WEIGHT", 900)
    catalog = MemoryCatalog()
    inspections = Inspections(Stores(MemoryBlobStore(), catalog))
    for number, inspection in enumerate(
        (Inspection("saved_model", (MetaGraph((), (signature,), ()),)), Inspection("saved_model", functions=(function,)))
    ):
        found = artifact(number)
        catalog.keep_inspection(found.digest, INSPECTOR_VERSION, encode(inspection))
        assert inspections.of(found) == inspection
    assert inspections.of(artifact(1)) is inspections.of(artifact(1))
    assert inspections._recent.find(artifact(0).digest) is None


def test_what_grew_too_heavy_is_not_kept_in_its_lighter_form() -> None:
    recent: Recent[str, str] = Recent(10)
    recent.keep("a", "light", 1)
    recent.keep("b", "other", 5)
    recent.keep("a", "heavy", 11)
    assert (recent.find("a"), recent.find("b")) == (None, "other")
    recent.keep("c", "new", 5)
    assert recent.find("b") == "other"
