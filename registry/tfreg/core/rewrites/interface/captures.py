"""Where in the graph the objects are that a traced function captured: variables, tables, constants, assets.

The object graph numbers them; the graph names nodes. Three things lead from one to the other: calls of other traced functions that
the graph has already, whose last inputs are what they captured; the restore operation, by the checkpoint's keys, which are ways
through the object graph; and what constants and assets say themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tfreg.core.errors import ConversionRefusedError
from tfreg.core.fingerprints.restoring import restored_variables
from tfreg.core.graphs.calls import PARTITIONED_CALL_OPS
from tfreg.core.graphs.graph import Graph
from tfreg.core.inspections import MetaGraph
from tfreg.core.resolving.nearest import shown
from tfreg.core.rewrites.interface.traces import Trace, Traces
from tfreg.core.tensors import TensorRef
from tfreg.wire.object_graph_pb2 import SavedObject

_SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"
_ESCAPED = {"..": ".", ".S": "/"}
_ROOT = 0


def captured_tensors(traces: Traces, trace: Trace, graph: Graph, meta_graph: MetaGraph) -> tuple[TensorRef, ...]:
    """Returns the tensors of what a trace captured, in its order.

    Raises:
        ConversionRefusedError: The graph has nothing for one of them.
    """
    if not trace.bound_inputs:
        return ()
    known = _by_calls(traces, graph)
    if not known.keys() >= set(trace.bound_inputs):
        known = {**_by_restoring(traces, graph, meta_graph.targets.restore_operation), **known}
    return tuple(known.get(number) or _by_itself(traces, trace, number, graph, meta_graph) for number in trace.bound_inputs)


def _by_calls(traces: Traces, graph: Graph) -> dict[int, TensorRef]:
    calls = [(name, graph.nodes[name]) for name in graph.nodes if graph.nodes.op_of(name) in PARTITIONED_CALL_OPS]
    called = {node.attr["f"].func.name for _, node in calls if "f" in node.attr}
    known = traces.named(tuple(sorted(called)))
    found: dict[int, TensorRef] = {}
    for _, node in calls:
        callee = known.get(node.attr["f"].func.name) if "f" in node.attr else None
        if callee is None or not callee.bound_inputs:
            continue
        data = [text for text in node.inputs if not text.startswith("^")]
        for number, text in zip(callee.bound_inputs, data[-len(callee.bound_inputs) :], strict=False):
            found.setdefault(number, TensorRef.parse(text))
    return found


def _by_restoring(traces: Traces, graph: Graph, restore_operation: str) -> dict[int, TensorRef]:
    found: dict[int, TensorRef] = {}
    children: dict[int, Mapping[str, int]] = {}
    for variable, restored in restored_variables(graph, restore_operation).items():
        number = _object_of(traces, restored.key, children)
        if number is not None:
            found.setdefault(number, TensorRef(variable))
    return found


def _object_of(traces: Traces, key: str, children: dict[int, Mapping[str, int]]) -> int | None:
    """Returns the object that a checkpoint key leads to, by the way from the root that it is."""
    if not key.endswith(_SUFFIX):
        return None
    number: int | None = _ROOT
    for name in _steps(key.removesuffix(_SUFFIX)):
        if number is None:
            return None
        if number not in children:
            children[number] = {child.local_name: child.node_id for child in traces.objects.object_at(number).children}
        number = children[number].get(name)
    return number


def _steps(path: str) -> Iterator[str]:
    for name in path.split("/"):
        yield re.sub(r"\.[.S]", lambda dot: _ESCAPED[dot[0]], name)


def _by_itself(traces: Traces, trace: Trace, number: int, graph: Graph, meta_graph: MetaGraph) -> TensorRef:
    captured = traces.objects.object_at(number)
    kind = captured.WhichOneof("kind")
    if kind == "constant" and captured.constant.operation in graph.nodes:
        return TensorRef(captured.constant.operation)
    if kind == "asset" and 0 <= captured.asset.asset_file_def_index < len(meta_graph.assets):
        return meta_graph.assets[captured.asset.asset_file_def_index].ref
    if kind == "variable" and (name := _variable_named(captured, graph)):
        return TensorRef(name)
    what = f"the variable {shown(captured.variable.name)}" if kind == "variable" else f"an object ({kind or 'unknown'})"
    raise ConversionRefusedError(
        f"The function {shown(trace.function)} uses {what} that the SavedModel's graph does not have.",
        hint="Save the model with this function among its signatures.",
        function=trace.function,
        object=str(number),
    )


def _variable_named(captured: SavedObject, graph: Graph) -> str:
    """Returns the VarHandleOp of a variable that no checkpoint holds, by its name; empty if none or several have it."""
    handles = (graph.nodes[name] for name in graph.nodes if graph.nodes.op_of(name) == "VarHandleOp")
    wanted = captured.variable.name.encode()
    found = [node.name for node in handles if "shared_name" in node.attr and node.attr["shared_name"].s == wanted]
    return found[0] if len(found) == 1 else ""
