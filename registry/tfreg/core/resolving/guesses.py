"""Names for a graph that no signature describes: what looks like its inputs and outputs."""

from __future__ import annotations

from collections.abc import Collection

from tfreg.core.graphs.calls import CASE_OPS, IF_OPS, WHILE_OPS
from tfreg.core.graphs.graph import Graph, Node
from tfreg.core.graphs.outputs import Output, described, outputs_of
from tfreg.core.graphs.reachability import INPUT_OPS
from tfreg.core.resolving.housekeeping import belongs_to_saver, is_result, is_summary
from tfreg.core.tensors import TensorRef, TensorSpec

_CONTROL_FLOW_OPS = IF_OPS | CASE_OPS | WHILE_OPS
_EXIT_OPS = frozenset({"Exit", "RefExit"})
_MAX_PASSES = 20
_MAX_LOOKED_AT = 1_000_000  # nodes, in all passes but the first two
MAX_GUESSED = 1000
"""More results than this are no guess any more."""


def guess_fetches(graph: Graph, loader_fed: Collection[str] = ()) -> tuple[TensorSpec, ...]:
    """Returns the outputs of the nodes that nothing consumes and that some placeholder flows into, sorted by key.

    Args:
        graph: Where to look.
        loader_fed: Placeholders that a loader feeds, not a caller: paths of assets and of the checkpoint.
    """
    specs: list[TensorSpec] = []
    for name in _sinks(graph, frozenset(loader_fed)):
        outputs = outputs_of(graph.nodes[name], graph.functions)
        for index, output in enumerate((Output(),) if outputs is None else outputs[:MAX_GUESSED]):
            ref = TensorRef(name, index)
            specs.append(described(ref, output, key_of(ref)))
        if len(specs) > MAX_GUESSED:
            break
    return tuple(sorted(specs[:MAX_GUESSED], key=lambda spec: spec.key.encode()))


def key_of(ref: TensorRef) -> str:
    """Returns the key of a tensor that no signature names: its operation, with the index unless it is 0."""
    return str(ref) if ref.index else ref.operation


def _sinks(graph: Graph, loader_fed: frozenset[str]) -> list[str]:
    consumed: set[str] = set()
    flowing: set[str] = set()
    for _ in range(min(_MAX_PASSES, 2 + _MAX_LOOKED_AT // (1 + len(graph.nodes)))):
        before = len(flowing)
        if not _pass(graph, loader_fed, consumed, flowing) or len(flowing) == before:
            break
    sinks = [name for name in graph.nodes if name in flowing and name not in consumed and _is_wanted(graph, name)]
    by_products = _by_products(graph, sinks, consumed)
    return [name for name in sinks if name not in by_products]


def _is_wanted(graph: Graph, name: str) -> bool:
    op = graph.nodes.op_of(name)
    return op not in INPUT_OPS and is_result(name, op)


def _pass(graph: Graph, loader_fed: frozenset[str], consumed: set[str], flowing: set[str]) -> bool:
    """Goes through the nodes once. Returns True if one comes before what it consumes, so that another pass may find more."""
    seen: set[str] = set()
    out_of_order = False
    for node in graph.nodes.values():
        sources = _sources(node)
        if not is_summary(node.op):  # what is only watched is still a result
            consumed.update(sources)
        if not flowing.isdisjoint(sources) or (_is_input(node) and node.name not in loader_fed):
            flowing.add(node.name)
        out_of_order = out_of_order or not seen.issuperset(sources)
        seen.add(node.name)
    return out_of_order


def _sources(node: Node) -> list[str]:
    return [text.partition(":")[0] for text in node.inputs if not text.startswith("^")]


def _by_products(graph: Graph, sinks: list[str], consumed: set[str]) -> set[str]:
    """Returns the sinks that are outputs of a branch or loop of which another output is the one that goes on: a loop's counter, say."""
    origins = {name: origin for name in sinks if (origin := _control_flow_of(graph, name))}
    if not origins:
        return set()
    going_on = {_control_flow_of(graph, name) for name in consumed if name in graph.nodes}
    return {name for name, origin in origins.items() if origin in going_on}


def _control_flow_of(graph: Graph, name: str) -> str:
    """Returns the branch or loop that a node gives an output of; empty if it does not.

    TensorFlow gives each output of an If or While an Identity, and each variable of a loop of control flow v1 an Exit in its scope.
    """
    op = graph.nodes.op_of(name)
    if op in _EXIT_OPS:
        return name.rpartition("/")[0]
    source = _sources(graph.nodes[name])[:1] if op == "Identity" else []
    return source[0] if source and source[0] in graph.nodes and graph.nodes.op_of(source[0]) in _CONTROL_FLOW_OPS else ""


def _is_input(node: Node) -> bool:
    return node.op in INPUT_OPS and not belongs_to_saver(node.name, node.op)
