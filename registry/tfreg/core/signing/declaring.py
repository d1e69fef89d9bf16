"""From what a user declares to a signature that its artifact can answer for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice

from tfreg.core.bindings import Feed, FeedUse
from tfreg.core.diagnostics import Diagnostic, Place, Severity
from tfreg.core.errors import SignatureExistsError, SignatureInvalidError
from tfreg.core.graphs.graph import Graph
from tfreg.core.graphs.reachability import Reachability
from tfreg.core.inspections import Inspection, MetaGraph, Signature
from tfreg.core.records import DeclaredSignature
from tfreg.core.resolving.feeds import feeds_of_signature, refs_of
from tfreg.core.resolving.findings import findings_of_signature
from tfreg.core.resolving.interfaces import has_interface
from tfreg.core.resolving.nearest import shown
from tfreg.core.resolving.refusals import names_of_its_own, no_graph
from tfreg.core.resolving.tag_sets import choose_meta_graph, written
from tfreg.core.signing.overlay import Overlaid
from tfreg.core.signing.request import PREDICT, Named, SignatureRequest
from tfreg.core.signing.tensors import operation_of, subgraph_tensor, tensor_of
from tfreg.core.tensors import TensorSpec

MAX_DECLARED_TENSORS = 4096
"""Most inputs, outputs and targets of a declared signature together."""
_RESERVED = "__saved_model_"  # keys under which TensorFlow keeps initialisers and train ops
_MAX_NAME_CHARACTERS = 1000
_MAX_FINDINGS = 100


def declare(
    inspection: Inspection, seen: Overlaid, request: SignatureRequest, graph: Callable[[int], Graph]
) -> tuple[DeclaredSignature, tuple[Diagnostic, ...]]:
    """Checks what a user declares against the artifact.

    Args:
        inspection: What the artifact itself says.
        seen: What callers see of it so far.
        request: What is declared.
        graph: Opens the graph of the artifact's MetaGraphDef with this index; it is closed again before this returns.

    Returns:
        The signature, with dtypes and shapes of the graph, and what is doubtful about it.

    Raises:
        SignatureInvalidError: A name is empty or twice there, or the graph does not have it; or the tag set is another graph's.
        SignatureExistsError: The artifact has a signature of this key, and it is not to be shadowed.
        NoGraphError, GraphUnreadableError: The artifact has no graph that names could be checked against.
        TagSetAmbiguousError, TagSetNotFoundError: See `tag_sets`.
    """
    _check_names(request)
    if not inspection.meta_graphs:
        raise names_of_its_own(inspection) if has_interface(inspection) else no_graph(inspection)
    index = choose_meta_graph(inspection.meta_graphs, request.tags)
    meta_graph = inspection.meta_graphs[index]
    declared_tags = _declared_tags(seen, index, meta_graph, request)
    shadows = not declared_tags and any(own.key == request.key for own in meta_graph.signatures)
    if shadows and not request.override:
        raise _exists(meta_graph, request.key)
    if inspection.subgraphs:
        signature, targets, findings = _of_subgraph(inspection, request)
    else:
        with graph(index) as opened:
            signature, targets, findings = _of_graph(opened, request)
    return DeclaredSignature(meta_graph.tags, signature, targets, declared_tags, shadows), findings


_Checked = tuple[Signature, tuple[str, ...], tuple[Diagnostic, ...]]


def _of_graph(graph: Graph, request: SignatureRequest) -> _Checked:
    inputs, outputs = (_specs(named, lambda text: tensor_of(graph, text)) for named in (request.inputs, request.outputs))
    signature = Signature(request.key, request.method_name or PREDICT, inputs, outputs, declared=True)
    targets = tuple(dict.fromkeys(operation_of(graph, text) for text in request.targets))
    wanted = tuple(ref for spec in signature.outputs for ref in refs_of(spec))
    feeds = feeds_of_signature(graph, Reachability(graph), signature.inputs, wanted)
    unused = (_unused(signature, feed) for feed in feeds if feed.use is FeedUse.UNUSED)
    findings = (*findings_of_signature(graph, signature, feeds, signature.outputs), *unused)
    return signature, targets, tuple(islice(findings, _MAX_FINDINGS))


def _of_subgraph(inspection: Inspection, request: SignatureRequest) -> _Checked:
    main = inspection.subgraphs[0]
    if request.targets or request.declared_tags:
        what = "operations to run by name" if request.targets else "tag sets"
        raise SignatureInvalidError(f"A {inspection.format} model has no {what}.", hint="Leave them out.")
    inputs = _specs(request.inputs, lambda text: subgraph_tensor(main.inputs, text, "input"))
    outputs = _specs(request.outputs, lambda text: subgraph_tensor(main.outputs, text, "output"))
    return Signature(request.key, request.method_name, inputs, outputs, declared=True), (), ()


def _specs(named: Named, find: Callable[[str], TensorSpec]) -> tuple[TensorSpec, ...]:
    """Returns tensors under their keys, sorted by these."""
    return tuple(replace(find(text), key=key) for key, text in sorted(named, key=lambda pair: pair[0].encode()))


def _check_names(request: SignatureRequest) -> None:
    if request.key.startswith(_RESERVED):
        raise SignatureInvalidError(
            f"The key {shown(request.key)} is one of TensorFlow's own, which no caller runs.", hint="Choose another key."
        )
    if not request.outputs:
        raise SignatureInvalidError("The signature names no output.", hint="Name at least one tensor to fetch.")
    if len(request.inputs) + len(request.outputs) + len(request.targets) > MAX_DECLARED_TENSORS:
        raise SignatureInvalidError(
            f"The signature names more than {MAX_DECLARED_TENSORS} tensors.", limit=str(MAX_DECLARED_TENSORS)
        )
    _check_texts("key", [request.key])
    for kind, named in (("input", request.inputs), ("output", request.outputs)):
        keys = [key for key, _ in named]
        _check_texts(f"{kind}'s key", keys)
        twice = next((key for key in keys if keys.count(key) > 1), None) if len(set(keys)) < len(keys) else None
        if twice is not None:
            raise SignatureInvalidError(f"The {kind} {shown(twice)} is named twice.", hint="Name each key once.", key=twice)
    _check_texts("tag", request.declared_tags)
    if request.method_name:
        _check_texts("method name", [request.method_name])


def _check_texts(what: str, texts: Iterable[str]) -> None:
    for text in texts:
        if not text or not text.isprintable() or len(text) > _MAX_NAME_CHARACTERS:
            raise SignatureInvalidError(
                f"{shown(text)} is no {what}: it is empty, longer than {_MAX_NAME_CHARACTERS} characters or not printable.",
                hint="Choose a plain name.",
            )


def _declared_tags(seen: Overlaid, index: int, meta_graph: MetaGraph, request: SignatureRequest) -> tuple[str, ...]:
    """Returns the tag set that callers see instead, sorted; empty if it is the MetaGraphDef's own."""
    wanted = frozenset(request.declared_tags)
    if not wanted or wanted == frozenset(meta_graph.tags):
        return ()
    for other, source in zip(seen.inspection.meta_graphs, seen.sources, strict=True):
        if source != index and frozenset(other.tags) == wanted:
            raise SignatureInvalidError(
                f"Another graph of the model has the tags {written(other.tags)} already.",
                hint="Choose another tag set, or declare the signature for that graph.",
                tags=written(other.tags),
            )
    return tuple(sorted(wanted))


def _exists(meta_graph: MetaGraph, key: str) -> SignatureExistsError:
    where = f" for {written(meta_graph.tags)}" if meta_graph.tags else ""
    return SignatureExistsError(
        f"The artifact has a signature {shown(key)} of its own{where}.",
        hint="Choose another key, or say that the declared one shall stand in its place (--override).",
        signature=key,
    )


def _unused(signature: Signature, feed: Feed) -> Diagnostic:
    return Diagnostic(
        "TFR210",
        Severity.WARNING,
        f"No output of the signature {shown(signature.key)} depends on its input {shown(feed.tensor.key)}.",
        "Leave it out, or name the tensor that the outputs use.",
        Place(operation=feed.tensor.ref.operation if feed.tensor.ref else "", signature=signature.key),
    )
