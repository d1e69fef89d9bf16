"""Graphs that train: what of training an output depends on, so that its numbers would not be those of inference.

A train op elsewhere in the graph is pruned and harms nobody. What counts is what the outputs need: batches that an iterator or a queue
would have to give, gradients and updates, dropout that is always on, batch norm by the batch's own mean.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from tfreg.core.diagnostics import Diagnostic, Place, Severity
from tfreg.core.errors import TrainingGraphError
from tfreg.core.graphs.calls import CASE_OPS, IF_OPS, call_of, is_call
from tfreg.core.graphs.graph import Graph, Node, Nodes
from tfreg.core.graphs.reachability import ITERATOR_READING_OPS, QUEUE_READING_OPS, Reachability
from tfreg.core.inspections import Signature
from tfreg.core.resolving.guess_rules import differentiated
from tfreg.core.resolving.housekeeping import is_update
from tfreg.core.resolving.nearest import listed, shown
from tfreg.core.rewrites.interface.flowing import consumers_of, downstream
from tfreg.core.rewrites.interface.naming import refs
from tfreg.core.rewrites.rewriting import RewriteRequest
from tfreg.core.tensors import TensorRef

_BATCH_NORM_OPS = frozenset({"FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"})
_RANDOM_OPS = frozenset({"RandomUniform", "StatelessRandomUniform", "StatelessRandomUniformV2"})
_MASKING_OPS = frozenset({"Floor", "GreaterEqual"})
_PASSING_OPS = frozenset({"Add", "AddV2", "Cast", "Identity", "Mul", "Sub"})
_DROPOUT_NAME = re.compile(r"(?:^|/)dropout[^/]*/", re.IGNORECASE)
_BATCH_MOMENTS = re.compile(r"batch_?norm[^/]*/moments/", re.IGNORECASE)
_SWITCH_OPS = frozenset({"Switch", "RefSwitch"})
_MERGE_OPS = frozenset({"Merge", "RefMerge"})
_MAX_FUNCTIONS = 10_000
_MAX_DEPTH = 32
_MAX_STEPS = 8
_MAX_KINDS = 8


class Trait(NamedTuple):
    """A sign of training: the node, the function that it is in (empty: the top level), and what it is."""

    node: str
    function: str
    what: str


def refuse_training_graph(
    graph: Graph,
    reachability: Reachability,
    signatures: tuple[Signature, ...],
    request: RewriteRequest,
    fed: Collection[TensorRef] = (),
) -> tuple[Diagnostic, ...]:
    """Looks at a checkpoint that is converted from its own graph.

    Args:
        graph: The graph.
        reachability: Of it.
        signatures: Whose outputs count.
        request: What is converted; nothing but a checkpoint without a graph of its own given is looked at.
        fed: The inputs, at which the outputs' dependencies end.

    Returns:
        A note, if the caller allows a training graph.

    Raises:
        TrainingGraphError: An output depends on what only training does.
    """
    if not trains_itself(request):
        return ()
    wanted = refs(spec for signature in signatures for spec in signature.outputs)
    traits = list(training_traits(graph, reachability, wanted, fed))
    if not traits:
        return ()
    first = traits[0]
    message = f"The checkpoint's own graph is for training: the outputs depend on {'; and on '.join(_kinds(traits))}."
    if request.options.allow_training_graph:
        return (Diagnostic("TFR504", Severity.WARNING, message, "", Place(operation=first.node, function=first.function)),)
    raise TrainingGraphError(
        message,
        hint="Give the inference graph: --graph FILE (.meta, GraphDef or graph.pbtxt)."
        + _placeholder_hint(graph, traits)
        + " Or say --allow-training-graph.",
        node=first.node,
        function=first.function,
        nodes=listed([trait.node for trait in traits]),
    )


def _kinds(traits: Sequence[Trait]) -> list[str]:
    """Returns the first node of each kind, and how many more there are, so that all that stands in the way is known at once."""
    kinds: dict[str, list[Trait]] = {}
    for trait in traits:
        kinds.setdefault(trait.what, []).append(trait)
    told = []
    for what, same in list(kinds.items())[:_MAX_KINDS]:
        place = shown(same[0].node) + (f" in the function {shown(same[0].function)}" if same[0].function else "")
        told.append(f"{place}, {what}" + (f", and {len(same) - 1} more of the kind" if len(same) > 1 else ""))
    return told


def trains_itself(request: RewriteRequest) -> bool:
    """True for a checkpoint that is converted from its own graph, which usually is the one that trained it."""
    return request.source.format == "tf1_checkpoint" and "graph" not in request.others


def training_traits(
    graph: Graph, reachability: Reachability, wanted: Collection[TensorRef], fed: Collection[TensorRef]
) -> Iterator[Trait]:
    """Yields the signs of training that a run which fetches `wanted` and feeds `fed` meets, in the graph's order."""
    fed_operations = {ref.operation for ref in fed}
    reached = reachability.reached(wanted, fed).nodes - fed_operations
    body, seen = _Body(graph.nodes, reached), set[str]()
    for name in graph.nodes:
        if name in reached:
            op = graph.nodes.op_of(name)
            if what := body.trait(name, op):
                yield Trait(name, "", what)
            elif is_call(op, graph.functions):
                yield from _called(graph, graph.nodes[name], seen, 0)


