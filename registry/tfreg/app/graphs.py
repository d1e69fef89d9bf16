"""Graphs of stored artifacts, the last used kept in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tfreg.app.ports import BlobStore
from tfreg.app.recent import Recent
from tfreg.app.stored_tree import StoredTree
from tfreg.core.digests import Digest
from tfreg.core.graphs.graph import Graph
from tfreg.core.records import ArtifactRecord

_MAX_NODES = 500_000


class Graphs:
    """Graphs by artifact and MetaGraphDef. They hold no file open (see `StoredFile`), so none needs closing."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._recent: Recent[tuple[Digest, int], Graph] = Recent(_MAX_NODES)

    def of(self, artifact: ArtifactRecord) -> Callable[[int], Graph]:
        """Returns what loads the graph of the n-th MetaGraphDef of an artifact."""

        def load(meta_graph: int) -> Graph:
            return self._recent.get((artifact.digest, meta_graph), lambda: self._load(artifact, meta_graph), _weight)

        return load

    def _load(self, artifact: ArtifactRecord, meta_graph: int) -> Graph:
        from tfreg.core.formats.registry import format_named  # slow to import: an embedded server may never need it

        tree = StoredTree(artifact.digest, artifact.layouts, self._blobs)
        graph = format_named(artifact.format).graph(tree, meta_graph)
        return replace(graph, close=_kept_open)


def _kept_open() -> None:
    """A graph in memory outlives each question that is asked of it."""


def _weight(graph: Graph) -> int:
    return 1 + len(graph.nodes) + sum(len(function.nodes) for function in graph.functions.values())
