"""The nodes of a graph as a list for people: filtered, in the file's order, from any position on, none held that is not looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from tfreg.core.dtypes import dtype_name
from tfreg.core.errors import NoGraphError, TfregError
from tfreg.core.graphs.graph import Graph, Node, Nodes
from tfreg.core.graphs.outputs import described, outputs_of
from tfreg.core.shapes import shape_of
from tfreg.core.tensors import TensorRef, TensorSpec
from tfreg.core.written_types import written_shape

if TYPE_CHECKING:
    from tfreg.core.inspections import Inspection
    from tfreg.wire.graph_pb2 import AttrValue
    from tfreg.wire.tensor_pb2 import TensorProto

MAX_OUTPUTS = 100
"""Of one node that are listed."""
MAX_INPUTS = 1000
_MAX_ATTRIBUTES = 100
_MAX_ITEMS = 20
_MAX_CHARACTERS = 400
_MAX_SHOWN_ELEMENTS = 8


@dataclass(frozen=True, slots=True)
class NodeFilter:
    """Which nodes are listed.

    Attributes:
        ops: Only those of these ops; empty: all.
        prefix: Only those whose names start so.
        with_functions: Also those of functions, after those of the top level.
    """

    ops: frozenset[str] = frozenset()
    prefix: str = ""
    with_functions: bool = False


@dataclass(frozen=True, slots=True)
class NodePosition:
    """Where a node is: the function's number in the library, -1 at the top level, and the node's number there."""

    function: int = -1
    node: int = 0


@dataclass(frozen=True, slots=True)
class ListedNode:
    """A node as it is told.

    Attributes:
        name: Its name.
        op: Its op, or the function that it calls.
        inputs: As TensorFlow writes them.
        device: As written; empty if none.
        function: The function that it belongs to; empty at the top level.
        outputs: As far as the node itself says.
        attributes: As texts; values of large constants are left out.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    device: str = ""
    function: str = ""
    outputs: tuple[TensorSpec, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)


def list_nodes(graph: Graph, wanted: NodeFilter, start: NodePosition) -> Iterator[tuple[NodePosition, Callable[[], ListedNode]]]:
    """Yields, from `start` on, the position of each wanted node, and what reads it.

    Reading raises GraphUnreadableError if the node is damaged; so does taking the next one, of a function.
    """
    if start.function < 0:
        for number, name in _named(graph.nodes, wanted, start.node):
            yield NodePosition(-1, number), partial(_listed, graph, graph.nodes, name, "")
    if not wanted.with_functions:
        return
    first = max(start.function, 0)
    for function, function_name in enumerate(islice(graph.functions, first, None), first):
        nodes = graph.functions[function_name].nodes
        for number, name in _named(nodes, wanted, start.node if function == start.function else 0):
            yield NodePosition(function, number), partial(_listed, graph, nodes, name, function_name)


def _named(nodes: Nodes, wanted: NodeFilter, start: int) -> Iterator[tuple[int, str]]:
    for number, name in enumerate(islice(nodes, start, None), start):
        if name.startswith(wanted.prefix) and (not wanted.ops or nodes.op_of(name) in wanted.ops):
            yield number, name


def _listed(graph: Graph, nodes: Nodes, name: str, function: str) -> ListedNode:
    node = nodes[name]
    return ListedNode(
        name=node.name,
        op=node.op,
        inputs=node.inputs[:MAX_INPUTS],
        device=node.device,
        function=function,
        outputs=_outputs(graph, node),
        attributes={key: attribute_text(node.attr[key]) for key in sorted(islice(node.attr, _MAX_ATTRIBUTES))},
    )


def _outputs(graph: Graph, node: Node) -> tuple[TensorSpec, ...]:
    outputs = outputs_of(node, graph.functions) or ()
    return tuple(described(TensorRef(node.name, index), outputs[index]) for index in range(min(len(outputs), MAX_OUTPUTS)))


def no_nodes(inspection: Inspection) -> TfregError:
    """Returns the error for an artifact that has no nodes to list: what it has instead, or why it has no graph."""
    from tfreg.core.resolving.refusals import no_graph

    if inspection.keras is not None:
        has, hint = "layers", "tfreg show --layers lists them; the SavedModel that model.export('DIR') writes has a graph."
    elif inspection.subgraphs:
        has, hint = (
            "subgraphs of operators",
            "tfreg show tells their inputs and outputs, --ops their operators, --tensors their constants.",
        )
    else:
        return no_graph(inspection)
    return NoGraphError(
        f"An artifact of format {inspection.format} holds {has}, not a graph of nodes.", hint=hint, format=inspection.format
    )


def attribute_text(value: AttrValue) -> str:
    """Returns an attribute's value as a short text: dtypes by name, shapes as `[?, 8]`, of tensors type and, if short, elements."""
    kind = value.WhichOneof("value")
    if kind is None:
        return ""
    if kind == "list":
        return _cut(_list_text(value.list))
    return _cut(_one_text(kind, getattr(value, kind)))


def _list_text(values: AttrValue.ListValue) -> str:
    for found, items in values.ListFields():
        texts = [_one_text(found.name, item) for item in islice(items, _MAX_ITEMS)]
        more = len(items) - len(texts)
        return "[" + ", ".join([*texts, f"and {more} more"] if more else texts) + "]"
    return "[]"


def _one_text(kind: str, value: object) -> str:
    if kind == "s" and isinstance(value, bytes):
        return repr(value[:_MAX_CHARACTERS].decode(errors="backslashreplace"))
    if kind == "type" and isinstance(value, int):
        return dtype_name(value)
    if kind == "shape":
        return written_shape(shape_of(value))  # type: ignore[arg-type]  # what the field's name says
    if kind == "tensor":
        return _tensor_text(value)  # type: ignore[arg-type]
    if kind == "func":
        return str(value.name)  # type: ignore[attr-defined]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _tensor_text(tensor: TensorProto) -> str:
    head = f"{dtype_name(tensor.dtype)} {written_shape(shape_of(tensor.tensor_shape))}"
    for found, items in tensor.ListFields():
        if found.name.endswith("_val") and not isinstance(items, bytes) and len(items) <= _MAX_SHOWN_ELEMENTS:
            return f"{head} {', '.join(_element_text(item) for item in items)}"
    return head


def _element_text(item: object) -> str:
    return repr(item[:_MAX_CHARACTERS].decode(errors="backslashreplace")) if isinstance(item, bytes) else str(item)


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_CHARACTERS else text[: _MAX_CHARACTERS - 3] + "..."
