"""What flows where: from nodes to those that consume them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tfreg.core.graphs.graph import Nodes


def consumers_of(nodes: Nodes, names: Iterable[str] | None = None) -> dict[str, list[str]]:
    """Returns which of some nodes, or of all, consume an output of each node, or wait for it."""
    consumers: dict[str, list[str]] = {}
    for name in nodes if names is None else names:
        for source in {text.removeprefix("^").partition(":")[0] for text in nodes[name].inputs}:
            consumers.setdefault(source, []).append(name)
    return consumers


def downstream(consumers: Mapping[str, Sequence[str]], starts: Iterable[str], known: set[str] | None = None) -> set[str]:
    """Returns the nodes that something flows into from some nodes, and these; without those that are known, to which it adds them."""
    known = set() if known is None else known
    reached = set(starts) - known
    known |= reached
    waiting = list(reached)
    while waiting:
        for consumer in consumers.get(waiting.pop(), ()):
            if consumer not in known:
                known.add(consumer)
                reached.add(consumer)
                waiting.append(consumer)
    return reached
