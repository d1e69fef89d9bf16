"""Device strings and colocations, taken out of a graph so that it runs on any machine."""

from __future__ import annotations

from tfreg.core.rewrites.graphs.edit import GraphEdit
from tfreg.core.rewrites.graphs.nodes_edit import NodesEdit

_CLASS = "_class"
_COLOCATION = b"loc:@"


def clear_devices(edit: GraphEdit) -> None:
    """Takes them out of the top level and of all functions."""
    _clear(edit)
    for name in edit.functions():
        _clear(edit.function(name))


def _clear(nodes: NodesEdit) -> None:
    view = nodes.nodes()
    for name in nodes.names():
        node = view[name]
        if node.device or _CLASS in node.attr:
            changed = nodes.node(name)
            changed.device = ""
            kept = [entry for entry in changed.attr[_CLASS].list.s if not entry.startswith(_COLOCATION)]
            if kept:
                changed.attr[_CLASS].list.s[:] = kept
            else:
                del changed.attr[_CLASS]
            nodes.put(changed)
