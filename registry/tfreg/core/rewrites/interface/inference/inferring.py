"""Static shapes of tensors, through calls, branches and loops, without running anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tfreg.core.graphs.calls import IF_OPS, WHILE_OPS, Call, call_of, is_call
from tfreg.core.graphs.graph import Function, Graph, Node, Nodes
from tfreg.core.graphs.outputs import outputs_of
from tfreg.core.ops.arguments import flat_index
from tfreg.core.ops.table import lookup
from tfreg.core.rewrites.interface.inference.dims import UNKNOWN, Dim, FixedError, Shaped, lost, shaped
from tfreg.core.rewrites.interface.inference.rules import rule_of
from tfreg.core.rewrites.interface.inference.values import combined, constant_value
from tfreg.core.shapes import shape_of
from tfreg.core.tensors import TensorRef

_MAX_DEPTH = 24
_FREE_WORK, _WORK_PER_NODE = 100_000, 2
"""How much may be worked out in all; then nothing more is known. A node is one piece of work, more if it makes long shapes."""
_SIZES_PER_WORK = 8
_MAX_DIGITS = 9
_PASSING = frozenset({"Enter", "Exit", "LoopCond", "NextIteration", "ReadVariableOp", "RefEnter", "RefExit", "RefIdentity"})
_SWITCHES = frozenset({"RefSwitch", "Switch"})
_MERGES = frozenset({"Merge", "RefMerge"})
_BACK_EDGES = frozenset({"NextIteration", "RefNextIteration"})
_SHAPED_BY_ATTR = frozenset({"Placeholder", "PlaceholderV2", "VarHandleOp", "Variable", "VariableV2"})

Outputs = Sequence[Shaped] | Shaped
"""Of a node: one for each output, or one for all of them."""


class ConflictError(Exception):
    """A size was changed that a node holds fast.

    Args:
        node: The node.
        function: The function that it is in; empty: the top level.
        why: A clause.
    """

    def __init__(self, node: str, function: str, why: str) -> None:
        super().__init__(why)
        self.node, self.function, self.why = node, function, why


def infer(graph: Graph, wanted: Iterable[TensorRef], given: Mapping[str, Shaped]) -> dict[TensorRef, Shaped]:
    """Returns what is known of tensors.

    Args:
        graph: The graph.
        wanted: The tensors; only what they need is looked at.
        given: What operations give, whatever the graph says of them.

    Raises:
        ConflictError: A size that was changed meets a node that needs the old one.
    """
    scope = _Scope(graph.nodes, _Shared(graph.functions, _FREE_WORK + _WORK_PER_NODE * len(graph.nodes)), given=given)
    return {ref: scope.tensor(ref.operation, ref.index) for ref in wanted}


@dataclass(slots=True)
class _Shared:
    """What all scopes of one inference share."""

    functions: Mapping[str, Function]
    left: int
    known: dict[tuple[str, tuple[Shaped, ...]], list[Shaped]] = field(default_factory=dict)


@dataclass(slots=True)
class _Scope:
    """The top level, or the body of a function that is called with certain arguments."""

    nodes: Nodes
    shared: _Shared
    given: Mapping[str, Shaped] = field(default_factory=dict)
    arguments: Mapping[str, Shaped] = field(default_factory=dict)
    function: str = ""
    depth: int = 0
    found: dict[str, Outputs] = field(default_factory=dict)

    def tensor(self, name: str, index: int) -> Shaped:
        """Returns what is known of an output of a node."""
        if name not in self.found:
            self._evaluate(name)
        return _at(self.found.get(name, UNKNOWN), index)

    def _evaluate(self, wanted: str) -> None:
        """Evaluates a node after those that it needs; a cycle is cut where it closes."""
        waiting: list[tuple[str, Node | None]] = [(wanted, None)]
        begun: set[str] = set()
        while waiting:
            name, node = waiting.pop()
            if node is None:
                if name in begun or name in self.found or name not in self.nodes:
                    continue
                begun.add(name)
                node = self.nodes[name]
                missing = [] if name in self.given else [one for one in self._sources(node) if one not in self.found]
                if missing:
                    waiting.append((name, node))
                    waiting += [(one, None) for one in missing if one not in begun]
                    continue
            self.found[name] = self._outputs(node) if self.shared.left > 0 else UNKNOWN
            self.shared.left -= _work_of(self.found[name])

    def _sources(self, node: Node) -> list[str]:
        names = [text.partition(":")[0] for text in node.inputs if not text.startswith("^")]
        if node.op in _MERGES:
            names = [name for name in names if name in self.nodes and self.nodes.op_of(name) not in _BACK_EDGES]
        return [name for name in names if name in self.nodes and name not in self.arguments]

    def _outputs(self, node: Node) -> Outputs:
        if node.name in self.given:
            return self.given[node.name]
        try:
            return self._inferred(node)
        except FixedError as error:
            name = error.node if error.node in self.nodes else node.name
            why = error.why if name != node.name else error.why.removesuffix(f" in {node.name}")
            raise ConflictError(name, self.function, why) from None

    def _inferred(self, node: Node) -> Outputs:
        if node.op == "Const" and "value" in node.attr:
            value = node.attr["value"].tensor
            return Shaped(shaped(shape_of(value.tensor_shape), node.name).dims, value=constant_value(node.name, value))
        if node.op in _SHAPED_BY_ATTR and "shape" in node.attr:
            return shaped(shape_of(node.attr["shape"].shape), node.name if node.op == "VarHandleOp" else "")
        inputs = [self._input(text) for text in node.inputs if not text.startswith("^")]
        if is_call(node.op, self.shared.functions):
            return self._called(node, inputs)
        return self._passed(node, inputs) or self._by_rule(node, inputs)

    def _passed(self, node: Node, inputs: list[Shaped]) -> Outputs | None:
        """Returns the outputs of control flow v1 and of reading variables; None for any other node."""
        if not inputs:
            return self._told(node, inputs)
        if node.op in _PASSING:
            return inputs[0]
        if node.op in _SWITCHES:
            return [inputs[0], inputs[0]]
        if node.op in _MERGES:
            sources = self._sources(node)
            came = _joined([self._input(text) for text in node.inputs if text.partition(":")[0] in sources])
            return [came, Shaped(())]  # and which of its inputs came
        if node.op == "ResourceGather" and len(inputs) == 2 and inputs[0].dims and inputs[1].dims is not None:
            return Shaped((*inputs[1].dims, *inputs[0].dims[1:]))
        return None

    def _by_rule(self, node: Node, inputs: list[Shaped]) -> Outputs:
        rule = rule_of(node.op)
        if rule is None:
            return self._told(node, inputs)
        try:
            found = rule(node.name, inputs, node.attr)
        except (IndexError, ZeroDivisionError, OverflowError):
            return lost(*inputs)  # fewer inputs, or other numbers, than the op has
        if isinstance(found, Shaped) and found.dims is None and not found.changed:
            return self._told(node, inputs)
        value = combined(node.op, inputs, node.attr)
        if value is not None and isinstance(found, Shaped):
            return Shaped(found.dims, found.changed, value)
        return found

    def _told(self, node: Node, inputs: Sequence[Shaped]) -> Outputs:
        """Returns the shapes that the node itself says, unless what it is made from was changed."""
        if any(one.is_changed for one in inputs):
            return lost(*inputs)
        told = outputs_of(node, self.shared.functions)
        if not told or not told[0].has_shape:
            return UNKNOWN  # a node says the shapes of all its outputs, or of none
        return [shaped(output.shape) for output in told]

    def _input(self, text: str) -> Shaped:
        name, _, rest = text.partition(":")
        if name in self.arguments:
            return self.arguments[name]
        argument, _, digits = rest.rpartition(":")
        index = int(digits) if digits.isdecimal() and len(digits) <= _MAX_DIGITS else 0
        if argument and name in self.nodes:
            index = self._flat(self.nodes[name], argument, index)
        return _at(self.found.get(name, UNKNOWN), index)

    def _flat(self, node: Node, argument: str, index: int) -> int:
        function = self.shared.functions.get(node.op)
        signature = function.op_signature if function else lookup(node.op)
        try:
            return flat_index(signature, node.attr, argument, index) if signature else index
        except ValueError:
            return index

    def _called(self, node: Node, inputs: list[Shaped]) -> Outputs:
        call = call_of(node, self.shared.functions)
        if node.op in WHILE_OPS:
            return self._looped(call, inputs)
        found = [self._body(function, inputs[call.selectors :]) for function in call.functions]
        if node.op not in IF_OPS and len(found) == 1:
            return found[0]
        if not found or len({len(outputs) for outputs in found}) != 1:
            return lost(*inputs)
        return [_joined(list(outputs)) for outputs in zip(*found, strict=True)]

    def _looped(self, call: Call, inputs: list[Shaped]) -> list[Shaped]:
        """Returns the variables of a loop: what they are at its start and after each round."""
        if len(call.functions) != 2:
            return [lost(one) for one in inputs]
        after = self._body(call.functions[1], inputs)
        if len(after) != len(inputs):
            return [lost(one) for one in inputs]
        return [_kept_in_loop(before, one) for before, one in zip(inputs, after, strict=True)]

    def _body(self, name: str, arguments: list[Shaped]) -> list[Shaped]:
        function = self.shared.functions.get(name)
        if function is None or self.depth >= _MAX_DEPTH or len(arguments) != len(function.input_names):
            return []
        key = name, tuple(arguments)
        if key not in self.shared.known:
            given = dict(zip(function.input_names, arguments, strict=True))
            scope = _Scope(function.nodes, self.shared, arguments=given, function=name, depth=self.depth + 1)
            self.shared.known[key] = [scope.returned(function, output) for output in function.output_names]
        return self.shared.known[key]

    def returned(self, function: Function, output: str) -> Shaped:
        """Returns what is known of an output of the function whose body this is."""
        text = function.ret.get(output, "")
        name = text.partition(":")[0]
        if name not in self.arguments and name not in self.found:
            self._evaluate(name)
        return self._input(text)


def _work_of(outputs: Outputs) -> int:
    made = (outputs,) if isinstance(outputs, Shaped) else outputs
    return 1 + sum(len(one.dims or ()) + len(one.value or ()) for one in made) // _SIZES_PER_WORK


def _at(outputs: Outputs, index: int) -> Shaped:
    if isinstance(outputs, Shaped):
        return outputs
    return outputs[index] if index < len(outputs) else UNKNOWN


def _joined(options: list[Shaped]) -> Shaped:
    """Returns what is known of a tensor that is one of several."""
    if not options:
        return UNKNOWN
    first = options[0]
    if all(one == first for one in options):
        return first
    if any(one.dims is None for one in options) or len({len(one.dims or ()) for one in options}) != 1:
        return lost(*options)
    columns = zip(*(one.dims or () for one in options), strict=True)
    return Shaped(tuple(dims[0] if len({dim.size for dim in dims}) == 1 else _either(dims) for dims in columns))


def _either(dims: tuple[Dim, ...]) -> Dim:
    return Dim(changed=any(dim.changed for dim in dims))


def _kept_in_loop(before: Shaped, after: Shaped) -> Shaped:
    if before.dims is not None and after.dims is not None and len(before.dims) == len(after.dims):
        for one, other in zip(before.dims, after.dims, strict=True):
            if other.changed and not one.changed and one.is_known and one.size != other.size:
                raise FixedError(one.origin, f"a loop keeps {one.size} where the size is {other.size or 'open'} now")
    joined = _joined([before, after])
    value = before.value if before.value == after.value else None
    return Shaped(joined.dims, joined.changed, value)
