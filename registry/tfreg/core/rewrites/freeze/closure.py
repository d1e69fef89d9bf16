"""What a graph needs: the nodes that wanted ones have as inputs, however remotely, and the functions that they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tfreg.core.graphs.graph import Nodes
from tfreg.core.rewrites.freeze.names import producer_of
from tfreg.core.rewrites.graphs.edit import GraphEdit
from tfreg.core.rewrites.graphs.nodes_edit import NodesEdit
from tfreg.wire.graph_pb2 import AttrValue

_COLOCATED = "_class"
_PREFIX = b"loc:@"


def ancestors(nodes: Nodes, wanted: Iterable[str]) -> set[str]:
    """Returns the wanted nodes and all that they have as inputs, control inputs included. Names that are not there are passed over."""
    found: set[str] = set()
    waiting = [name for name in wanted if name in nodes]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for text in nodes[name].inputs:
            producer = producer_of(text)
            if producer not in found and producer in nodes:
                waiting.append(producer)
    return found


def prune(edit: GraphEdit, kept: set[str]) -> None:
    """Keeps these nodes, and drops wishes to stand beside nodes that are gone, which TensorFlow does not forgive."""
    edit.keep(kept)
    for name in edit.names():
        if edit.has_attr(name, _COLOCATED):
            _drop_colocation(edit, name, kept)
    prune_functions(edit)


def prune_functions(edit: GraphEdit) -> None:
    """Removes the functions that nothing names."""
    functions = frozenset(edit.functions())
    if not functions:
        return
    used: set[str] = set()
    waiting = set(_named_in(edit, functions))
    while waiting:
        name = waiting.pop()
        used.add(name)
        function = edit.function(name)
        inner = {*_named_in(function, functions), *(one for value in function.attr.values() for one in _functions_in(value))}
        waiting |= (inner & functions) - used
    for name in functions - used:
        edit.remove_function(name)


def _named_in(nodes: NodesEdit, functions: frozenset[str]) -> Iterator[str]:
    view = nodes.nodes()
    for name in nodes:
        node = view[name]
        if node.op in functions:
            yield node.op
        for value in node.attr.values():
            yield from (one for one in _functions_in(value) if one in functions)


def _functions_in(value: AttrValue) -> Iterator[str]:
    kind = value.WhichOneof("value")
    if kind == "func":
        yield value.func.name
        yield from _in_attrs(value.func.attr)
    elif kind == "list":
        for func in value.list.func:
            yield func.name
            yield from _in_attrs(func.attr)


def _in_attrs(attrs: Mapping[str, AttrValue]) -> Iterator[str]:
    for value in attrs.values():
        yield from _functions_in(value)


def _drop_colocation(edit: GraphEdit, name: str, kept: set[str]) -> None:
    places = edit.nodes()[name].attr[_COLOCATED].list.s
    if all(place.removeprefix(_PREFIX).decode(errors="replace") in kept for place in places if place.startswith(_PREFIX)):
        return
    node = edit.node(name)
    del node.attr[_COLOCATED]
    edit.put(node)
