"""The interface that a conversion's result shall have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tfreg.core.diagnostics import Diagnostic
from tfreg.core.inspections import Signature
from tfreg.core.resolving.feeds import refs_of
from tfreg.core.rewrites.rewriting import RewriteRequest, Source
from tfreg.core.tensors import TensorRef, TensorSpec


@dataclass(frozen=True, slots=True)
class TracedCall:
    """A call of a traced function of a TF2 SavedModel that the graph does not have yet.

    Attributes:
        node: Name of the call's node in the edited graph.
        function: Name of the function in the library.
        arguments: What is fed to it, a placeholder for each, in the function's order.
        captures: Further arguments of the function, those that it captured: tensors of the edited graph, in the function's order.
    """

    node: str
    function: str
    arguments: tuple[TensorSpec, ...]
    captures: tuple[TensorRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Interface:
    """What the result of a conversion shall offer.

    Attributes:
        meta_graph: Place of the MetaGraphDef in `inspection.meta_graphs` of what the graph comes from (`graph_source`).
        signatures: The signatures, sorted by key's UTF-8 bytes; tensors are named as in the *edited* graph.
        targets: Operations to be run once before the first call: what fills the tables.
        pruned: Keys of the source's signatures that the result lacks, and why: `label_ids` -> "no output depends on it".
        renamed: Where a tensor of the source has another name in the edited graph: `old:0` -> `new:0`.
        notes: What callers should know, with codes `TFR5xx`.
        trace: The call that `apply_options` adds; None unless a function was asked for.
        further: Operations that the caller gave a name of their own, whether a signature names them or not.
    """

    meta_graph: int
    signatures: tuple[Signature, ...]
    targets: tuple[str, ...] = ()
    pruned: Mapping[str, str] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Diagnostic, ...] = ()
    trace: TracedCall | None = None
    further: tuple[str, ...] = ()

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations that the result must have for callers' sake: those that they feed, fetch or named."""
        specs = (spec for signature in self.signatures for spec in (*signature.outputs, *signature.inputs))
        return (*(ref.operation for spec in specs for ref in refs_of(spec)), *self.further)


def graph_source(request: RewriteRequest) -> Source:
    """Returns the artifact that the graph comes from: the one given as `graph`, else the source itself."""
    return request.others.get("graph", request.source)
