"""Nodes that call functions, as the pieces that a rewrite changes: which functions, which inputs, which attributes say their types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tfreg.core.graphs.calls import CASE_OPS, IF_OPS, WHILE_OPS, is_call
from tfreg.core.graphs.graph import Function, Node
from tfreg.wire.graph_pb2 import NodeDef

_STALE_ATTRS = ("_read_only_resource_inputs", "_input_shapes", "_output_shapes", "_class")


@dataclass(frozen=True, slots=True)
class Callees:
    """What a node calls.

    Attributes:
        functions: Names in the library.
        selectors: How many inputs come before the arguments.
        inputs_attr: Attribute that lists the types of the arguments; empty if the functions' signatures say them.
        outputs_attr: Attribute that lists the types of the outputs.
        is_loop: Whether they are condition and body of a loop, whose variables are arguments and outputs.
    """

    functions: tuple[str, ...]
    selectors: int = 0
    inputs_attr: str = "Tin"
    outputs_attr: str = "Tout"
    is_loop: bool = False


def callees_of(node: Node, functions: Mapping[str, Function]) -> Callees | None:
    """Returns what a node calls; None if it calls nothing."""
    op = node.op
    if not is_call(op, functions):
        return None
    if op in functions:
        return Callees((op,), inputs_attr="", outputs_attr="")
    if op in WHILE_OPS:
        return Callees(_named(node, "cond", "body"), inputs_attr="T", outputs_attr="T", is_loop=True)
    names = (
        _named(node, "then_branch", "else_branch") if op in IF_OPS else _branches(node) if op in CASE_OPS else _named(node, "f")
    )
    return Callees(names, selectors=op in IF_OPS | CASE_OPS)


def call_others(node: NodeDef, names: Mapping[str, str]) -> None:
    """Makes a node call other functions: new names by old ones."""
    node.DiscardUnknownFields()  # among them the full types of what it no longer returns
    node.op = names.get(node.op, node.op)
    for attr in ("f", "then_branch", "else_branch", "cond", "body"):
        if attr in node.attr and node.attr[attr].func.name in names:
            node.attr[attr].func.name = names[node.attr[attr].func.name]
    if "branches" in node.attr:
        for branch in node.attr["branches"].list.func:
            branch.name = names.get(branch.name, branch.name)
    for attr in _STALE_ATTRS:
        node.attr.pop(attr, None)


def _named(node: Node, *attrs: str) -> tuple[str, ...]:
    values = map(node.attr.get, attrs)
    return tuple(value.func.name if value else "" for value in values)


def _branches(node: Node) -> tuple[str, ...]:
    branches = node.attr.get("branches")
    return tuple(branch.name for branch in branches.list.func) if branches else ()
