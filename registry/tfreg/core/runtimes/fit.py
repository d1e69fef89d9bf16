"""Whether a graph fits a runtime: each node of it and of each of its functions, against the ops that the runtime has.

All functions count, reachable or not: branches and loops call theirs by attributes, and TensorFlow looks at some of them only when they
are run. A graph can have hundreds of thousands of nodes that differ in names and inputs alone, so what was found out of an op and its
attributes, as bytes, is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tfreg.core.diagnostics import Diagnostic, Place, Severity
from tfreg.core.graphs.graph import Graph, Node, Nodes
from tfreg.core.graphs.spans import SpanNodes
from tfreg.core.runtimes.attributes import Misfit, misfits_of
from tfreg.core.runtimes.node_bytes import attribute_bytes
from tfreg.core.runtimes.op_list import RuntimeOps

MAX_FINDINGS = 99
"""Diagnostics in all, so that there is room for one of the format in an answer; the last says how many there are more."""
_MAX_GROUPS = 10_000
_MAX_KNOWN = 20_000
_MAX_KNOWN_BYTES = 512
_MAX_SHOWN_CHARACTERS = 500
_NODES_AT_ONCE = 1000  # some milliseconds


@dataclass(slots=True)
class _Group:
    """Nodes that do not fit for one reason: the first of them, and how many there are."""

    place: Place
    count: int = 1


@dataclass(slots=True)
class _Fit:
    """One comparison.

    Attributes:
        graph: The graph.
        ops: The runtime's ops.
        newer: Returns the ops of the newest TensorFlow that this release knows.
        go_on: Is called now and then; it raises if nobody waits any more.
        groups: What was found.
        more: How many nodes did not fit for reasons that found no room, by severity.
        known: What is known of ops and attributes.
    """

    graph: Graph
    ops: RuntimeOps
    newer: Callable[[], RuntimeOps]
    go_on: Callable[[], None]
    groups: dict[Misfit, _Group] = field(default_factory=dict)
    more: dict[Severity, int] = field(default_factory=dict)
    known: dict[tuple[str, bytes], tuple[Misfit, ...]] = field(default_factory=dict)

    def look_at(self, nodes: Nodes, function: str) -> None:
        """Looks at the nodes of the graph, or of one of its functions."""
        for number, name in enumerate(nodes):
            if number % _NODES_AT_ONCE == 0:
                self.go_on()
            found = self._by_bytes(nodes, name) if isinstance(nodes, SpanNodes) else self._of(nodes[name])
            if found:
                self._add(found, name, function)

    def _by_bytes(self, nodes: SpanNodes, name: str) -> tuple[Misfit, ...]:
        rest = attribute_bytes(nodes.content(name))
        if rest is None or len(rest) > _MAX_KNOWN_BYTES:
            return self._of(nodes[name])
        key = nodes.op_of(name), rest
        found = self.known.get(key)
        if found is None:
            found = self._of(nodes[name])
            if len(self.known) < _MAX_KNOWN:
                self.known[key] = found
        return found

    def _of(self, node: Node) -> tuple[Misfit, ...]:
        op = self.ops.get(node.op)
        if op is None and node.op in self.graph.functions:
            return ()
        return tuple(misfits_of(node, op, self.newer))

    def _add(self, found: Iterable[Misfit], name: str, function: str) -> None:
        for misfit in found:
            group = self.groups.get(misfit)
            if group is not None:
                group.count += 1
            elif len(self.groups) < _MAX_GROUPS:
                self.groups[misfit] = _Group(Place("", _shown(name), _shown(function)))
            else:
                self.more[misfit.severity] = self.more.get(misfit.severity, 0) + 1


def misfits(
    graph: Graph, ops: RuntimeOps, runtime: str, newer: Callable[[], RuntimeOps], go_on: Callable[[], None] = lambda: None
) -> list[Diagnostic]:
    """Compares a graph with a runtime's ops.

    Args:
        graph: The graph.
        ops: The ops.
        runtime: What the runtime is called in messages.
        newer: Returns the ops of the newest TensorFlow that this release knows: what an unknown attribute means there.
        go_on: Is called now and then; it raises if nobody waits any more.

    Returns:
        One diagnostic for each op and reason, errors first; at most `MAX_FINDINGS`.

    Raises:
        GraphUnreadableError: A node or a function is damaged.
    """
    fit = _Fit(graph, ops, newer, go_on)
    fit.look_at(graph.nodes, "")
    for name in graph.functions:
        fit.look_at(graph.functions[name].nodes, name)
    found = sorted(fit.groups.items(), key=lambda one: one[0].severity is not Severity.ERROR)
    if len(found) <= MAX_FINDINGS and not fit.more:
        return [_told(misfit, group, runtime) for misfit, group in found]
    listed, left = found[: MAX_FINDINGS - 1], found[MAX_FINDINGS - 1 :]
    hidden = len(left) + sum(fit.more.values())
    severities = {misfit.severity for misfit, _ in left} | fit.more.keys()
    worst = Severity.ERROR if Severity.ERROR in severities else Severity.WARNING
    return [*(_told(misfit, group, runtime) for misfit, group in listed), _rest(hidden, worst, runtime)]


def _told(misfit: Misfit, group: _Group, runtime: str) -> Diagnostic:
    place = group.place
    where = f"node {place.operation!r}" + (f" of the function {place.function!r}" if place.function else "")
    others = f", and {group.count - 1} more" if group.count > 1 else ""
    return Diagnostic(misfit.code, misfit.severity, f"{runtime} {misfit.what} ({where}{others}).", misfit.hint, place)


def _rest(count: int, severity: Severity, runtime: str) -> Diagnostic:
    message = f"{runtime}: {count} more findings are not listed."
    return Diagnostic("TFR308", severity, message, "Run the model with the TensorFlow that wrote it, or export it for this one.")


def _shown(name: str) -> str:
    return name if len(name) <= _MAX_SHOWN_CHARACTERS else name[:_MAX_SHOWN_CHARACTERS] + "..."
