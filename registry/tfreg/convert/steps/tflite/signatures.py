"""Which signatures of a SavedModel become those of a TFLite model."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tfreg.core.bindings import BindingQuery, FeedUse
from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.errors import ConversionRefusedError
from tfreg.core.formats.saved_model import SavedModelFormat
from tfreg.core.inspections import MetaGraph, Signature
from tfreg.core.resolving.resolve import resolve
from tfreg.core.resolving.signatures import callable_signatures, choose_signature
from tfreg.core.resolving.tag_sets import choose_meta_graph
from tfreg.core.trees import LocalTree

DEFAULT, _EXPORTED = "serving_default", "serve"


@dataclass(slots=True)
class ChosenSignatures:
    """What is converted.

    Attributes:
        meta_graph: The MetaGraphDef.
        kept: Its signatures that are converted.
        left_out: Those that are not, and why.
        hints: What helps with some of these.
    """

    meta_graph: MetaGraph
    kept: tuple[Signature, ...]
    left_out: dict[str, str] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)


def choose_signatures(path: Path, options: ConversionOptions) -> ChosenSignatures:
    """Returns the signature that was asked for, else all that TFLite can hold.

    Raises:
        SignatureNotFoundError, TagSetNotFoundError, TagSetAmbiguousError: As `resolve`.
        ConversionRefusedError: There is none.
    """
    tree, kind = LocalTree(path), SavedModelFormat()
    inspection = kind.inspect(tree)
    index = choose_meta_graph(inspection.meta_graphs, options.tags)
    meta_graph = inspection.meta_graphs[index]
    if options.signature:
        return ChosenSignatures(meta_graph, (choose_signature(meta_graph, options.signature),))
    chosen = ChosenSignatures(meta_graph, ())
    found = callable_signatures(meta_graph)
    for signature in found:
        binding = resolve(inspection, BindingQuery(signature.key, meta_graph.tags), lambda at: kind.graph(tree, at))
        needed = [str(feed.tensor.ref) for feed in binding.feeds if not feed.tensor.key and feed.use is FeedUse.REQUIRED]
        if any(spec.components or spec.encoding for spec in (*signature.inputs, *signature.outputs)):
            chosen.left_out[signature.key] = "it has a sparse or ragged tensor, and TFLite has plain ones only"
        elif needed:
            chosen.left_out[signature.key] = f"it needs {needed[0]}, which it does not name among its inputs"
        elif signature.key == _EXPORTED and _same_as_default(signature, found):
            chosen.left_out[signature.key] = f"it is the same as {DEFAULT}"
        else:
            chosen.kept += (signature,)
    if not chosen.kept:
        why = next(iter(chosen.left_out.items()), None)
        raise ConversionRefusedError(
            f"The signature {why[0]!r} cannot become one of TFLite: {why[1]}." if why else "The SavedModel has no signatures.",
            hint="Make one first: tfreg convert --to saved_model, by --function and --spec, or by --inputs and --outputs.",
        )
    return chosen


def default_first(signatures: tuple[Signature, ...]) -> list[Signature]:
    """Returns the signatures with the default one first, without which nothing is converted."""
    return sorted(signatures, key=lambda one: one.key != DEFAULT)


def _same_as_default(signature: Signature, found: tuple[Signature, ...]) -> bool:
    """Whether it is what `model.export` writes twice, under both keys."""

    def interface(one: Signature) -> object:
        return [(spec.key, spec.dtype, spec.shape) for spec in (*one.inputs, *one.outputs)]

    return any(one.key == DEFAULT and interface(one) == interface(signature) for one in found)
