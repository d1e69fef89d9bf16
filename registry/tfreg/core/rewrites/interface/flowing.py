"""What flows where: from nodes to those that consume them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tfreg.core.graphs.graph import Nodes


def consumers_of(nodes: Nodes) -> dict[str, list[str]]:
    """Returns the nodes that consume an output of each node, or wait for it."""
    consumers: dict[str, list[str]] = {}
    for name in nodes:
        for source in {text.removeprefix("^").partition(":")[0] for text in nodes[name].inputs}:
            consumers.setdefault(source, []).append(name)
    return consumers


def downstream(consumers: Mapping[str, Sequence[str]], starts: Iterable[str]) -> set[str]:
    """Returns the nodes that something flows into from some nodes, and these."""
    reached = set(starts)
    waiting = list(reached)
    while waiting:
        for consumer in consumers.get(waiting.pop(), ()):
            if consumer not in reached:
                reached.add(consumer)
                waiting.append(consumer)
    return reached
