"""A frozen graph that becomes another form of itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from tfreg.core.diagnostics import Diagnostic
from tfreg.core.inspections import Signature
from tfreg.core.records import DeclaredSignature
from tfreg.core.resolving.signatures import callable_signatures
from tfreg.core.rewrites.graphs.edit import GraphEdit, open_edit
from tfreg.core.rewrites.interface.applying import apply_options
from tfreg.core.rewrites.interface.choosing import choose_interface
from tfreg.core.rewrites.interface.interface import Interface
from tfreg.core.rewrites.pieces import RewrittenTree
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten, Source
from tfreg.core.rewrites.saved_models.pruning import cuts, prune


@dataclass(frozen=True, slots=True)
class EditedGraph:
    """A frozen graph as it is to be, and what is to be told about it."""

    edit: GraphEdit
    interface: Interface
    signatures: tuple[DeclaredSignature, ...]

    def rewritten(self, tree: RewrittenTree, notes: Iterable[Diagnostic] = ()) -> Rewritten:
        """Returns the result."""
        told = self.interface
        return Rewritten(tree, self.signatures, told.renamed, told.pruned, notes=(*told.notes, *notes))


@contextmanager
def frozen_edit(request: RewriteRequest) -> Iterator[EditedGraph]:
    """Opens a frozen graph with the options applied. Without options nothing is asked of it and nothing changed."""
    if not request.options.given:
        with open_edit(request.source, 0) as edit:
            yield EditedGraph(edit, Interface(0, ()), tuple(_declared(request.source)))
        return
    if not request.options.given - {"clear_devices"}:
        with open_edit(request.source, 0) as edit:
            apply_options(edit, Interface(0, ()), request)
            yield EditedGraph(edit, Interface(0, ()), tuple(_declared(request.source)))
        return
    interface = choose_interface(request)
    with open_edit(request.source, interface.meta_graph) as edit:
        interface = apply_options(edit, interface, request)
        if cuts(request.options):
            prune(edit, interface.signatures, interface.targets)
        yield EditedGraph(edit, interface, tuple(_of(one, interface.targets) for one in interface.signatures))


def _declared(source: Source) -> Iterator[DeclaredSignature]:
    for meta_graph in source.inspection.meta_graphs:
        for signature in callable_signatures(meta_graph):
            yield _of(signature, source.targets.get(signature.key, ()))


def _of(signature: Signature, targets: tuple[str, ...]) -> DeclaredSignature:
    return DeclaredSignature((), replace(signature, declared=False), targets)
