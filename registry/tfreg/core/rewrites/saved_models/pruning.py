"""Takes out of a graph what an interface does not need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.inspections import Signature
from tfreg.core.rewrites.graphs.edit import GraphEdit
from tfreg.core.rewrites.interface.naming import refs
from tfreg.core.rewrites.saved_models.closure import closure
from tfreg.core.rewrites.saved_models.function_library import forget_functions

_COLOCATED = "_class"
_COLOCATED_WITH = b"loc:@"
_CUTTING = frozenset({"signature", "inputs", "outputs", "placeholders"})


def cuts(options: ConversionOptions) -> bool:
    """Whether options ask for a part of the graph."""
    return not options.given.isdisjoint(_CUTTING)


def prune(edit: GraphEdit, signatures: Iterable[Signature], others: Sequence[str] = ()) -> None:
    """Removes the nodes of the top level that neither the signatures nor other operations need, and functions that nobody calls."""
    specs = [spec for signature in signatures for spec in (*signature.inputs, *signature.outputs)]
    wanted = [ref.operation for ref in refs(specs)]
    edit.keep(closure(edit.as_graph().nodes, (*wanted, *others)))
    forget_removed_places(edit)
    forget_functions(edit, ())


def forget_removed_places(edit: GraphEdit) -> None:
    """Takes out colocation with nodes that are no longer there, which TensorFlow refuses to load."""
    nodes = edit.as_graph().nodes
    for name in edit.names():
        value = nodes[name].attr.get(_COLOCATED)
        if value is None:
            continue
        there = [text for text in value.list.s if _target(text) in edit or not text.startswith(_COLOCATED_WITH)]
        if len(there) != len(value.list.s):
            node = edit.node(name)
            del node.attr[_COLOCATED]
            if there:
                node.attr[_COLOCATED].list.s.extend(there)
            edit.put(node)


def _target(text: bytes) -> str:
    return text.removeprefix(_COLOCATED_WITH).decode(errors="replace")
