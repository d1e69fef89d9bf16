"""Which arguments of a function its outputs need, remembered per function and set of outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tfreg.core.graphs.calls import Call, call_of
from tfreg.core.graphs.graph import Function, Node
from tfreg.core.graphs.walk import Outputs, Walk

_MAX_DEPTH = 64
"""How deep calls are followed. Deeper ones, and recursion, count as needing every argument."""
_MAX_ROUNDS = 64
"""How often the body of a loop is asked what the variables need that it needed last; then all of them count as needed."""
_FREE_NODES, _MAX_VISITS = 100_000, 20
"""Nodes of function bodies may be walked so often each on average, and these in any case; then every argument counts as needed."""

_RANDOM_OPS = frozenset(
    {
        "Multinomial",
        "ParameterizedTruncatedNormal",
        "RandomGamma",
        "RandomGammaGrad",
        "RandomPoisson",
        "RandomPoissonV2",
        "RandomShuffle",
        "RandomStandardNormal",
        "RandomUniform",
        "RandomUniformInt",
        "TruncatedNormal",
    }
)
"""Stateful by their definition, but dropped by TensorFlow like any other op when nobody wants their numbers."""


class FunctionNeeds:
    """Answers for one library; see `walk.Needs`."""

    def __init__(self, functions: Mapping[str, Function], is_stateful: Callable[[str], bool]) -> None:
        self._functions = functions
        self._is_stateful = is_stateful
        self._known: dict[tuple[str, frozenset[int]], frozenset[int] | None] = {}
        self._effects: dict[str, tuple[str, ...]] = {}
        self._depth = 0
        self._walked_nodes = 0
        self._allowed_nodes = _FREE_NODES

    def inputs(self, node: Node, outputs: Outputs, *, inlines: bool) -> frozenset[int]:
        """Returns the positions of the data inputs of `node` that `outputs` need."""
        count = sum(not text.startswith("^") for text in node.inputs)
        everything = frozenset(range(count))
        if node.op == "IdentityN":
            return everything if outputs is None or not inlines else outputs
        call = call_of(node, self._functions)
        if call.is_loop:
            needed = self._loop(call, everything if outputs is None else outputs, count)
        elif not call.selectors and not (inlines and call.is_inlined):
            needed = None
        else:
            needed = self._branches(call, outputs, count - call.selectors)
        if needed is None:
            return everything
        return frozenset(range(call.selectors)) | frozenset(position + call.selectors for position in needed)

    def _branches(self, call: Call, outputs: Outputs, count: int) -> frozenset[int] | None:
        """Returns the arguments that any of the functions needs; None: all."""
        needed: set[int] = set()
        for name in call.functions:
            of_function = self._arguments(name, outputs, count)
            if of_function is None:
                return None
            needed |= of_function
        return frozenset(needed)

    def _loop(self, call: Call, outputs: frozenset[int], count: int) -> frozenset[int] | None:
        """Returns the loop variables that `outputs`, the condition and, in turn, those variables need; None: all."""
        condition, body = call.functions
        first = self._arguments(condition, frozenset((0,)), count)
        if first is None:
            return None
        needed = first | outputs
        for _ in range(_MAX_ROUNDS):
            of_body = self._arguments(body, needed, count)
            if of_body is None:
                return None
            if of_body <= needed:
                return needed
            needed |= of_body
        return None

    def _arguments(self, name: str, outputs: Outputs, count: int) -> frozenset[int] | None:
        """Returns the arguments that outputs of a function need; None: all, for it cannot be told."""
        function = self._functions.get(name)
        if function is None or len(function.signature.input_arg) != count or _has_lists(function):
            return None
        wanted = frozenset(range(len(function.signature.output_arg))) if outputs is None else outputs
        key = (name, wanted)
        if key not in self._known:
            self._known[key] = None  # what recursion finds
            self._known[key] = self._walk(function, wanted)
        return self._known[key]

    def _walk(self, function: Function, outputs: frozenset[int]) -> frozenset[int] | None:
        if self._depth >= _MAX_DEPTH or self._walked_nodes > self._allowed_nodes:
            return None
        positions = {name: position for position, name in enumerate(function.input_names)}
        walk = Walk(function.nodes, self._functions, self, arguments=positions)
        names = function.output_names
        for index in outputs:
            if index < len(names):
                walk.want(function.ret.get(names[index], ""))
        for node in self._effects_of(function):
            walk.want_effect(node)
        self._depth += 1
        try:
            walk.run()
        finally:
            self._depth -= 1
        self._walked_nodes += len(walk.visited) + len(positions)
        return frozenset(walk.arguments)

    def _effects_of(self, function: Function) -> tuple[str, ...]:
        known = self._effects.get(function.name)
        if known is None:
            nodes = function.nodes
            self._allowed_nodes += _MAX_VISITS * (len(nodes) + len(function.input_names))
            stateful = frozenset(filter(self._has_effect, nodes.ops))
            loose = [name for name in nodes if nodes.op_of(name) in stateful] if stateful else []
            known = self._effects[function.name] = tuple(dict.fromkeys((*function.control_ret, *loose)))
        return known

    def _has_effect(self, op: str) -> bool:
        if op in _RANDOM_OPS:
            return False
        function = self._functions.get(op)
        return self._is_stateful(op) if function is None else function.signature.is_stateful


def _has_lists(function: Function) -> bool:
    """True if an argument stands for several tensors, so that positions cannot be told from the signature alone."""
    signature = function.signature
    return any(arg.number_attr or arg.type_list_attr for arg in (*signature.input_arg, *signature.output_arg))
