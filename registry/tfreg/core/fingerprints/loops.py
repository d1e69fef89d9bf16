"""Loops of control flow v1: Enter, Merge, NextIteration, Switch and Exit nodes that form a cycle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tfreg.core.graphs.graph import Node, Nodes

ENTER_OPS = frozenset({"Enter", "RefEnter"})
EXIT_OPS = frozenset({"Exit", "RefExit"})
MERGE_OPS = frozenset({"Merge", "RefMerge"})
NEXT_OPS = frozenset({"NextIteration", "RefNextIteration"})
SWITCH_OPS = frozenset({"Switch", "RefSwitch"})
_MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class LoopVariable:
    """A variable of a loop: its Merge, and where the Merge takes the first and the next value from."""

    merge: str
    first: str
    next: str


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop as one of its exits sees it.

    Attributes:
        variables: Those that the exit depends on, in the order in which they are met from it.
        enters: Where values come in from outside, the variables' first ones among them.
        condition: The LoopCond; empty if there is none.
    """

    variables: tuple[LoopVariable, ...]
    enters: tuple[str, ...]
    condition: str = ""


def data_inputs(node: Node) -> list[str]:
    """Returns the inputs of a node without control inputs."""
    return [text for text in node.inputs if not text.startswith("^")]


def loop_of(nodes: Nodes, exit_node: Node, node_of: Callable[[str], Node], spend: Callable[[], None]) -> Loop:
    """Walks back from an exit to where its loop is entered; through inner loops, which it leaves by their entries again.

    Args:
        nodes: The graph.
        exit_node: The Exit.
        node_of: Reads a node.
        spend: Is called for each node and may raise.
    """
    variables: dict[str, LoopVariable] = {}
    enters: dict[str, None] = {}
    condition = ""
    waiting = [(text.partition(":")[0], 0) for text in reversed(data_inputs(exit_node))]
    seen: set[tuple[str, int]] = set()
    while waiting:
        name, depth = waiting.pop()
        if (name, depth) in seen or name not in nodes:
            continue
        seen.add((name, depth))
        spend()
        op = nodes.op_of(name)
        if op in ENTER_OPS and depth == 0:
            enters[name] = None
            continue
        if (op in ENTER_OPS and depth > 0) or (op in EXIT_OPS and depth < _MAX_DEPTH):
            depth += 1 if op in EXIT_OPS else -1
        node = node_of(name)
        if op in MERGE_OPS and depth == 0 and (variable := _variable(nodes, node)):
            variables[name] = variable
        if op == "LoopCond" and depth == 0:
            condition = condition or name
        waiting += [(text.partition(":")[0], depth) for text in reversed(data_inputs(node))]
    return Loop(tuple(variables.values()), tuple(enters), condition)


def is_switch_of_loop(nodes: Nodes, node: Node) -> bool:
    """True if a Switch only asks whether a loop goes on."""
    inputs = data_inputs(node)
    condition = inputs[1].partition(":")[0] if node.op in SWITCH_OPS and len(inputs) == 2 else ""
    return condition in nodes and nodes.op_of(condition) == "LoopCond"


def _variable(nodes: Nodes, merge: Node) -> LoopVariable | None:
    first = following = ""
    for text in data_inputs(merge):
        name = text.partition(":")[0]
        if name in nodes and nodes.op_of(name) in NEXT_OPS:
            following = text
        else:
            first = text
    return LoopVariable(merge.name, first, following) if following and first else None
