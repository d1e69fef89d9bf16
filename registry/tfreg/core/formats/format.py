"""What a format is: how it is recognised, cut and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from tfreg.core.files import FileTree
from tfreg.core.graphs.graph import Graph
from tfreg.core.inspections import Inspection
from tfreg.core.layouts import Span


class Format(Protocol):
    """One format. Its methods never raise for what is in the files: they return less, and `inspect` says why."""

    @property
    def name(self) -> str:
        """Its name, such as `saved_model`."""

    @property
    def has_graph(self) -> bool:
        """Whether artifacts of the format hold a graph that names can be resolved in."""

    def recognise(self, tree: FileTree) -> bool:
        """True if the tree is an artifact of this format, judged by content."""

    def tensor_spans(self, tree: FileTree, inspection: Inspection) -> Mapping[str, Sequence[Span]]:
        """Where the tensors' bytes are, by path. Files without an entry are cut by size alone.

        Args:
            tree: The artifact.
            inspection: What `inspect` said of it.
        """

    def inspect(self, tree: FileTree) -> Inspection:
        """Reads all that the artifact says about itself."""

    def graph(self, tree: FileTree, meta_graph: int) -> Graph:
        """Reads the graph of the `meta_graph`-th MetaGraphDef for reachability and names.

        Raises:
            NoGraphError: The format holds none.
            GraphUnreadableError: It is damaged.
        """
