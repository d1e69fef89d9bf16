"""What a caller feeds for the outputs that it wants, and whether it must."""

from __future__ import annotations

from collections.abc import Collection

from tfreg.core.bindings import Feed, FeedUse
from tfreg.core.graphs.graph import Graph
from tfreg.core.graphs.outputs import spec_of
from tfreg.core.graphs.reachability import INPUT_OPS, PLACEHOLDER_OPS, Reachability
from tfreg.core.resolving.guess_rules import SOURCE_OPS
from tfreg.core.resolving.guesses import key_of, source_refs
from tfreg.core.resolving.housekeeping import belongs_to_saver
from tfreg.core.tensors import TensorRef, TensorSpec


def refs_of(spec: TensorSpec) -> tuple[TensorRef, ...]:
    """Returns the tensors of a spec: one, or those of its components."""
    if spec.ref is not None:
        return (spec.ref,)
    return tuple(ref for component in spec.components for ref in refs_of(component))


def feeds_of_signature(
    graph: Graph, reachability: Reachability, inputs: tuple[TensorSpec, ...], wanted: tuple[TensorRef, ...]
) -> tuple[Feed, ...]:
    """Returns a feed for each input, and one without a key for each other placeholder that `wanted` needs.

    An input is required if a run that feeds all other required ones fails without it; optional if the graph has a default for it;
    see `reachability` for what a run asks for.
    """
    fed = [ref for spec in inputs for ref in refs_of(spec)]
    reached = reachability.reached(wanted, fed)
    feeds = [Feed(spec, _use(graph, reachability, spec, reached.fed)) for spec in inputs]
    missing = sorted(name for name in reached.nodes if graph.nodes.op_of(name) in PLACEHOLDER_OPS)
    return (*feeds, *(Feed(spec_of(graph, TensorRef(name)), FeedUse.REQUIRED) for name in missing))


def feeds_of_graph(
    graph: Graph, reachability: Reachability, wanted: tuple[TensorRef, ...], loader_fed: Collection[str] = ()
) -> tuple[Feed, ...]:
    """Returns a feed for each input that `wanted` needs, under its operation's name, sorted by it.

    Inputs are placeholders, and the outputs of what reads batches: an iterator or a queue. Where a placeholder's default is such
    a batch, the placeholder is the input. Those that a loader feeds are left out.
    """
    sources = [ref for name in graph.nodes if graph.nodes.op_of(name) in SOURCE_OPS for ref in source_refs(graph, name)]
    covers = _placeholders_over_batches(graph, reachability) if sources else []
    reached = reachability.reached(wanted, (*sources, *covers))
    feeds = [Feed(spec_of(graph, ref, key_of(ref)), _use_of_batch(reachability, ref, covers)) for ref in reached.fed]
    for name in reached.nodes:
        op = graph.nodes.op_of(name)
        if op in INPUT_OPS and name not in loader_fed and not belongs_to_saver(name, op):
            use = FeedUse.REQUIRED if op in PLACEHOLDER_OPS else FeedUse.OPTIONAL
            feeds.append(Feed(spec_of(graph, TensorRef(name), key_of(TensorRef(name))), use))
    return tuple(sorted(feeds, key=lambda feed: feed.tensor.key.encode()))


def _placeholders_over_batches(graph: Graph, reachability: Reachability) -> list[TensorRef]:
    defaulted = (TensorRef(name) for name in graph.nodes if graph.nodes.op_of(name) in INPUT_OPS - PLACEHOLDER_OPS)
    return [ref for ref in defaulted if reachability.reads_batches(ref)]


def _use_of_batch(reachability: Reachability, ref: TensorRef, covers: Collection[TensorRef]) -> FeedUse:
    """A one-shot iterator needs nobody to initialise it: a placeholder over it may be left out."""
    return FeedUse.OPTIONAL if ref in covers and not reachability.needs_feed(ref) else FeedUse.REQUIRED


def _use(graph: Graph, reachability: Reachability, spec: TensorSpec, reached: frozenset[TensorRef]) -> FeedUse:
    used = [ref for ref in refs_of(spec) if ref in reached]
    if not used:
        return FeedUse.UNUSED
    required = any(_must_be_fed(graph, reachability, ref) for ref in used)
    return FeedUse.REQUIRED if required else FeedUse.OPTIONAL


def _must_be_fed(graph: Graph, reachability: Reachability, ref: TensorRef) -> bool:
    """True unless the graph itself can compute the tensor, from a default or otherwise without anything fed."""
    return ref.operation not in graph.nodes or reachability.needs_feed(ref)
