"""What a loader runs once before the first call, as far as the frozen graph still needs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tfreg.core.graphs.graph import Nodes
from tfreg.core.rewrites.freeze.flow import TABLE_OPS
from tfreg.core.rewrites.freeze.rules import ASSIGN_OPS
from tfreg.core.rewrites.graphs.edit import GraphEdit
from tfreg.core.rewrites.graphs.inputs import control_inputs, data_inputs, producer_of
from tfreg.core.rewrites.graphs.pruning import ancestors
from tfreg.core.rewrites.interface.flowing import consumers_of, downstream


@dataclass(slots=True)
class Initialising:
    """What initialisers do for the graph.

    Attributes:
        targets: Those that are still needed, in order.
        assigned: The variables that they fill: name -> the assigning node, and the input that it assigns.
    """

    targets: list[str] = field(default_factory=list)
    assigned: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def needed_initialisers(edit: GraphEdit, targets: Iterable[str], needed: set[str]) -> Initialising:
    """Cuts the groups among the targets down to what concerns the needed nodes. Adds to `needed` what that needs itself.

    A leaf of a group stays unless all that it fills is variables or tables that are not needed.
    """
    nodes = edit.nodes()
    targets = [name for name in targets if name in nodes]
    leaves = {leaf for target in targets for leaf in _leaves(nodes, target)}
    kept = _needed_leaves(nodes, leaves, needed)
    groups = {group for target in targets for group in _groups(nodes, target)}
    for group in groups:
        _cut(edit, group, leaves - kept)
    found = [name for name in targets if any(leaf in kept for leaf in _leaves(nodes, name))]
    return Initialising(
        found, {_variable(nodes, leaf): (leaf, data_inputs(nodes[leaf].inputs)[1]) for leaf in kept if _assigns(nodes, leaf)}
    )


def does_something(nodes: Nodes, target: str) -> bool:
    """Whether running an operation has an effect: it is more than a group of nothing."""
    return any(nodes.op_of(leaf) != "NoOp" for leaf in _leaves(nodes, target))


def _needed_leaves(nodes: Nodes, leaves: set[str], needed: set[str]) -> set[str]:
    """Returns the leaves that are needed, and adds to `needed` what they need. What one needs, another may have to fill first.

    Each node is looked at once, however the leaves wait for each other.
    """
    if not leaves:
        return set()
    below = ancestors(nodes, leaves)
    consumers = consumers_of(nodes, below)
    assigning: dict[str, list[str]] = {}
    for leaf in leaves:
        if _assigns(nodes, leaf):
            assigning.setdefault(_variable(nodes, leaf), []).append(leaf)
    filling = leaves.difference(*assigning.values())
    behind_tables = downstream(consumers, (name for name in below if nodes.op_of(name) in TABLE_OPS))
    waiting, known, filled = [*needed, *(filling - behind_tables)], set[str](), set[str]()
    while waiting:
        name = waiting.pop()
        if name in known:
            continue
        known.add(name)
        waiting += assigning.get(name, ())
        if name in below and nodes.op_of(name) in TABLE_OPS:
            waiting += filling & downstream(consumers, [name], filled)
        if name not in needed:
            waiting += (producer for producer in map(producer_of, nodes[name].inputs) if producer in nodes)
    needed |= known
    return leaves & known


def _assigns(nodes: Nodes, leaf: str) -> bool:
    return nodes.op_of(leaf) in ASSIGN_OPS and len(data_inputs(nodes[leaf].inputs)) > 1


def _variable(nodes: Nodes, assign: str) -> str:
    return producer_of(nodes[assign].inputs[0])


def _groups(nodes: Nodes, target: str) -> set[str]:
    """Returns a target and the groups in it: nodes that do nothing but to wait for others."""
    found: set[str] = set()
    waiting = [target]
    while waiting:
        name = waiting.pop()
        if name in found or name not in nodes or nodes.op_of(name) != "NoOp":
            continue
        found.add(name)
        waiting += map(producer_of, nodes[name].inputs)
    return found


def _leaves(nodes: Nodes, target: str) -> set[str]:
    if nodes.op_of(target) != "NoOp":
        return {target}
    groups = _groups(nodes, target)
    return {
        producer
        for group in groups
        for producer in map(producer_of, nodes[group].inputs)
        if producer in nodes and producer not in groups
    }


def _cut(edit: GraphEdit, group: str, dropped: set[str]) -> None:
    inputs = edit.nodes()[group].inputs
    left = [text for text in control_inputs(inputs) if producer_of(text) not in dropped]
    if len(left) != len(inputs):
        node = edit.node(group)
        node.input[:] = left
        edit.put(node)
