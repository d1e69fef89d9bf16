"""The variables of a graph as places for weights, by the keys under which a checkpoint of it keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tfreg.core.dtypes import dtype_name
from tfreg.core.fingerprints.restoring import Restored, restored_variables
from tfreg.core.formats.limits import VARIABLE_OPS
from tfreg.core.graphs.graph import Graph, Node
from tfreg.core.inspections import MetaGraph
from tfreg.core.rewrites.matching import Place
from tfreg.core.rewrites.rewriting import Source
from tfreg.core.shapes import shape_of
from tfreg.core.tensors import Shape
from tfreg.core.values.lookup import plain_dtype


def graph_variables(source: Source) -> list[Place]:
    """Returns the variables of a source's first graph, in the graph's order.

    Where the graph says from which keys it is restored, those are the names, and a partitioned variable is one place; else the
    variables' own names.

    Raises:
        NoGraphError: It has no graph.
        GraphUnreadableError: The graph is damaged.
    """
    graph = source.graph(0)
    with graph:
        restored = restored_variables(graph, _restore_operation(source.inspection.meta_graphs))
        places = {place.name: place for place in _places(graph, restored)}
    return list(places.values())


def _restore_operation(meta_graphs: tuple[MetaGraph, ...]) -> str:
    if not meta_graphs:
        return ""
    first = meta_graphs[0]
    return first.saver.restore_operation if first.saver is not None else first.targets.restore_operation


@dataclass(frozen=True, slots=True)
class _Variable:
    name: str
    dtype: str
    shape: Shape


def _places(graph: Graph, restored: Mapping[str, Restored]) -> Iterator[Place]:
    for name in graph.nodes:
        if graph.nodes.op_of(name) not in VARIABLE_OPS:
            continue
        variable, found = _variable(graph.nodes[name]), restored.get(name)
        if found is None:
            if not restored:
                yield Place(variable.name, dtype=variable.dtype, shape=variable.shape)
            continue
        yield Place(found.key, dtype=variable.dtype, shape=_whole_shape(found.slice_spec) or variable.shape)


def _variable(node: Node) -> _Variable:
    attr = node.attr
    shared = attr["shared_name"].s.decode(errors="replace") if "shared_name" in attr else ""
    dtype = plain_dtype(dtype_name(attr["dtype"].type)) if "dtype" in attr else ""
    shape = shape_of(attr["shape"].shape) if "shape" in attr and attr["shape"].HasField("shape") else None
    return _Variable((shared if node.op == "VarHandleOp" else "") or node.name, dtype, shape)


def _whole_shape(spec: str) -> Shape:
    """Returns the shape of the variable that `10 8 0,4:0,8` says a slice of; None if it says none."""
    sizes = spec.split()[:-1]
    return tuple(map(int, sizes)) if sizes and all(size.isdecimal() and len(size) < 19 for size in sizes) else None
