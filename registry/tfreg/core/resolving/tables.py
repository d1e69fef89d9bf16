"""Lookup tables of a graph that stands alone: which operations fill those that the wanted outputs use."""

from __future__ import annotations

import re

from tfreg.core.graphs.graph import Graph
from tfreg.core.graphs.reachability import Reachability
from tfreg.core.tensors import TensorRef

_FILLS_TABLE = re.compile(r"InitializeTable\w*|LookupTableImport(V2)?")


def table_initialisers(graph: Graph, reachability: Reachability, wanted: tuple[TensorRef, ...]) -> tuple[str, ...]:
    """Returns the operations that fill the tables which `wanted` uses, in the file's order. Their first input is the table."""
    if not any(map(_FILLS_TABLE.fullmatch, graph.nodes.ops)):
        return ()
    reached = reachability.reached(wanted).nodes
    found = []
    for name in graph.nodes:
        if _FILLS_TABLE.fullmatch(graph.nodes.op_of(name)):
            inputs = graph.nodes[name].inputs
            if inputs and inputs[0].removeprefix("^").partition(":")[0] in reached:
                found.append(name)
    return tuple(found)
