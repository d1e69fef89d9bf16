"""The one question: which names do I feed and fetch?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from tfreg.core.bindings import Binding, BindingQuery, Feed
from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.fingerprints.interface import signature_fingerprint
from tfreg.core.graphs.graph import Graph
from tfreg.core.graphs.reachability import Reachability
from tfreg.core.inspections import Inspection, MetaGraph, Signature
from tfreg.core.resolving.feeds import feeds_of_graph, feeds_of_signature, refs_of
from tfreg.core.resolving.fetches import choose_fetches
from tfreg.core.resolving.findings import findings_of_signature, guessed
from tfreg.core.resolving.guesses import find_candidates, guesses_of
from tfreg.core.resolving.interfaces import has_interface, resolve_interface
from tfreg.core.resolving.refusals import no_graph, no_signatures
from tfreg.core.resolving.signatures import callable_signatures, choose_signature, unknown_signature
from tfreg.core.resolving.tables import table_initialisers
from tfreg.core.resolving.tag_sets import choose_meta_graph
from tfreg.core.tensors import TensorRef, TensorSpec


def resolve(inspection: Inspection, query: BindingQuery, graph: Callable[[int], Graph]) -> Binding:
    """Answers `query` for one artifact.

    Args:
        inspection: What the artifact says about itself.
        query: What the caller wants.
        graph: Opens the graph of the MetaGraphDef with this index; it is closed again before this returns.

    Raises:
        NoGraphError: The format has no graph.
        GraphUnreadableError: The graph is damaged.
        TagSetAmbiguousError, TagSetNotFoundError: See `tag_sets`.
        SignatureAmbiguousError, SignatureNotFoundError: See `signatures`.
        NoSignaturesError: A SavedModel for Python callers only.
        OutputNotFoundError: See `fetches`.
    """
    if has_interface(inspection):
        binding = resolve_interface(inspection, query)
        return replace(binding, format=inspection.format, diagnostics=binding.diagnostics + _problems(inspection))
    if not inspection.meta_graphs:
        raise no_graph(inspection)
    index = choose_meta_graph(inspection.meta_graphs, query.tags)
    meta_graph = inspection.meta_graphs[index]
    if callable_signatures(meta_graph):
        signature = choose_signature(meta_graph, query.signature)
        with graph(index) as opened:
            binding = _by_signature(opened, meta_graph, signature, query.outputs)
            if signature.declared and inspection.format != "saved_model":
                binding = _with_table_initialisers(opened, binding)
    else:
        if inspection.functions:
            raise no_signatures(inspection)
        if query.signature:
            raise unknown_signature(meta_graph, query.signature)
        with graph(index) as opened:
            binding = _by_guess(opened, meta_graph, query.outputs)
        if not binding.fetches and inspection.format == "saved_model":
            raise no_signatures(inspection)
    return replace(binding, format=inspection.format, diagnostics=binding.diagnostics + _problems(inspection))


def _by_signature(graph: Graph, meta_graph: MetaGraph, signature: Signature, outputs: tuple[str, ...]) -> Binding:
    reachability = Reachability(graph)

    @cache
    def live_nodes() -> frozenset[str]:
        return reachability.reached(_refs(signature.outputs)).nodes

    fetches = choose_fetches(graph, signature, outputs, lambda name: name in live_nodes()) if outputs else signature.outputs
    feeds = feeds_of_signature(graph, reachability, signature.inputs, _refs(fetches))
    return Binding(
        format="",
        tags=meta_graph.tags,
        signature=signature.key,
        method_name=signature.method_name,
        feeds=tuple(sorted(feeds, key=_by_key)),
        fetches=fetches,
        targets=meta_graph.targets,
        diagnostics=findings_of_signature(graph, signature, feeds, fetches),
        signature_fingerprint=signature_fingerprint(signature),
    )


def _with_table_initialisers(graph: Graph, binding: Binding) -> Binding:
    """Adds what fills the tables of a graph that nothing but a declared signature describes."""
    if binding.targets.init_operations:
        return binding
    initialisers = table_initialisers(graph, Reachability(graph), _refs(binding.fetches))
    return replace(binding, targets=replace(binding.targets, init_operations=initialisers))


def _by_guess(graph: Graph, meta_graph: MetaGraph, outputs: tuple[str, ...]) -> Binding:
    reachability = Reachability(graph)
    candidates, loader_fed = None, _loader_fed(meta_graph)
    if outputs:
        fetches = choose_fetches(graph, None, outputs, lambda name: reachability.needs_feed(TensorRef(name)))
        finding = guessed("The inputs are", "no signature names them; they are what the outputs need")
    else:
        candidates = find_candidates(graph, loader_fed)
        fetches = candidates.fetches
        finding = guessed("The names are", "no signature says them; they are the graph's placeholders and what nothing consumes")
    wanted = _refs(fetches)
    targets = meta_graph.targets
    if not targets.init_operations:
        targets = replace(targets, init_operations=table_initialisers(graph, reachability, wanted))
    feeds = feeds_of_graph(graph, reachability, wanted, loader_fed)
    return Binding(
        format="",
        tags=meta_graph.tags,
        signature="",
        method_name="",
        feeds=feeds,
        fetches=fetches,
        targets=targets,
        guessed=True,
        diagnostics=(finding,),
        guesses=guesses_of(graph, candidates, feeds),
    )


def _loader_fed(meta_graph: MetaGraph) -> set[str]:
    """Returns the operations into which a SavedModel's loader feeds paths."""
    filename = meta_graph.targets.restore_filename
    return {asset.ref.operation for asset in meta_graph.assets} | ({filename.operation} if filename else set())


def _refs(specs: tuple[TensorSpec, ...]) -> tuple[TensorRef, ...]:
    return tuple(ref for spec in specs for ref in refs_of(spec))


def _by_key(feed: Feed) -> tuple[bool, bytes, str]:
    return not feed.tensor.key, feed.tensor.key.encode(), str(feed.tensor.ref or "")


def _problems(inspection: Inspection) -> tuple[Diagnostic, ...]:
    """Returns what else is wrong with the artifact. Findings about signatures are made anew for the one that was chosen."""
    return tuple(
        problem
        for problem in inspection.problems
        if problem.severity is not Severity.INFO and not problem.code.startswith("TFR2")
    )
