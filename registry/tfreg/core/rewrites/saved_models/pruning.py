"""Takes out of a graph what an interface does not need."""

from __future__ import annotations

from collections.abc import Sequence

from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.rewrites.graphs.edit import GraphEdit
from tfreg.core.rewrites.graphs.pruning import ancestors, keep_only
from tfreg.core.rewrites.interface.interface import Interface

_CUTTING = frozenset({"signature", "inputs", "outputs", "placeholders"})


def cuts(options: ConversionOptions) -> bool:
    """Whether options ask for a part of the graph."""
    return not options.given.isdisjoint(_CUTTING)


def prune(edit: GraphEdit, interface: Interface, others: Sequence[str] = ()) -> None:
    """Removes the nodes of the top level that neither the interface nor other operations need, and functions that nobody calls."""
    keep_only(edit, ancestors(edit.nodes(), (*interface.operations, *others)))
