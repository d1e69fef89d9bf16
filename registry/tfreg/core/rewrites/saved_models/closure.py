"""What a node needs to be in a graph: its inputs, theirs, and so on, whether they run or not."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tfreg.core.graphs.graph import Nodes


def closure(nodes: Nodes, wanted: Iterable[str], stop: Collection[str] = ()) -> dict[str, None]:
    """Returns the wanted operations and all that they depend on, data and control; names that the graph lacks are passed over.

    Args:
        nodes: The graph's nodes.
        wanted: Where to begin.
        stop: Operations whose inputs do not matter.
    """
    waiting = [name for name in wanted if name in nodes]
    found = dict.fromkeys(waiting)
    while waiting:
        name = waiting.pop()
        if name in stop:
            continue
        for text in nodes[name].inputs:
            source = text.removeprefix("^").partition(":")[0]
            if source not in found and source in nodes:
                found[source] = None
                waiting.append(source)
    return found
