"""What a graph needs of itself: the nodes that wanted ones have as inputs, however remotely, and the functions that they name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from tfreg.core.graphs.graph import Nodes
from tfreg.core.rewrites.graphs.edit import GraphEdit
from tfreg.core.rewrites.graphs.inputs import producer_of
from tfreg.wire.graph_pb2 import AttrValue

_COLOCATED = "_class"
_PREFIX = b"loc:@"


def ancestors(nodes: Nodes, wanted: Iterable[str]) -> dict[str, None]:
    """Returns the wanted nodes and all that they have as inputs, control inputs included. Names that are not there are passed over."""
    waiting = [name for name in wanted if name in nodes]
    found = dict.fromkeys(waiting)
    while waiting:
        for text in nodes[waiting.pop()].inputs:
            producer = producer_of(text)
            if producer not in found and producer in nodes:
                found[producer] = None
                waiting.append(producer)
    return found


def keep_only(edit: GraphEdit, kept: Collection[str]) -> None:
    """Keeps these nodes. Drops wishes to stand beside nodes that are gone, which TensorFlow does not forgive, and unused functions."""
    edit.keep(kept)
    for name in edit.names():
        if edit.has_attr(name, _COLOCATED):
            _forget_places(edit, name)
    forget_functions(edit)


def forget_functions(edit: GraphEdit, wanted: Iterable[str] = ()) -> int:
    """Removes the functions that neither the top level nor the wanted ones name. Returns how many."""
    functions = frozenset(edit.functions())
    if not functions:
        return 0
    library = edit.as_graph().functions
    waiting = functions & {*wanted, *_named_in(edit.nodes(), functions)}
    used: set[str] = set()
    while waiting:
        name = next(iter(waiting))
        used.add(name)
        function = library[name]
        inner = {
            *_named_in(function.nodes, functions),
            *(one for value in function.attr.values() for one in _functions_in(value)),
        }
        waiting = (waiting | (inner & functions)) - used
    for name in functions - used:
        edit.remove_function(name)
    return len(functions - used)


def _named_in(nodes: Nodes, functions: frozenset[str]) -> Iterator[str]:
    for name in nodes:
        node = nodes[name]
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


def _forget_places(edit: GraphEdit, name: str) -> None:
    places = edit.nodes()[name].attr[_COLOCATED].list.s
    there = [
        text for text in places if not text.startswith(_PREFIX) or text.removeprefix(_PREFIX).decode(errors="replace") in edit
    ]
    if len(there) != len(places):
        node = edit.node(name)
        del node.attr[_COLOCATED]
        if there:
            node.attr[_COLOCATED].list.s.extend(there)
        edit.put(node)
