"""Where handles go: from the nodes that make them through those that pass them on, round loops, to the nodes that take them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tfreg.core.errors import OpUnsupportedError
from tfreg.core.graphs.calls import is_call
from tfreg.core.graphs.graph import Function, Node, Nodes
from tfreg.core.ops.table import OpSignature
from tfreg.core.rewrites.freeze.bindings import AssetFile, Binding, Table
from tfreg.core.rewrites.freeze.calls import Callees, callees_of
from tfreg.core.rewrites.graphs.inputs import data_inputs, output_index, producer_of

PASSING_OPS: Mapping[str, str] = {
    "Identity": "Identity",
    "Enter": "Enter",
    "Exit": "Exit",
    "NextIteration": "NextIteration",
    "Switch": "Switch",
    "Merge": "Merge",
    "RefIdentity": "Identity",
    "RefEnter": "Enter",
    "RefExit": "Exit",
    "RefNextIteration": "NextIteration",
    "RefSwitch": "Switch",
    "RefMerge": "Merge",
    "IdentityN": "IdentityN",
}
"""Ops whose outputs are their inputs, and the op that does the same with values."""
TABLE_OPS = frozenset(
    {
        "HashTable",
        "HashTableV2",
        "AnonymousHashTable",
        "MutableHashTable",
        "MutableHashTableV2",
        "AnonymousMutableHashTable",
        "MutableHashTableOfTensors",
        "MutableHashTableOfTensorsV2",
        "AnonymousMutableHashTableOfTensors",
        "MutableDenseHashTable",
        "MutableDenseHashTableV2",
        "AnonymousMutableDenseHashTable",
    }
)
_MERGES = frozenset({"Merge", "RefMerge"})
_SWITCHES = frozenset({"Switch", "RefSwitch"})
_Tensor = tuple[str, int]

Specialise = Callable[[Callees, Mapping[int, Binding]], Mapping[int, Binding]]
"""Makes functions take values where they took handles; returns which of their outputs are handles passed on."""


@dataclass(slots=True)
class Flow:
    """Follows the handles of the top level, or of one function's body.

    Attributes:
        nodes: The nodes.
        functions: The library.
        function: Name of the function; empty at the top level.
        specialise: Looks into calls.
        bindings: What tensors stand for: by node, or argument, and output.
        taken: What data inputs of nodes stand for: by node and position.
    """

    nodes: Nodes
    functions: Mapping[str, Function]
    function: str
    specialise: Specialise
    bindings: dict[_Tensor, Binding] = field(default_factory=dict)
    taken: dict[str, dict[int, Binding]] = field(default_factory=dict)
    _consumers: dict[_Tensor, list[tuple[str, int]]] = field(default_factory=dict)
    _waiting: list[_Tensor] = field(default_factory=list)
    _calls: set[str] = field(default_factory=set)

    def run(self, names: Iterable[str], sources: Mapping[_Tensor, Binding]) -> None:
        """Follows the sources through nodes of these names.

        Raises:
            OpUnsupportedError: Handles of different kinds meet in one tensor.
        """
        if not sources:
            return
        self._index(names, {name for name, _ in sources})
        for tensor, binding in sources.items():
            self._bind(tensor, binding)
        while self._waiting or self._calls:
            while self._waiting:
                self._follow(self._waiting.pop())
            if self._calls:
                self._look_into(self._calls.pop())

    def _index(self, names: Iterable[str], sources: set[str]) -> None:
        """Notes who takes what of the nodes that can have a handle as an output."""
        names = list(names)
        passing = sources | {name for name in names if self._passes(self.nodes.op_of(name))}
        for name in names:
            for position, text in enumerate(data_inputs(self.nodes[name].inputs)):
                if producer_of(text) in passing:
                    tensor = producer_of(text), self._index_of(text)
                    self._consumers.setdefault(tensor, []).append((name, position))

    def _passes(self, op: str) -> bool:
        return op in PASSING_OPS or op == "ReadVariableOp" or is_call(op, self.functions)

    def _bind(self, tensor: _Tensor, binding: Binding) -> None:
        known = self.bindings.get(tensor)
        if known is None:
            self.bindings[tensor] = binding
            self._waiting.append(tensor)
        elif known != binding and (
            isinstance(known, AssetFile) or type(known) is not type(binding) or not _alike(known, binding)
        ):
            raise unsupported(self.nodes.get(tensor[0]), tensor[0], self.function, "handles of different things meet in it")

    def _follow(self, tensor: _Tensor) -> None:
        for consumer, position in self._consumers.get(tensor, ()):
            self._take(consumer, position, self.bindings[tensor])

    def _take(self, name: str, position: int, binding: Binding) -> None:
        self.taken.setdefault(name, {})[position] = binding
        op = self.nodes.op_of(name)
        if op == "ReadVariableOp" and isinstance(binding, AssetFile):
            self._bind((name, 0), binding)
        elif op in PASSING_OPS:
            for output in _outputs_of(op, position):
                self._bind((name, output), binding)
        elif is_call(op, self.functions):
            self._calls.add(name)

    def _look_into(self, name: str) -> None:
        node = self.nodes[name]
        callees = callees_of(node, self.functions)
        assert callees is not None
        given = {position - callees.selectors: binding for position, binding in self.taken[name].items()}
        for output, binding in self.specialise(callees, given).items():
            self._bind((name, output), binding)

    def _index_of(self, text: str) -> int:
        return output_index(text, self.nodes.get(producer_of(text)), self._signature_of)

    def _signature_of(self, op: str) -> OpSignature | None:
        function = self.functions.get(op)
        return function.op_signature if function else None


def table_of(node: Node) -> Table:
    """Returns what the node of a table makes."""
    return Table(node.attr["key_dtype"].type, node.attr["value_dtype"].type)


def unsupported(node: Node | None, name: str, function: str, why: str) -> OpUnsupportedError:
    """Makes the error of a node that the conversion cannot take: `why` is a clause."""
    op = node.op if node else "argument"
    place = f" in the function {function!r}" if function else ""
    return OpUnsupportedError(
        f"The node {name!r} ({op}){place} cannot be frozen: {why}.",
        hint="Keep the variable (--keep-variables NAME, or '*'), or convert to saved_model, where variables stay variables.",
        node=name,
        op=op,
        function=function,
    )


def _alike(one: Binding, other: Binding) -> bool:
    """True for variables of one dtype, which can take turns, and for tables."""
    return getattr(one, "dtype", None) == getattr(other, "dtype", None)


def _outputs_of(op: str, position: int) -> tuple[int, ...]:
    """Returns the outputs of a passing op that are its input at a position."""
    if op in _SWITCHES:
        return (0, 1) if position == 0 else ()
    if op in _MERGES:
        return (0,)
    if op == "IdentityN":
        return (position,)
    return (0,) if position == 0 else ()
