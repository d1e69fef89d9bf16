"""Nodes that call functions of the library, and which of a node's inputs go where in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tfreg.core.graphs.graph import Function, Node

IF_OPS = frozenset({"If", "StatelessIf"})
CASE_OPS = frozenset({"Case", "StatelessCase"})
WHILE_OPS = frozenset({"While", "StatelessWhile"})
PARTITIONED_CALL_OPS = frozenset({"PartitionedCall", "StatefulPartitionedCall"})
CALL_OPS = IF_OPS | CASE_OPS | WHILE_OPS | PARTITIONED_CALL_OPS
_OPAQUE_ATTRS = ("_noinline", "_XlaMustCompile")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of functions by a node.

    Attributes:
        functions: Their names: the callee; or the branches; or condition and body of a loop.
        is_loop: True if the functions are condition and body of a loop.
        selectors: How many of the inputs come before the arguments: the predicate of an If, the index of a Case.
        is_inlined: False if TensorFlow runs the callee as a whole, so that it waits for every input.
    """

    functions: tuple[str, ...]
    is_loop: bool = False
    selectors: int = 0
    is_inlined: bool = True


def is_call(op: str, functions: Mapping[str, Function]) -> bool:
    """True if a node of this op calls functions in a way that `call_of` understands."""
    return op in CALL_OPS or op in functions


def call_of(node: Node, functions: Mapping[str, Function]) -> Call:
    """Returns what a node for which `is_call` holds calls. Names may be missing in the library, as in any broken graph."""
    if node.op in functions:
        return Call((node.op,), is_inlined=_is_inlined(node, node.op, functions))
    if node.op in IF_OPS:
        return Call((_function(node, "then_branch"), _function(node, "else_branch")), selectors=1)
    if node.op in WHILE_OPS:
        return Call((_function(node, "cond"), _function(node, "body")), is_loop=True)
    if node.op in CASE_OPS:
        branches = node.attr.get("branches")
        return Call(tuple(branch.name for branch in branches.list.func) if branches else (), selectors=1)
    callee = _function(node, "f")
    return Call((callee,), is_inlined=_is_inlined(node, callee, functions))


def _function(node: Node, attr: str) -> str:
    value = node.attr.get(attr)
    return value.func.name if value else ""


def _is_inlined(node: Node, callee: str, functions: Mapping[str, Function]) -> bool:
    function = functions.get(callee)
    attrs = (node.attr,) if function is None else (node.attr, function.attr)
    return not any((value := attr.get(name)) and value.b for attr in attrs for name in _OPAQUE_ATTRS)
