"""One walk from wanted outputs against the direction of the data, through the nodes of a graph or of one function's body."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from tfreg.core.graphs.calls import is_call
from tfreg.core.graphs.graph import Function, Node, Nodes
from tfreg.core.tensors import TensorRef

_MAX_DIGITS = 10
_MAX_LOOKS = 64
"""How often one call is looked into for further outputs, before all of them count as wanted."""
Outputs = frozenset[int] | None
"""Indices of the outputs of a node that are wanted; None: all of them; empty: none, the node runs for its effects."""


class Needs(Protocol):
    """Says which data inputs of a node that calls functions its outputs need."""

    def inputs(self, node: Node, outputs: Outputs, *, inlines: bool) -> frozenset[int]:
        """Returns positions among the data inputs."""


class Walk:
    """Collects what is reached. Plain nodes are reached as a whole; of calls, only what their wanted outputs need.

    Args:
        nodes: Nodes to walk through.
        functions: The library.
        needs: Looks into calls.
        fed: Tensors where the walk ends, for the top level.
        arguments: Positions of the arguments, for a function's body.
        inlines: False if calls are not looked into.
    """

    def __init__(
        self,
        nodes: Nodes,
        functions: Mapping[str, Function],
        needs: Needs,
        *,
        fed: frozenset[TensorRef] = frozenset(),
        arguments: Mapping[str, int] | None = None,
        inlines: bool = True,
    ) -> None:
        self.visited: set[str] = set()
        self.fed: set[TensorRef] = set()
        self.arguments: set[int] = set()
        self._nodes, self._functions, self._needs, self._inlines = nodes, functions, needs, inlines
        self._feeds, self._argument_positions = fed, arguments
        self._plain: list[str] = []
        self._calls: dict[str, Outputs] = {}
        self._answered: dict[str, Outputs] = {}
        self._looks: Counter[str] = Counter()

    def want_whole(self, ref: TensorRef) -> None:
        """Wants a tensor of the top level, together with the other outputs of its operation if that is a call."""
        self._want_output(ref.operation, ref.index, whole=True)

    def want_effect(self, name: str) -> None:
        """Wants a node for its effect."""
        if name in self._nodes:
            self._add(name, frozenset())

    def want(self, text: str) -> None:
        """Wants an input as a node has it written."""
        name, _, rest = text.removeprefix("^").partition(":")
        if self._argument_positions is not None and name in self._argument_positions:
            self.arguments.add(self._argument_positions[name])
            return
        if text.startswith("^"):
            self.want_effect(name)
            return
        argument, _, index = rest.rpartition(":")
        offset = self._argument_offset(name, argument) if argument else 0
        self._want_output(name, offset + _number(index))

    def run(self) -> None:
        """Walks until nothing new is reached."""
        while self._plain or self._calls:
            while self._plain:
                for text in self._nodes[self._plain.pop()].inputs:
                    self.want(text)
            if self._calls:
                self._look_into(*self._calls.popitem())

    def _want_output(self, name: str, index: int, *, whole: bool = False) -> None:
        if self._feeds and (ref := TensorRef(name, index)) in self._feeds:
            self.fed.add(ref)
        elif name in self._nodes:
            self._add(name, None if whole else frozenset((index,)))

    def _add(self, name: str, outputs: Outputs) -> None:
        op = self._nodes.op_of(name)
        if op == "IdentityN" or is_call(op, self._functions):
            if name not in self._answered or not _covers(self._answered[name], outputs):
                self._calls[name] = _union(self._calls.get(name, frozenset()), outputs)
        elif name not in self.visited:
            self.visited.add(name)
            self._plain.append(name)

    def _look_into(self, name: str, outputs: Outputs) -> None:
        self.visited.add(name)
        self._looks[name] += 1
        if self._looks[name] > _MAX_LOOKS:
            outputs = None
        self._answered[name] = _union(self._answered.get(name, frozenset()), outputs)
        node = self._nodes[name]
        data = [text for text in node.inputs if not text.startswith("^")]
        for position in self._needs.inputs(node, outputs, inlines=self._inlines):
            if position < len(data):
                self.want(data[position])
        for text in node.inputs:
            if text.startswith("^"):
                self.want(text)

    def _argument_offset(self, name: str, argument: str) -> int:
        """Returns the index of the first tensor of an output argument. Only calls of functions by name have several."""
        function = self._functions.get(self._nodes.op_of(name)) if name in self._nodes else None
        return function.output_positions.get(argument, 0) if function else 0


def _number(index: str) -> int:
    """Returns an output's index as a node has it written; 0 for nonsense, such as more digits than any index has."""
    return int(index) if index.isdecimal() and len(index) <= _MAX_DIGITS else 0


def _covers(answered: Outputs, outputs: Outputs) -> bool:
    return answered is None or (outputs is not None and outputs <= answered)


def _union(one: Outputs, other: Outputs) -> Outputs:
    return None if one is None or other is None else one | other
