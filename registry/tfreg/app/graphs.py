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

_MAX_BYTES = 256 << 20


class Graphs:
    """Graphs by artifact and MetaGraphDef. They hold no file open (see `StoredFile`), so closing one only gives it back.

    A graph grows while it is used, for it keeps the functions that were looked at, so it is weighed whenever it is given back.
    """

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._recent: Recent[tuple[Digest, int], Graph] = Recent(_MAX_BYTES)

    def of(self, artifact: ArtifactRecord) -> Callable[[int], Graph]:
        """Returns what loads the graph of the n-th MetaGraphDef of an artifact, to be closed by whom it was loaded for."""

        def load(meta_graph: int) -> Graph:
            key = artifact.digest, meta_graph
            graph = self._recent.find(key) or self._load(artifact, meta_graph)
            return replace(graph, close=lambda: self._recent.keep(key, graph, graph.size_bytes()))

        return load

    def _load(self, artifact: ArtifactRecord, meta_graph: int) -> Graph:
        from tfreg.core.formats.registry import format_named  # slow to import: an embedded server may never need it

        tree = StoredTree(artifact.digest, artifact.layouts, self._blobs)
        return format_named(artifact.format).graph(tree, meta_graph)
