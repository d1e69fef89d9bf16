"""Below which number an integer input must be: it is looked up in an embedding or a table of so many rows.

Follows each input forwards through ops that pass numbers on, into and out of functions, to the gathers that it indexes; and the table of
a gather backwards to the constant or the variable that says how many rows it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tfreg.core.graphs.calls import call_of, is_call
from tfreg.core.graphs.graph import Graph, Node, Nodes
from tfreg.core.shapes import shape_of
from tfreg.core.tensors import TensorRef

_PASSING_OPS = frozenset(
    {
        "Identity",
        "IdentityN",
        "Cast",
        "Reshape",
        "ExpandDims",
        "Squeeze",
        "Pack",
        "Unpack",
        "Concat",
        "ConcatV2",
        "Tile",
        "StridedSlice",
        "Slice",
        "Transpose",
        "Split",
        "SplitV",
        "BroadcastTo",
        "StopGradient",
        "PlaceholderWithDefault",
        "Unique",
        "UniqueV2",
        "Select",
        "SelectV2",
        "Where",
        "Enter",
        "Exit",
        "Merge",
        "Switch",
        "NextIteration",
        "Minimum",
        "Maximum",
        "ReverseV2",
        "Pad",
        "PadV2",
        "GatherV2",
        "TensorListFromTensor",
        "TensorListGetItem",
        "SpaceToBatchND",
        "EnsureShape",
        "DynamicPartition",
    }
)
_GATHERS = frozenset({"Gather", "GatherV2", "ResourceGather", "SparseSegmentSum", "SparseSegmentMean", "SparseSegmentSqrtN"})
_VARIABLE_OPS = frozenset({"VarHandleOp", "Variable", "VariableV2", "Placeholder"})
_TABLE_PASSING_OPS = frozenset({"Identity", "ReadVariableOp", "Enter", "Cast", "StopGradient"})
_MAX_NODES = 50_000
_MAX_DEPTH = 64
_Place = tuple[str, str]
"""A node: the function that it is in, empty for the top level, and its name."""


@dataclass(slots=True)
class _Scope:
    """The nodes of the graph or of a function, and who consumes what."""

    nodes: Nodes
    arguments: tuple[str, ...] = ()
    consumers: dict[str, list[tuple[Node, int]]] = field(default_factory=dict)
    callers: list[tuple[str, Node, int]] = field(default_factory=list)
    returned: frozenset[str] = frozenset()


def index_bounds(graph: Graph, inputs: Iterable[TensorRef]) -> dict[TensorRef, int]:
    """Returns for inputs of a graph below which number their values must be; inputs that index nothing known are left out.

    Of a very large graph nothing is said.
    """
    if len(graph.nodes) + sum(len(function.nodes) for function in graph.functions.values()) > _MAX_NODES:
        return {}
    scopes = _scopes(graph)
    return {ref: bound for ref in inputs if (bound := _bound(scopes, ref.operation))}


def _scopes(graph: Graph) -> dict[str, _Scope]:
    scopes = {"": _Scope(graph.nodes)}
    for name, function in graph.functions.items():
        returned = frozenset(_operation(tensor) for tensor in function.ret.values())
        scopes[name] = _Scope(function.nodes, function.input_names, returned=returned)
    for name, scope in scopes.items():
        for node_name in scope.nodes:
            node = scope.nodes[node_name]
            for place, text in enumerate(text for text in node.inputs if not text.startswith("^")):
                scope.consumers.setdefault(_operation(text), []).append((node, place))
            if is_call(node.op, graph.functions):
                call = call_of(node, graph.functions)
                for callee in call.functions:
                    if callee in scopes:
                        scopes[callee].callers.append((name, node, call.selectors))
    return scopes


def _bound(scopes: Mapping[str, _Scope], operation: str) -> int:
    """Follows an input forwards; returns the least number of rows that it indexes, 0 if it indexes nothing known."""
    least, waiting, seen = 0, [("", operation)], {("", operation)}
    calls = _calls(scopes)
    while waiting:
        at, name = waiting.pop()
        scope = scopes[at]
        reached: list[_Place] = []
        for node, place in scope.consumers.get(name, ()):
            rows = _rows_indexed(scopes, at, node, place)
            least = min(filter(None, (least, rows)), default=0)
            for callee, selectors in calls.get((at, node.name), ()):
                arguments = scopes[callee].arguments
                if 0 <= place - selectors < len(arguments):
                    reached.append((callee, arguments[place - selectors]))
            if node.op in _PASSING_OPS and not (node.op in _GATHERS and place):
                reached.append((at, node.name))
        if name in scope.returned:
            reached += [(caller, node.name) for caller, node, _ in scope.callers]
        for one in reached:
            if one not in seen:
                seen.add(one)
                waiting.append(one)
    return least


def _calls(scopes: Mapping[str, _Scope]) -> dict[_Place, list[tuple[str, int]]]:
    found: dict[_Place, list[tuple[str, int]]] = {}
    for callee, scope in scopes.items():
        for caller, node, selectors in scope.callers:
            found.setdefault((caller, node.name), []).append((callee, selectors))
    return found


def _rows_indexed(scopes: Mapping[str, _Scope], at: str, node: Node, place: int) -> int:
    if node.op in _GATHERS and place == 1:
        return _rows(scopes, at, node.inputs[0], _MAX_DEPTH)
    if node.op == "OneHot" and place == 0 and len(node.inputs) > 1:
        depth = scopes[at].nodes.get(_operation(node.inputs[1]))
        return _scalar(depth) if depth is not None else 0
    return 0


def _rows(scopes: Mapping[str, _Scope], at: str, tensor: str, depth: int) -> int:
    """Follows a table backwards; returns how many rows it has, 0 if that cannot be told."""
    name, scope = _operation(tensor), scopes[at]
    if name in scope.arguments:
        outside = _argument(scope, scope.arguments.index(name))
        return _rows(scopes, *outside, depth - 1) if outside is not None and depth else 0
    node = scope.nodes.get(name)
    if node is None or not depth:
        return 0
    if node.op in _TABLE_PASSING_OPS and node.inputs:
        return _rows(scopes, at, node.inputs[0], depth - 1)
    attr = node.attr.get("value" if node.op == "Const" else "shape")
    if attr is None or (node.op != "Const" and node.op not in _VARIABLE_OPS):
        return 0
    shape = shape_of(attr.tensor.tensor_shape if node.op == "Const" else attr.shape)
    return shape[0] or 0 if shape else 0


def _argument(scope: _Scope, position: int) -> tuple[str, str] | None:
    """Returns what a caller gives a function for an argument: where, and the tensor."""
    for caller, node, selectors in scope.callers:
        inputs = [text for text in node.inputs if not text.startswith("^")]
        if position + selectors < len(inputs):
            return caller, inputs[position + selectors]
    return None


def _scalar(node: Node) -> int:
    value = node.attr.get("value")
    if node.op != "Const" or value is None:
        return 0
    tensor = value.tensor
    for listed in (tensor.int_val, tensor.int64_val):
        if listed:
            return max(0, int(listed[0]))
    return max(0, int.from_bytes(tensor.tensor_content, "little", signed=True)) if len(tensor.tensor_content) in (4, 8) else 0


def _operation(text: str) -> str:
    return text.removeprefix("^").partition(":")[0]
