"""A frozen graph that becomes another form of itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tfreg.core.diagnostics import Diagnostic
from tfreg.core.errors import GraphUnreadableError
from tfreg.core.inspections import Signature
from tfreg.core.records import DeclaredSignature
from tfreg.core.resolving.signatures import callable_signatures
from tfreg.core.rewrites.graphs.edit import open_edit
from tfreg.core.rewrites.graphs.opening import graph_file
from tfreg.core.rewrites.interface.applying import apply_options
from tfreg.core.rewrites.interface.choosing import choose_interface
from tfreg.core.rewrites.interface.interface import Interface
from tfreg.core.rewrites.pieces import Piece, RewrittenTree
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten, Source
from tfreg.core.rewrites.saved_models.pruning import cuts, prune


@dataclass(frozen=True, slots=True)
class FrozenGraph:
    """A frozen graph as it is to be.

    Attributes:
        pieces: Its GraphDef.
        signatures: What callers see of it.
        interface: What became of its names.
    """

    pieces: Sequence[Piece]
    signatures: tuple[DeclaredSignature, ...]
    interface: Interface

    def rewritten(self, tree: RewrittenTree, notes: Iterable[Diagnostic] = ()) -> Rewritten:
        """Returns the result."""
        told = self.interface
        return Rewritten(tree, self.signatures, told.renamed, told.pruned, notes=(*told.notes, *notes))


def frozen_graph(request: RewriteRequest) -> FrozenGraph:
    """Returns the graph with the options applied. Without options nothing is asked of it and nothing changed."""
    source, options, unchanged = request.source, request.options, Interface(0, ())
    if not options.given:
        return FrozenGraph(_as_it_is(source), tuple(_declared(source)), unchanged)
    if options.given == {"clear_devices"}:  # for which it needs no signature
        with open_edit(source, 0) as edit:
            apply_options(edit, unchanged, request)
            return FrozenGraph(edit.pieces(), tuple(_declared(source)), unchanged)
    interface = choose_interface(request)
    with open_edit(source, interface.meta_graph) as edit:
        interface = apply_options(edit, interface, request)
        if cuts(options):
            prune(edit, interface, interface.targets)
        return FrozenGraph(edit.pieces(), tuple(_of(one, interface.targets) for one in interface.signatures), interface)


def _as_it_is(source: Source) -> list[Piece]:
    with source.graph(0) as graph:
        if graph.places is None:
            raise GraphUnreadableError(f"The graph of {source.tree.name} has no bytes of its own.")
        reader = graph.places.reader
        return list(graph_file(source, reader).pieces(0, reader.size_bytes))


def _declared(source: Source) -> Iterator[DeclaredSignature]:
    for meta_graph in source.inspection.meta_graphs:
        for signature in callable_signatures(meta_graph):
            yield _of(signature, source.targets.get(signature.key, ()))


def _of(signature: Signature, targets: tuple[str, ...]) -> DeclaredSignature:
    return DeclaredSignature((), replace(signature, declared=False), targets)
