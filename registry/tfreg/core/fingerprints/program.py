"""What the outputs of a graph compute, as a digest: a Merkle hash over ops and significant attributes, from the outputs back.

Names, devices, control edges and how the graph is cut into functions do not enter it: calls are followed as if the function's body stood
in their place. Nodes that only pass a value on are left out. Nothing here is recursive, and a budget ends what would not end.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from tfreg.core.fingerprints.attributes import canonical_attributes
from tfreg.core.fingerprints.frames import Call, Frame, GaveUpError, Missing, Task
from tfreg.core.fingerprints.inputs import Inputs
from tfreg.core.fingerprints.loops import ENTER_OPS, EXIT_OPS, NEXT_OPS, Loop, data_inputs, is_switch_of_loop, loop_of
from tfreg.core.fingerprints.settling import Settling
from tfreg.core.fingerprints.tokens import NO_LEAVES, Leaves, Token, hashed, leaf, value_text
from tfreg.core.graphs.calls import CASE_OPS, IF_OPS, WHILE_OPS, call_of, is_call
from tfreg.core.graphs.graph import Graph, Node
from tfreg.core.graphs.reachability import INPUT_OPS
from tfreg.core.ops.arguments import flat_index
from tfreg.core.ops.table import lookup
from tfreg.core.tensors import TensorRef
from tfreg.core.values.digest import value_digest

if TYPE_CHECKING:
    from tfreg.wire.graph_pb2 import AttrValue

MAX_NODES = 200_000
"""Graphs with more nodes at the top level are not looked at."""
_MAX_STEPS, _FREE_STEPS, _STEPS_PER_NODE = 400_000, 20_000, 8
"""How many nodes are looked at: some in any case, and each node of the file so often on average, as calls repeat them."""
_INPUTS_PER_STEP = 8
_MAX_CALL_DEPTH = 1_000
_MAX_OUTPUTS = 4_096
_KEPT_NODES = 2_000

_PASSING_OPS = (
    frozenset({"Identity", "RefIdentity", "StopGradient", "PreventGradient", "ReadVariableOp", "Snapshot", "DeepCopy"})
    | frozenset({"LoopCond", "_Retval", "DebugGradientIdentity"})
    | ENTER_OPS
    | NEXT_OPS
)
_CONSTANT_OPS = frozenset({"Const", "HostConst"})
_VARIABLE_OPS = frozenset({"VarHandleOp", "VariableV2", "Variable"})
_LEAF_OPS = _CONSTANT_OPS | _VARIABLE_OPS | INPUT_OPS | {"_Arg"}
_ZERO = value_text("int32", (), value_digest((bytes(4),)))
_OUTSIDE = ("HashTable", "LookupTable", "ReadFile")
"""What is in the names of ops whose results depend on tables and files."""
_SAME_OPS = {"RefSwitch": "Switch", "RefMerge": "Merge", "VariableShape": "Shape", "ResourceGatherNd": "GatherNd"}


class Values(Protocol):
    """Knows what leaves of a graph hold. The strings are what enters the program's and the model's digest."""

    def variable(self, node: Node) -> tuple[str, str, int]:
        """Returns what a variable is, and the number of its leaf or -1."""

    def constant(self, node: Node, function: str) -> tuple[str, str, int]:
        """Returns what a constant is, and the number of its leaf or -1."""


@dataclass(frozen=True, slots=True)
class Computed:
    """What outputs compute.

    Attributes:
        program: Digests of those outputs that no other one is computed from, sorted.
        model: Likewise, with weights by content.
        leaves: Numbers of the leaves that they are computed from.
        is_closed: False if they depend on lookup tables or files, whose content the graph does not tell.
    """

    program: tuple[bytes, ...]
    model: tuple[bytes, ...]
    leaves: frozenset[int]
    is_closed: bool = True


def computed(graph: Graph, outputs: Sequence[TensorRef], values: Values) -> Computed:
    """Returns what outputs of a graph compute.

    Inputs have no names here. The first pass takes those of one dtype for the same; if they are used for different things, the second
    one tells them apart by these uses.

    Raises:
        GaveUpError: The graph is too large, refers to what it lacks, or has a cycle that is no loop.
    """
    first = _Program(graph, values, {})
    found = first.run(outputs)
    identities = first.inputs.by_use()
    return _Program(graph, values, identities).run(outputs) if identities else found


class _Program:
    def __init__(self, graph: Graph, values: Values, identities: Mapping[str, str]) -> None:
        self._graph, self._values = graph, values
        self._leaves = Leaves()
        self.inputs = Inputs(self._leaves, identities)
        self._consumed: set[bytes] = set()
        self._is_closed = True
        self._calls: dict[Call, tuple[Token, ...]] = {}
        self._frames: dict[Call, Frame] = {}
        self._recent: OrderedDict[tuple[str, str], Node] = OrderedDict()
        self._left = min(_MAX_STEPS, _FREE_STEPS + _STEPS_PER_NODE * len(graph.nodes))
        self._counted: set[str] = set()
        self._settling = Settling(self._leaves, self._hashed, self._spend)

    def run(self, outputs: Sequence[TensorRef]) -> Computed:
        top = Frame(self._graph.nodes)
        for ref in outputs:
            if ref.operation not in self._graph.nodes:
                raise GaveUpError(f"the graph has no operation {ref.operation!r}")
            self._evaluate((top, ref.operation))
        tokens = [self._pick(top, ref.operation, ref.index) for ref in outputs]
        last = [token for token in tokens if token.program not in self._consumed] or tokens
        leaves = self._leaves.of(token.leaves for token in last)
        program, model = ({getattr(token, kind) for token in last} for kind in ("program", "model"))
        return Computed(
            tuple(sorted(program)), tuple(sorted(model)), frozenset(number for number in leaves if number >= 0), self._is_closed
        )

    # -- the loop --

    def _evaluate(self, task: Task) -> None:
        stack: list[Task] = [task]
        while stack:
            frame, what = stack[-1]
            if what in (frame.known if isinstance(what, str) else self._calls):
                stack.pop()
                continue
            self._spend()
            try:
                if isinstance(what, str):
                    frame.known[what] = self._node(frame, what)
                    frame.pending.discard(what)
                else:
                    self._calls[what] = self._called(what, frame.depth + 1)
                    del self._frames[what]
                stack.pop()
            except Missing as missing:
                if isinstance(what, str):
                    frame.pending.add(what)
                stack += reversed(missing.tasks)

    def _spend(self, steps: int = 1) -> None:
        self._left -= steps
        if self._left < 0:
            raise GaveUpError("the graph is too large, or its functions call each other too often")

    # -- nodes --

    def _node(self, frame: Frame, name: str) -> Token | tuple[Token, ...]:
        node = self._read(frame, name)
        op = node.op
        if op in EXIT_OPS:
            return self._exit(frame, node)
        if op in _LEAF_OPS:
            return self._leaf_node(frame, node)
        tokens = self._tokens(frame, data_inputs(node))
        if is_switch_of_loop(frame.nodes, node):
            return (tokens[0], tokens[0])
        if op == "IdentityN" or (op in _PASSING_OPS and tokens):
            return tuple(tokens if op == "IdentityN" else tokens[:1])
        if is_call(op, self._graph.functions):
            return self._call(frame, node, tokens)
        return self._plain(frame, node, tokens)

    def _leaf_node(self, frame: Frame, node: Node) -> Token:
        if node.op in _CONSTANT_OPS:
            return self._leaf(*self._values.constant(node, frame.function_name))
        if node.op in _VARIABLE_OPS:
            return self._leaf(*self._values.variable(node))
        return self.inputs.token(node, self._tokens(frame, data_inputs(node)[:1]))

    def _plain(self, frame: Frame, node: Node, tokens: list[Token]) -> Token:
        op, attributes = _SAME_OPS.get(node.op, node.op), canonical_attributes(node.op, node.attr)
        self._is_closed = self._is_closed and not any(word in op for word in _OUTSIDE)
        if op in ("ResourceGather", "Gather") and len(tokens) == 2:  # as freezers write it
            kept = {name: value for name, value in node.attr.items() if name == "batch_dims"}
            op, attributes = "GatherV2", canonical_attributes("GatherV2", kept)
            tokens = [*tokens, self._leaf(_ZERO, _ZERO, -1)]
        elif node.op == "ResourceGatherNd":
            attributes = ""
        tokens += self._function_attributes(frame, node.attr)
        return self._hashed(f"{op} {attributes}", tokens)

    def _hashed(self, what: str, tokens: Sequence[Token]) -> Token:
        self._consumed.update(token.program for token in tokens)
        token = hashed(what, tokens, self._leaves.union(token.leaves for token in tokens))
        self.inputs.note_uses(tokens, token)
        return token

    def _leaf(self, program: str, model: str, number: int) -> Token:
        return leaf(program, model, NO_LEAVES if number < 0 else self._leaves.add(number))

    # -- inputs --

    def _tokens(self, frame: Frame, texts: Sequence[str]) -> list[Token]:
        """Returns what inputs are.

        Raises:
            Missing: Some must be evaluated first.
        """
        tokens: list[Token] = []
        missing: list[Task] = []
        self._spend(len(texts) // _INPUTS_PER_STEP)
        for text in texts:
            name, _, place = text.partition(":")
            if name in frame.arguments:
                tokens.append(frame.arguments[name])
            elif name in frame.known:
                tokens.append(self._pick(frame, name, self._index(frame, name, place)))
            elif name in frame.pending:
                raise GaveUpError(f"the graph has a cycle through {name!r} that is no loop")
            elif name in frame.nodes:
                missing.append((frame, name))
            else:
                raise GaveUpError(f"the graph has no operation {name!r}")
        if missing:
            raise Missing(missing)
        return tokens

    def _index(self, frame: Frame, name: str, place: str) -> int:
        """Returns which output `:1` (top level) or `:output:1` (function) means."""
        argument, colon, index = place.rpartition(":")
        number = int(index) if index.isdecimal() and len(index) < 9 else 0
        if not colon:
            return number
        op = frame.nodes.op_of(name)
        function = self._graph.functions.get(op)
        if function is not None:
            return function.output_positions.get(argument, 0) + number
        signature = lookup(op)
        if signature is None or len(signature.outputs) < 2:
            return number
        try:
            return flat_index(signature, self._read(frame, name).attr, argument, number)
        except ValueError:
            raise GaveUpError(f"an output {argument!r} of {name!r} is referred to, which it cannot have") from None

    def _pick(self, frame: Frame, name: str, index: int) -> Token:
        known = frame.known[name]
        if isinstance(known, Token):
            return known.output(index)
        if index >= len(known):
            raise GaveUpError(f"output {index} of {name!r} is referred to, which it does not have")
        return known[index]

    def _read(self, frame: Frame, name: str) -> Node:
        key = frame.function_name, name
        node = self._recent.get(key)
        if node is None:
            node = self._recent[key] = frame.nodes[name]
            if node.is_cut and node.op not in _CONSTANT_OPS:
                raise GaveUpError(f"{name!r} has an attribute that is too long to be read")
            if len(self._recent) > _KEPT_NODES:
                self._recent.popitem(last=False)
        return node

    # -- calls --

    def _call(self, frame: Frame, node: Node, tokens: list[Token]) -> tuple[Token, ...]:
        call = call_of(node, self._graph.functions)
        if node.op in WHILE_OPS:
            return self._while(frame, call.functions, tokens)
        selector, arguments = tokens[: call.selectors], tuple(tokens[call.selectors :])
        results = self._results(frame, [(name, arguments) for name in call.functions])
        if node.op not in IF_OPS | CASE_OPS:
            return results[0]
        kind, count = "If" if node.op in IF_OPS else "Case", min(map(len, results), default=0)
        return tuple(self._hashed(kind, [*selector, *(result[index] for result in results)]) for index in range(count))

    def _while(self, frame: Frame, functions: Sequence[str], firsts: list[Token]) -> tuple[Token, ...]:
        def look(_: int, symbols: Sequence[Token]) -> tuple[Token, Sequence[Token]]:
            condition, body = self._results(frame, [(name, tuple(symbols)) for name in functions])
            if not condition or len(body) != len(symbols):
                raise GaveUpError(f"the loop body {functions[-1]!r} does not fit its loop")
            return condition[0], body

        level = "While", frame.depth
        loop = self._settling.settle(firsts, look, level)
        return tuple(self._settling.output(loop, symbol, level) for symbol in loop.symbols)

    def _function_attributes(self, frame: Frame, attributes: Mapping[str, AttrValue]) -> list[Token]:
        """Returns what the functions compute that a node names in its attributes, such as that of a data set's map."""
        names = [name for key in sorted(attributes) for name in _functions_in(attributes[key])]
        if not names:
            return []
        calls: list[Call] = []
        for name in names:
            function = self._graph.functions.get(name)
            count = len(function.input_names) if function else 0
            calls.append((name, tuple(leaf(f"argument {n}", f"argument {n}", NO_LEAVES) for n in range(count))))
        return [self._hashed("function", result) for result in self._results(frame, calls)]

    def _results(self, frame: Frame, calls: list[Call]) -> list[tuple[Token, ...]]:
        missing: list[Task] = []
        for call in calls:
            if call in self._frames:
                raise GaveUpError(f"the function {call[0]!r} calls itself")
            if call not in self._calls:
                missing.append((frame, call))
        if missing:
            raise Missing(missing)
        return [self._calls[call] for call in calls]

    def _called(self, call: Call, depth: int) -> tuple[Token, ...]:
        frame = self._frames.get(call)
        if frame is None:
            frame = self._frames[call] = self._frame_of(call, depth)
        function = frame.function
        assert function is not None
        names = function.output_names
        if len(names) > _MAX_OUTPUTS:
            raise GaveUpError(f"the function {function.name!r} has more than {_MAX_OUTPUTS} outputs")
        return tuple(self._tokens(frame, [function.ret.get(name, name) for name in names]))

    def _frame_of(self, call: Call, depth: int) -> Frame:
        name, arguments = call
        function = self._graph.functions.get(name)
        if function is None:
            raise GaveUpError(f"the library has no function {name!r}")
        if depth > _MAX_CALL_DEPTH:
            raise GaveUpError(f"functions call each other more than {_MAX_CALL_DEPTH} deep")
        if name not in self._counted:
            self._counted.add(name)
            self._left = min(_MAX_STEPS, self._left + _STEPS_PER_NODE * len(function.nodes))
        return Frame(function.nodes, function, dict(zip(function.input_names, arguments, strict=False)), depth)

    # -- loops of control flow v1 --

    def _exit(self, frame: Frame, node: Node) -> Token:
        if node.name not in frame.loops:
            loop = loop_of(frame.nodes, node, lambda name: self._read(frame, name), self._spend)
            frame.loops[node.name] = loop, []
        loop, looks = frame.loops[node.name]
        outside = self._entering(frame, loop)
        top = Frame(frame.nodes, frame.function, frame.arguments, frame.depth + 1, dict(outside))
        if top.depth > _MAX_CALL_DEPTH:
            raise GaveUpError(f"loops are nested more than {_MAX_CALL_DEPTH} deep")

        def look(number: int, symbols: Sequence[Token]) -> tuple[Token, Sequence[Token]]:
            if number == len(looks):
                merges = {variable.merge: symbol for variable, symbol in zip(loop.variables, symbols, strict=True)}
                entered = outside if number else _by_number(outside)
                looks.append(replace(top, known={**entered, **merges}, pending=set(), loops={}))
            texts = [loop.condition or data_inputs(node)[0], *(variable.next for variable in loop.variables)]
            condition, *nexts = self._tokens(looks[number], texts)
            return condition, nexts

        level = "Loop", top.depth
        firsts = self._tokens(top, [variable.first for variable in loop.variables])
        settled = self._settling.settle(firsts, look, level)
        (result,) = self._tokens(looks[-1], data_inputs(node)[:1])
        frame.loops.pop(node.name)
        return self._settling.output(settled, result, level)

    def _entering(self, frame: Frame, loop: Loop) -> dict[str, tuple[Token, ...]]:
        texts = {name: data_inputs(self._read(frame, name))[:1] for name in loop.enters}
        tokens = iter(self._tokens(frame, [text[0] for text in texts.values() if text]))
        return {name: (next(tokens),) for name, text in texts.items() if text}


def _by_number(outside: Mapping[str, object]) -> dict[str, tuple[Token, ...]]:
    """Returns what comes into a loop as the first look sees it: that of a While knows nothing from outside either."""
    return {name: (leaf(f"entered {n}", f"entered {n}", NO_LEAVES),) for n, name in enumerate(outside)}


def _functions_in(value: AttrValue) -> list[str]:
    kind = value.WhichOneof("value")
    if kind == "func":
        return [value.func.name] if value.func.name else []
    return [function.name for function in value.list.func] if kind == "list" else []
