"""Names for a graph that no signature describes: what looks like its inputs and outputs, how sure that is, and why.

`guess_rules` holds the rules; this finds the tensors that they are about.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from tfreg.core.bindings import Confidence, Feed, FeedUse, Guess
from tfreg.core.graphs.calls import CASE_OPS, IF_OPS, WHILE_OPS
from tfreg.core.graphs.graph import Graph, Node
from tfreg.core.graphs.outputs import Output, described, outputs_of
from tfreg.core.graphs.reachability import INPUT_OPS
from tfreg.core.resolving import guess_rules as rules
from tfreg.core.resolving.guess_rules import (
    INPUT_RULES,
    LOSS_OPS,
    PICKING_OPS,
    SCORING_OPS,
    SOURCE_OPS,
    Rule,
    differentiated,
    is_unnamed_shape,
)
from tfreg.core.resolving.housekeeping import assigns, belongs_to_saver, is_result, is_summary, is_update, reports
from tfreg.core.tensors import TensorRef, TensorSpec

_CONTROL_FLOW_OPS = IF_OPS | CASE_OPS | WHILE_OPS
_EXIT_OPS = frozenset({"Exit", "RefExit"})
_MAX_PASSES = 20
_MAX_LOOKED_AT = 1_000_000  # nodes, in all passes but the first two
MAX_GUESSED = 1000
"""More results than this are no guess any more."""
_RANKS = {Confidence.HIGH: 0, Confidence.MEDIUM: 1, Confidence.LOW: 2}


@dataclass(frozen=True, slots=True)
class GuessedOutput:
    """A tensor that may be an output, and the rule that says so."""

    spec: TensorSpec
    rule: Rule


@dataclass(frozen=True, slots=True)
class Candidates:
    """What may be inputs and outputs.

    Attributes:
        outputs: Outputs of the nodes that no part of the model consumes and that some input flows into, sorted by key.
        inputs: All that a caller could feed, needed for these outputs or not, in the graph's order.
    """

    outputs: tuple[GuessedOutput, ...]
    inputs: tuple[TensorRef, ...] = ()

    @property
    def fetches(self) -> tuple[TensorSpec, ...]:
        """The outputs of high and medium confidence."""
        return tuple(output.spec for output in self.outputs if output.rule.confidence is not Confidence.LOW)


def find_candidates(graph: Graph, loader_fed: Collection[str] = ()) -> Candidates:
    """Looks for inputs and outputs.

    Args:
        graph: Where to look.
        loader_fed: Placeholders that a loader feeds, not a caller: paths of assets and of the checkpoint.
    """
    flow = _flow(graph, frozenset(loader_fed))
    outputs: list[GuessedOutput] = []
    for name, rule in _sinks(graph, flow):
        found = outputs_of(graph.nodes[name], graph.functions)
        for index, output in enumerate((Output(),) if found is None else found[:MAX_GUESSED]):
            ref = TensorRef(name, index)
            outputs.append(GuessedOutput(described(ref, output, key_of(ref)), rule))
        if len(outputs) > MAX_GUESSED:
            break
    inputs = (ref for name in graph.nodes if name in flow.inputs for ref in _input_refs(graph, name))
    return Candidates(
        tuple(sorted(outputs[:MAX_GUESSED], key=lambda output: output.spec.key.encode())), tuple(islice(inputs, MAX_GUESSED))
    )


def guess_fetches(graph: Graph) -> tuple[TensorSpec, ...]:
    """Returns the likely outputs."""
    return find_candidates(graph).fetches


def guesses_of(graph: Graph, candidates: Candidates | None, feeds: Iterable[Feed]) -> tuple[Guess, ...]:
    """Returns the candidates with their reasons, the surest first, inputs before outputs.

    Args:
        graph: Where they are.
        candidates: What was found; None if the caller asked for outputs of its own.
        feeds: The inputs that the fetches need.
    """
    needed = {feed.tensor.ref: feed for feed in feeds if feed.tensor.ref}
    if candidates is None:
        return tuple(_guess(ref, rules.ASKED_FOR) for ref in needed)
    chosen = {ref: _input_rule(graph, ref, feed) for ref, feed in needed.items()}
    covered = {name for ref, rule in chosen.items() if rule is rules.OVER_BATCHES for name in graph.nodes[ref.operation].inputs}
    found = [_guess(ref, rule) for ref, rule in chosen.items()]
    found += [
        _guess(ref, rules.COVERED if key_of(ref) in covered else rules.NOT_NEEDED)
        for ref in candidates.inputs
        if ref not in needed
    ]
    found += [_guess(output.spec.ref, output.rule, output=True) for output in candidates.outputs if output.spec.ref]
    return tuple(sorted(found, key=_rank)[:MAX_GUESSED])


def _input_rule(graph: Graph, ref: TensorRef, feed: Feed) -> Rule:
    op = graph.nodes.op_of(ref.operation)
    return rules.OVER_BATCHES if op == "PlaceholderWithDefault" and feed.use is FeedUse.REQUIRED else INPUT_RULES[op]


def source_refs(graph: Graph, name: str) -> Iterator[TensorRef]:
    """Yields the outputs of an iterator's or a queue's node."""
    outputs = outputs_of(graph.nodes[name], graph.functions)
    yield from (TensorRef(name, index) for index in range(min(len(outputs or ()), MAX_GUESSED)))


def key_of(ref: TensorRef) -> str:
    """Returns the key of a tensor that no signature names: its operation, with the index unless it is 0."""
    return str(ref) if ref.index else ref.operation


def _guess(ref: TensorRef, rule: Rule, *, output: bool = False) -> Guess:
    return Guess(ref, output, rule.confidence, rule.reason)


def _rank(guess: Guess) -> tuple[int, bool, bytes, int]:
    return _RANKS[guess.confidence], guess.output, guess.ref.operation.encode(), guess.ref.index


def _input_refs(graph: Graph, name: str) -> Iterator[TensorRef]:
    return source_refs(graph, name) if graph.nodes.op_of(name) in SOURCE_OPS else iter((TensorRef(name),))


@dataclass(slots=True)
class _Flow:
    """What flows where in a graph.

    Attributes:
        is_training: Whether the graph updates variables by gradients, or has the op of a loss.
        inputs: Nodes that a caller may feed.
        consumed: Nodes that the model itself consumes.
        watched: Nodes that training or summaries consume.
        reported: Nodes whose number is reported to TensorBoard.
        picked: Nodes of which the model takes the best.
        flowing: Nodes that an input flows into.
        training: Nodes that belong to gradients or are computed from them.
        losses: Nodes that are computed from the op of a loss.
        differentiated: Operations that training differentiates.
        filling: Nodes that variables are filled from, and nothing else uses.
    """

    is_training: bool
    inputs: set[str] = field(default_factory=set)
    consumed: set[str] = field(default_factory=set)
    watched: set[str] = field(default_factory=set)
    reported: set[str] = field(default_factory=set)
    picked: set[str] = field(default_factory=set)
    flowing: set[str] = field(default_factory=set)
    training: set[str] = field(default_factory=set)
    losses: set[str] = field(default_factory=set)
    differentiated: set[str] = field(default_factory=set)
    filling: set[str] = field(default_factory=set)

    @property
    def size(self) -> int:
        """Grows as long as a pass finds more."""
        return len(self.flowing) + len(self.training) + len(self.losses)


def _flow(graph: Graph, loader_fed: frozenset[str]) -> _Flow:
    flow = _Flow(any(is_update(op) or op in LOSS_OPS for op in graph.nodes.ops))
    for _ in range(min(_MAX_PASSES, 2 + _MAX_LOOKED_AT // (1 + len(graph.nodes)))):
        before = flow.size
        if not _pass(graph, loader_fed, flow) or flow.size == before:
            break
    flow.inputs -= flow.filling
    return flow


def _pass(graph: Graph, loader_fed: frozenset[str], flow: _Flow) -> bool:
    """Goes through the nodes once. Returns True if one comes before what it consumes, so that another pass may find more."""
    seen: set[str] = set()
    used: set[str] = set()
    out_of_order = False
    flow.consumed.clear()
    for node in graph.nodes.values():
        sources = _sources(node)
        if flow.is_training:
            _note_training(node, sources, flow)
        if node.op in LOSS_OPS or not flow.losses.isdisjoint(sources):
            flow.losses.add(node.name)
        _consumed_by(node, flow).update(sources)
        if reports(node.op):
            flow.reported.update(sources)
        (flow.filling if assigns(node.op) else used).update(sources)
        is_input = _is_input(node) and node.name not in loader_fed
        if is_input:
            flow.inputs.add(node.name)
        if is_input or not flow.flowing.isdisjoint(sources):
            flow.flowing.add(node.name)
        out_of_order = out_of_order or not seen.issuperset(sources)
        seen.add(node.name)
    flow.filling -= used
    return out_of_order


def _consumed_by(node: Node, flow: _Flow) -> set[str]:
    """Returns the set that the sources of a node belong to."""
    if is_summary(node.op) or node.name in flow.training:
        return flow.watched
    return flow.picked if node.op in PICKING_OPS else flow.consumed


def _note_training(node: Node, sources: list[str], flow: _Flow) -> None:
    operation = differentiated(node.name)
    if operation:
        flow.differentiated.add(operation)
    if operation is not None or not flow.training.isdisjoint(sources):
        flow.training.add(node.name)


def _sinks(graph: Graph, flow: _Flow) -> list[tuple[str, Rule]]:
    flow.consumed |= {name for name in flow.picked if name in graph.nodes and graph.nodes.op_of(name) not in SCORING_OPS}
    offered = flow.flowing - flow.consumed - flow.training
    sinks = [name for name in graph.nodes if name in offered and _is_wanted(graph, name)]
    by_products = _by_products(graph, sinks, flow.consumed)
    return [(name, rules.BY_PRODUCT if name in by_products else _rule(name, graph.nodes.op_of(name), flow)) for name in sinks]


def _rule(name: str, op: str, flow: _Flow) -> Rule:
    if is_unnamed_shape(name, op):
        return rules.SHAPE
    if name in flow.losses or name in flow.differentiated:
        return rules.LOSS
    if name in flow.reported:
        return rules.REPORTED
    if name in flow.picked:
        return rules.PROBABILITIES
    if name in flow.watched:
        return rules.WATCHED_SINK
    return rules.TRAINING_SINK if flow.is_training else rules.SINK


def _is_wanted(graph: Graph, name: str) -> bool:
    op = graph.nodes.op_of(name)
    return op not in INPUT_OPS and op not in SOURCE_OPS and is_result(name, op)


def _sources(node: Node) -> list[str]:
    return [text.partition(":")[0] for text in node.inputs if not text.startswith("^")]


def _by_products(graph: Graph, sinks: list[str], consumed: set[str]) -> set[str]:
    """Returns the sinks that are outputs of a branch or loop of which another output is the one that goes on: a loop's counter, say."""
    origins = {name: origin for name in sinks if (origin := _control_flow_of(graph, name))}
    if not origins:
        return set()
    going_on = {_control_flow_of(graph, name) for name in consumed if name in graph.nodes}
    return {name for name, origin in origins.items() if origin in going_on}


def _control_flow_of(graph: Graph, name: str) -> str:
    """Returns the branch or loop that a node gives an output of; empty if it does not.

    TensorFlow gives each output of an If or While an Identity, and each variable of a loop of control flow v1 an Exit in its scope.
    """
    op = graph.nodes.op_of(name)
    if op in _EXIT_OPS:
        return name.rpartition("/")[0]
    source = _sources(graph.nodes[name])[:1] if op == "Identity" else []
    return source[0] if source and source[0] in graph.nodes and graph.nodes.op_of(source[0]) in _CONTROL_FLOW_OPS else ""


def _is_input(node: Node) -> bool:
    return node.op in SOURCE_OPS or (node.op in INPUT_OPS and not belongs_to_saver(node.name, node.op))
