"""How many nodes of each op a graph has, and which of its inputs have a default."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tfreg.core.errors import TfregError
from tfreg.core.graphs.graph import Graph, Nodes
from tfreg.core.inspections import Inspection

_MAX_NODES = 1_000_000
_DEFAULT_OP = "PlaceholderWithDefault"


@dataclass(frozen=True, slots=True)
class GraphCounts:
    """See the module.

    Attributes:
        ops: By op; None if there is no graph, or one that cannot be read.
        optional_inputs: Names of the placeholders with a default.
    """

    ops: dict[str, int] | None = None
    optional_inputs: frozenset[str] = field(default_factory=frozenset)


def graph_counts(inspection: Inspection, load: Callable[[int], Graph]) -> GraphCounts:
    """Counts the nodes of all MetaGraphDefs and of their functions. A graph that cannot be read, or is too large, has no counts."""
    if not inspection.meta_graphs:
        return GraphCounts()
    ops: Counter[str] = Counter()
    optional: set[str] = set()
    try:
        for number in range(len(inspection.meta_graphs)):
            with load(number) as graph:
                _count(graph.nodes, ops)
                optional.update(name for name in graph.nodes if graph.nodes.op_of(name) == _DEFAULT_OP)
                for name in graph.functions:
                    _count(graph.functions[name].nodes, ops)
                    if ops.total() > _MAX_NODES:
                        return GraphCounts(None, frozenset(optional))
                for name in graph.functions.keys() & ops.keys():
                    del ops[name]
    except TfregError:
        return GraphCounts(None, frozenset(optional))
    return GraphCounts(dict(ops), frozenset(optional))


def _count(nodes: Nodes, ops: Counter[str]) -> None:
    ops.update(nodes.op_of(name) for name in nodes)
