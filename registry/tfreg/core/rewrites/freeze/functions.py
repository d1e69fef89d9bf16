"""Functions that take values where they took handles: copies under another name, one for each set of what the handles stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tfreg.core.errors import LimitExceededError
from tfreg.core.files import FileTree
from tfreg.core.ops.table import OpSignature
from tfreg.core.rewrites.freeze.bindings import AssetFile, Binding, Variable
from tfreg.core.rewrites.freeze.calls import Callees, call_others, callees_of
from tfreg.core.rewrites.freeze.flow import TABLE_OPS, Flow, table_of, unsupported
from tfreg.core.rewrites.freeze.rules import rewrite_node
from tfreg.core.rewrites.freeze.scope import Scope
from tfreg.core.rewrites.graphs.edit import GraphEdit
from tfreg.core.rewrites.graphs.function_edit import FunctionEdit
from tfreg.core.rewrites.graphs.inputs import output_index, producer_of
from tfreg.core.tensors import Shape
from tfreg.wire.graph_pb2 import NodeDef, OpDef
from tfreg.wire.tensor_pb2 import TensorShapeProto

_STALE_FUNCTION_ATTRS = ("forward_function_name", "backward_function_name", "_input_shapes", "_implements")
_Key = tuple[str, frozenset[tuple[int, Binding]]]
_MAX_DEPTH = 64
_NODES_A_COPY, _MAX_COPIED_NODES = 30, 100_000
"""Nodes of all functions that take values, and as how many a function counts besides; the largest real models have some ten thousand."""


@dataclass(frozen=True, slots=True)
class _Specialised:
    """A function that takes values: its name, and which of its outputs are handles that it passes on."""

    name: str
    outputs: Mapping[int, Binding]


@dataclass(slots=True)
class Specialiser:
    """Makes functions of a graph take values.

    Attributes:
        edit: The graph.
        tree: The files that assets are in.
    """

    edit: GraphEdit
    tree: FileTree
    _known: dict[_Key, _Specialised] = field(default_factory=dict)
    _depth: int = 0
    _copied_nodes: int = 0

    def outputs(self, callees: Callees, given: Mapping[int, Binding]) -> Mapping[int, Binding]:
        """Returns which outputs of a call are handles that it passes on; see `flow.Specialise`."""
        found = [self.specialised(name, given).outputs for name in callees.functions]
        if callees.is_loop:
            found = found[1:]
        return {position: binding for one in found for position, binding in one.items()}

    def rewrite_call(self, scope: Scope, node: NodeDef, callees: Callees, given: Mapping[int, Binding]) -> None:
        """Makes a call one of the functions that take values."""
        called = {name: self.specialised(name, given) for name in callees.functions}
        call_others(node, {name: one.name for name, one in called.items()})
        returned = [one.outputs for one in called.values()]
        passed = {
            position: one for outputs in (returned[1:] if callees.is_loop else returned) for position, one in outputs.items()
        }
        if callees.is_loop:
            lost = [
                at for at, one in given.items() if isinstance(one, Variable) and at not in (called[callees.functions[1]].outputs)
            ]
            if lost:
                raise unsupported(
                    None, node.name, scope.function, "a loop gives another thing than the variable for the next round"
                )
        elif any(outputs.keys() != returned[0].keys() for outputs in returned):
            raise unsupported(None, node.name, scope.function, "not every branch returns a variable where one does")
        _set_types(node, callees.inputs_attr, given)
        _set_types(node, callees.outputs_attr, passed)
        _set_shapes(node, passed)

    def specialised(self, name: str, given: Mapping[int, Binding]) -> _Specialised:
        """Returns the function that takes values for the arguments in `given`.

        Raises:
            OpUnsupportedError: A node of it does something with a variable that a value cannot stand for.
        """
        key = (name, frozenset(given.items()))
        known = self._known.get(key)
        if known is not None:
            return known
        if not self.edit.has_function(name) or self._depth > _MAX_DEPTH:
            raise unsupported(None, name, name, "it is not in the library, or calls too deep")
        needed = any(isinstance(one, Variable | AssetFile) for one in given.values())
        new_name = self._free_name(name) if needed else name
        self._known[key] = _Specialised(new_name, {})  # what recursion finds
        if needed:
            self._count(name)
            body = self.edit.put_function(self.edit.function(name).copied_as(new_name))
            self._depth += 1
            self._known[key] = _Specialised(new_name, self._rewrite(body, given, name))
            self._depth -= 1
        return self._known[key]

    def _count(self, name: str) -> None:
        """Counts a copy. Functions that call each other with handles in ever other orders would be copied without end."""
        self._copied_nodes += _NODES_A_COPY + len(self.edit.function(name))
        if self._copied_nodes > _MAX_COPIED_NODES:
            raise LimitExceededError(
                f"Functions with more than {_MAX_COPIED_NODES} nodes would have to be copied, one for each set of variables that they"
                f" are called with; the last is {name!r}.",
                hint="Convert to saved_model, where variables stay variables.",
                function=name,
            )

    def _rewrite(self, body: FunctionEdit, given: Mapping[int, Binding], told: str) -> Mapping[int, Binding]:
        scope, arguments = Scope(body, told), list(body.signature.input_arg)
        if any(arg.number_attr or arg.type_list_attr for arg in (*arguments, *body.signature.output_arg)):
            raise unsupported(None, told, told, "its arguments are lists")
        sources = {(arguments[at].name, 0): one for at, one in given.items() if at < len(arguments)}
        made = {(name, 0): table_of(node) for name in body if body.op_of(name) in TABLE_OPS for node in (body.nodes()[name],)}
        sources |= made
        flow = Flow(body.nodes(), self.edit.as_graph().functions, told, self.outputs)
        flow.run(body.names(), sources)
        outputs = self._returned(body, flow)
        self.apply(scope, flow)
        for at, one in given.items():
            if isinstance(one, Variable):
                _retype(arguments[at], one)
                body.forget_argument(at)
        for at, one in outputs.items():
            if isinstance(one, Variable):
                _retype(body.signature.output_arg[at], one)
        for attr in _STALE_FUNCTION_ATTRS:
            body.attr.pop(attr, None)
        scope.apply_renamed()
        return outputs

    def apply(self, scope: Scope, flow: Flow) -> None:
        """Rewrites the nodes of a scope that take handles."""
        functions = flow.functions
        for name, taken in flow.taken.items():
            node, view = scope.nodes.node(name), flow.nodes[name]
            callees = callees_of(view, functions)
            if callees is None:
                rewrite_node(scope, node, taken, self.tree)
            else:
                given = {position - callees.selectors: one for position, one in taken.items()}
                if any(isinstance(one, Variable | AssetFile) for one in given.values()):
                    self.rewrite_call(scope, node, callees, given)
            scope.nodes.put(node)

    def _returned(self, body: FunctionEdit, flow: Flow) -> dict[int, Binding]:
        function, found = body.function(), {}
        for position, name in enumerate(function.output_names):
            text = body.ret.get(name, "")
            producer = producer_of(text)
            index = output_index(text, flow.nodes.get(producer), self._signature_of)
            if (producer, index) in flow.bindings:
                found[position] = flow.bindings[producer, index]
        return found

    def _signature_of(self, op: str) -> OpSignature | None:
        return self.edit.as_graph().functions[op].op_signature if self.edit.has_function(op) else None

    def _free_name(self, name: str) -> str:
        wanted, number = f"{name}_frozen", 0
        while self.edit.has_function(wanted):
            number += 1
            wanted = f"{name}_frozen_{number}"
        return wanted


def _retype(argument: OpDef.ArgDef, variable: Variable) -> None:
    name = argument.name
    argument.Clear()
    argument.name, argument.type = name, variable.dtype  # type: ignore[assignment]


def _set_types(node: NodeDef, attr: str, bindings: Mapping[int, Binding]) -> None:
    for position, binding in bindings.items():
        if attr and isinstance(binding, Variable):
            node.attr[attr].list.type[position] = binding.dtype  # type: ignore[call-overload]


def _set_shapes(node: NodeDef, bindings: Mapping[int, Binding]) -> None:
    """Says the shapes of the variables among what a branch or a loop returns."""
    shapes = node.attr["output_shapes"].list.shape if "output_shapes" in node.attr else ()
    for position, binding in bindings.items():
        if isinstance(binding, Variable) and position < len(shapes):
            shapes[position].CopyFrom(_shape_proto(binding.shape))


def _shape_proto(shape: Shape) -> TensorShapeProto:
    proto = TensorShapeProto(unknown_rank=shape is None)
    for size in shape or ():
        proto.dim.add(size=-1 if size is None else size)
    return proto