def _called(graph: Graph, call: Node, seen: set[str], depth: int) -> Iterator[Trait]:
    """Yields the signs in functions that are called unconditionally, the bodies of loops among them, and in those that they call so."""
    if call.op in IF_OPS | CASE_OPS or depth > _MAX_DEPTH or len(seen) > _MAX_FUNCTIONS:
        return
    for name in call_of(call, graph.functions).functions:
        function = graph.functions.get(name)
        if function is None or name in seen:
            continue
        seen.add(name)
        body = _Body(function.nodes, frozenset(function.nodes))
        for inner in function.nodes:
            op = function.nodes.op_of(inner)
            if what := body.trait(inner, op):
                yield Trait(inner, function.name, what)
            elif is_call(op, graph.functions):
                yield from _called(graph, function.nodes[inner], seen, depth + 1)


class _Body:
    """Nodes that run: at the top level, or in a function."""

    def __init__(self, nodes: Nodes, reached: frozenset[str]) -> None:
        self._nodes, self._reached = nodes, reached
        self._consumers: dict[str, list[str]] | None = None
        self._conditional: set[str] | None = None
        self._has_switches = not nodes.ops.isdisjoint(_SWITCH_OPS)

    def trait(self, name: str, op: str) -> str:
        """Returns of which sign of training a node is, as a clause; empty if it is none."""
        if op in ITERATOR_READING_OPS or op in QUEUE_READING_OPS:
            return f"from which training gets its batches ({op})"
        if is_update(op) or differentiated(name) is not None:
            return f"a part of its optimiser or its gradients ({op})"
        if op in _BATCH_NORM_OPS and self._normalises_by_batch(name):
            return f"a batch norm in training mode ({op} with is_training=True)"
        if _BATCH_MOMENTS.search(name) and op == "Mean" and not self._is_conditional(name):
            return "a batch norm that takes the mean of the batch"
        if op in _RANDOM_OPS and self._is_dropout(name) and not self._is_conditional(name):
            return f"dropout that is always on ({op})"
        return ""

    def _normalises_by_batch(self, name: str) -> bool:
        attr = self._nodes[name].attr
        is_training = "is_training" not in attr or attr["is_training"].b  # the op's default is true
        return is_training and not self._is_conditional(name)

    def _is_dropout(self, name: str) -> bool:
        """True for random numbers of which a mask is made: `floor(keep + random)`, or `random >= rate`."""
        if _DROPOUT_NAME.search(name):
            return True
        level = [name]
        for _ in range(_MAX_STEPS):
            level = [consumer for one in level for consumer in self._consumers_of(one)]
            if any(self._nodes.op_of(one) in _MASKING_OPS for one in level):
                return True
            level = [one for one in level if self._nodes.op_of(one) in _PASSING_OPS][:_MAX_STEPS]
        return False

    def _is_conditional(self, name: str) -> bool:
        """True if a branch of control flow v1 decides whether the node runs: it lies between a Switch and its Merge."""
        if self._conditional is None:
            self._conditional = downstream(self._inner_consumers(), filter(self._begins_branch, self._reached))
        return name in self._conditional

    def _begins_branch(self, name: str) -> bool:
        if self._nodes.op_of(name) not in _SWITCH_OPS:
            return False
        decided_by = self._nodes[name].inputs[1:2]
        decider = decided_by[0].partition(":")[0] if decided_by else ""
        return decider not in self._nodes or self._nodes.op_of(decider) != "LoopCond"

    def _inner_consumers(self) -> dict[str, list[str]]:
        """Returns who consumes what, without the nodes at which branches meet."""
        found = consumers_of(self._nodes) if self._has_switches else {}
        return {name: [one for one in told if self._nodes.op_of(one) not in _MERGE_OPS] for name, told in found.items()}

    def _consumers_of(self, name: str) -> list[str]:
        if self._consumers is None:
            self._consumers = {}
            for one in self._reached:
                for text in self._nodes[one].inputs:
                    self._consumers.setdefault(text.partition(":")[0], []).append(one)
        return self._consumers.get(name, [])


def _placeholder_hint(graph: Graph, traits: list[Trait]) -> str:
    batches = [trait.node for trait in traits if not trait.function and graph.nodes.op_of(trait.node) in ITERATOR_READING_OPS]
    return f" Batches can be replaced by a placeholder: --placeholder NAME={batches[0]}:0." if batches else ""
