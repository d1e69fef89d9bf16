"""What a caller should know about the names that it gets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice

from tfreg.core.bindings import Feed
from tfreg.core.diagnostics import Diagnostic, Place, Severity
from tfreg.core.graphs.graph import Graph
from tfreg.core.graphs.outputs import Output, described, outputs_of
from tfreg.core.inspections import Signature
from tfreg.core.resolving.feeds import refs_of
from tfreg.core.tensors import Shape, TensorRef, TensorSpec
from tfreg.core.written_types import written_type

_MAX_FINDINGS = 100
_MAX_KEPT = 16  # nodes: one that has many outputs is named many times


def findings_of_signature(
    graph: Graph, signature: Signature, feeds: tuple[Feed, ...], fetches: tuple[TensorSpec, ...]
) -> tuple[Diagnostic, ...]:
    """Returns diagnostics about the feeds and fetches of a binding of `signature`."""
    inputs = [feed.tensor for feed in feeds if feed.tensor.key]

    @lru_cache(_MAX_KEPT)
    def outputs(operation: str) -> Sequence[Output] | None:
        node = graph.nodes.get(operation)
        return outputs_of(node, graph.functions) if node else ()

    findings = chain(
        (finding for spec in (*inputs, *fetches) for finding in _contradictions(outputs, signature, spec)),
        (_needed_without_key(signature, feed.tensor) for feed in feeds if not feed.tensor.key),
        (_composite(signature, spec) for spec in (*inputs, *fetches) if spec.components),
        _duplicates(signature, inputs, "feed"),
        _duplicates(signature, fetches, "fetch"),
    )
    return tuple(islice(findings, _MAX_FINDINGS))


def guessed(subject: str, reason: str) -> Diagnostic:
    """Returns the diagnostic that names are a guess."""
    return Diagnostic(
        "TFR202",
        Severity.WARNING,
        f"{subject} a guess: {reason}.",
        "Check them against the program that made the model, or push its SavedModel, whose signatures say them.",
    )


def _contradictions(
    outputs: Callable[[str], Sequence[Output] | None], signature: Signature, spec: TensorSpec
) -> Iterator[Diagnostic]:
    for ref in refs_of(spec):
        found = outputs(ref.operation)
        if found is not None and ref.index >= len(found):
            yield _missing(signature, spec, ref)
        elif found and spec.ref == ref and not _agree(spec, found[ref.index]):
            yield _contradicting(signature, spec, ref, found[ref.index])


def _missing(signature: Signature, spec: TensorSpec, ref: TensorRef) -> Diagnostic:
    return Diagnostic(
        "TFR201",
        Severity.ERROR,
        f"{spec.key!r} is the tensor {str(ref)!r}, which the graph does not have.",
        "Export the model again; a session cannot use this key.",
        Place(operation=ref.operation, signature=signature.key),
    )


def _contradicting(signature: Signature, spec: TensorSpec, ref: TensorRef, output: Output) -> Diagnostic:
    in_graph = described(ref, output)
    return Diagnostic(
        "TFR206",
        Severity.WARNING,
        f"{spec.key!r} is {written_type(spec)} by the signature but {written_type(in_graph)} in the graph.",
        "A session goes by the graph.",
        Place(operation=ref.operation, signature=signature.key),
    )


def _needed_without_key(signature: Signature, spec: TensorSpec) -> Diagnostic:
    return Diagnostic(
        "TFR203",
        Severity.WARNING,
        f"The placeholder {spec.ref} is needed, but the signature {signature.key!r} does not name it.",
        "Feed it by its operation's name, or ask for outputs that do not need it.",
        Place(operation=spec.ref.operation if spec.ref else "", signature=signature.key),
    )


def _composite(signature: Signature, spec: TensorSpec) -> Diagnostic:
    parts = ", ".join(f"{part.key} ({part.ref})" if part.key else str(part.ref) for part in spec.components)
    return Diagnostic(
        "TFR204",
        Severity.WARNING,
        f"{spec.key!r} is a composite tensor ({spec.encoding or 'unknown encoding'}) of {parts}.",
        "Use its components one by one. TensorFlow Java's SavedModelBundle cannot load such a SavedModel; tfreg-tensorflow can.",
        Place(signature=signature.key),
    )


def _duplicates(signature: Signature, specs: Iterable[TensorSpec], verb: str) -> Iterator[Diagnostic]:
    keys: dict[TensorRef, list[str]] = {}
    for spec in specs:
        if spec.ref is not None:
            keys.setdefault(spec.ref, []).append(spec.key)
    for ref, same in keys.items():
        if len(same) > 1:
            yield Diagnostic(
                "TFR205",
                Severity.INFO,
                f"The keys {', '.join(map(repr, same))} are one tensor, {ref}.",
                f"{verb.capitalize()} it once; a session refuses the same tensor twice.",
                Place(operation=ref.operation, signature=signature.key),
            )


def _agree(spec: TensorSpec, output: Output) -> bool:
    if spec.dtype and output.dtype and spec.dtype.removesuffix("_ref") != output.dtype.removesuffix("_ref"):
        return False
    return not (spec.has_shape and output.has_shape) or _compatible(spec.shape, output.shape)


def _compatible(one: Shape, other: Shape) -> bool:
    if one is None or other is None:
        return True
    return len(one) == len(other) and all(a is None or b is None or a == b for a, b in zip(one, other, strict=True))
