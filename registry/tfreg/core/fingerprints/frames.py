"""What the evaluation of a graph works on: bodies, and the tasks that wait for each other, so that nothing recurses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tfreg.core.fingerprints.loops import Loop
from tfreg.core.fingerprints.tokens import Token
from tfreg.core.graphs.graph import Function, Nodes

Call = tuple[str, tuple[Token, ...]]
"""A function's name and its arguments."""


class GaveUpError(Exception):
    """The program cannot be told; the text says why."""


@dataclass(slots=True, eq=False)
class Frame:
    """A body that is evaluated: the top level, a function for certain arguments, or the inside of a loop.

    Attributes:
        nodes: Its nodes.
        function: The function that it is the body of; None at the top level.
        arguments: What the function's arguments are.
        depth: How many calls and loops it is within.
        known: What its nodes are, as far as they were evaluated; a tuple for a node of several outputs.
        pending: Nodes that wait for their inputs.
        loops: Loops of control flow v1 by their exits, with the frames of each look at them.
    """

    nodes: Nodes
    function: Function | None = None
    arguments: Mapping[str, Token] = field(default_factory=dict)
    depth: int = 0
    known: dict[str, Token | tuple[Token, ...]] = field(default_factory=dict)
    pending: set[str] = field(default_factory=set)
    loops: dict[str, tuple[Loop, list[Frame]]] = field(default_factory=dict)

    @property
    def function_name(self) -> str:
        """Name of its function; empty at the top level."""
        return self.function.name if self.function else ""


Task = tuple[Frame, str] | tuple[Frame, Call]
"""A node of a frame, or a call that a frame makes."""


class Missing(Exception):  # noqa: N818 not an error: what must be known first
    """What must be evaluated before a task can go on."""

    def __init__(self, tasks: list[Task]) -> None:
        self.tasks = tasks
