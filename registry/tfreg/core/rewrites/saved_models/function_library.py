"""Takes functions out of a library that nobody calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tfreg.core.graphs.graph import Node, Nodes
from tfreg.core.rewrites.graphs.edit import GraphEdit


def forget_functions(edit: GraphEdit, wanted: Iterable[str]) -> int:
    """Removes the functions that neither the top level nor the wanted ones call. Returns how many."""
    graph, there = edit.as_graph(), set(edit.functions())
    waiting = [name for name in {*wanted, *_called(graph.nodes)} if name in there]
    kept = set(waiting)
    while waiting:
        for name in _called(graph.functions[waiting.pop()].nodes):
            if name in there and name not in kept:
                kept.add(name)
                waiting.append(name)
    for name in there - kept:
        edit.remove_function(name)
    return len(there - kept)


def _called(nodes: Nodes) -> set[str]:
    return {name for one in nodes for name in _named(nodes[one])}


def _named(node: Node) -> Iterator[str]:
    """Yields the functions that a node may call: as its op, or by name in an attribute."""
    yield node.op
    for value in node.attr.values():
        kind = value.WhichOneof("value")
        if kind == "func":
            yield value.func.name
        elif kind == "list":
            yield from (function.name for function in value.list.func)
