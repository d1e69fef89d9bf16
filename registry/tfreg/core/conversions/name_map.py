"""The name map: what became of each logical key. Every key resolves in the result, or is told as pruned with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.conversions.results import MappedName
from tfreg.core.errors import ConversionRefusedError
from tfreg.core.inspections import Inspection, MetaGraph, Signature
from tfreg.core.resolving.feeds import refs_of
from tfreg.core.resolving.signatures import callable_signatures, choose_signature
from tfreg.core.resolving.tag_sets import choose_meta_graph
from tfreg.core.tensors import TensorRef, TensorSpec

_NOT_ASKED_FOR = "it is not among those that were asked for"


@dataclass(frozen=True, slots=True)
class Changes:
    """What the steps of a conversion said about names.

    Attributes:
        renamed: Tensors that have another name now: `old:0` -> `new:0`.
        pruned: Keys that were left out, and why.
    """

    renamed: Mapping[str, str] = field(default_factory=dict)
    pruned: Mapping[str, str] = field(default_factory=dict)

    def then(self, renamed: Mapping[str, str], pruned: Mapping[str, str]) -> Changes:
        """Returns these changes followed by others."""
        followed = {old: renamed.get(new, new) for old, new in self.renamed.items()}
        return Changes({**renamed, **followed}, {**self.pruned, **pruned})


def name_map(
    before: Inspection,
    after: Inspection,
    options: ConversionOptions,
    changes: Changes,
    until: Mapping[str, str] | None = None,
) -> tuple[MappedName, ...]:
    """Returns what became of each logical key of the source's signatures that were converted.

    Args:
        before: The source, with declared signatures laid over it.
        after: The result, likewise.
        options: What the caller said.
        changes: What the steps said.
        until: If the source has no signatures, `before` is what a first step gave them to; these are the tensors that had other
            names before it.

    Raises:
        ConversionRefusedError: A key is in the result no longer, and no step said why: the conversion lost it.
    """
    results = _signatures(after, ())
    if not results:
        return ()
    by_key = {signature.key: signature for signature in reversed(results)}
    named: list[MappedName] = []
    for signature in _converted(before, options, results):
        result = by_key.get(signature.key) or _counterpart(signature, results)
        mapped = list(_mapped(signature, result, options, changes))
        named += (*mapped, *_further(signature.key, result, mapped, options, changes))
    if not named:
        named = [name for signature in results for name in _new(signature, changes.renamed)]
    elif until:
        named = [replace(name, before=_first_name(name.before, until)) for name in named]
    return tuple(sorted(named, key=lambda name: (name.signature.encode(), name.is_output, name.key.encode())))


def is_signed(inspection: Inspection, options: ConversionOptions) -> bool:
    """Whether an artifact says by which keys it is fed and fetched, if it is converted by these options."""
    return not options.function and bool(_signatures(inspection, options.tags))


def _signatures(inspection: Inspection, tags: tuple[str, ...]) -> tuple[Signature, ...]:
    """Returns the signatures of a tag set, or what stands for one in a format without."""
    if inspection.keras is not None and not inspection.meta_graphs and inspection.keras.inputs:
        return (Signature("", "", inspection.keras.inputs, inspection.keras.outputs),)
    if not inspection.meta_graphs:
        return ()
    meta_graph = inspection.meta_graphs[choose_meta_graph(inspection.meta_graphs, tags)]
    found = callable_signatures(meta_graph)
    if not found and inspection.subgraphs:
        main = inspection.subgraphs[0]
        return (Signature("", "", tuple(map(_by_name, main.inputs)), tuple(map(_by_name, main.outputs))),)
    return found


def _by_name(spec: TensorSpec) -> TensorSpec:
    """Returns a tensor of a TFLite model without signatures with its own name as its key."""
    return spec if spec.key or spec.ref is None else replace(spec, key=spec.ref.operation)


def _converted(before: Inspection, options: ConversionOptions, results: Sequence[Signature]) -> tuple[Signature, ...]:
    """Returns the source's signatures that the result stands for."""
    if options.function:
        return ()
    signatures = _signatures(before, options.tags)
    if len(signatures) < 2 and not options.signature:
        return signatures
    if options.signature:
        return (choose_signature(MetaGraph((), signatures, ()), options.signature),)
    kept = {signature.key for signature in results}
    same = tuple(signature for signature in signatures if signature.key in kept)
    return same or (choose_signature(MetaGraph((), signatures, ()), ""),)


def _mapped(signature: Signature, result: Signature, options: ConversionOptions, changes: Changes) -> Iterator[MappedName]:
    for is_output, specs in ((False, signature.inputs), (True, signature.outputs)):
        found = result.outputs if is_output else result.inputs
        asked = bool(options.outputs if is_output else options.inputs)
        single = len(specs) == len(found) == 1
        for spec in specs:
            after = _find(spec, found, changes, single=single)
            before = refs_of(spec)[0] if refs_of(spec) else None
            name = MappedName(signature.key, spec.key, is_output, before)
            if after is None:
                yield replace(name, pruned=_why(spec, signature, changes, asked=asked))
            else:
                yield _with_result(name, after, signature, result)


def _counterpart(signature: Signature, results: Sequence[Signature]) -> Signature:
    """Returns the signature of the result that stands for one of the source whose key it lacks: that which shares most tensors."""
    tensors = {spec.ref for spec in (*signature.inputs, *signature.outputs)}
    return max(results, key=lambda result: sum(spec.ref in tensors for spec in (*result.inputs, *result.outputs)))


def _find(spec: TensorSpec, found: Sequence[TensorSpec], changes: Changes, *, single: bool) -> TensorSpec | None:
    for after in found:
        if after.key == spec.key:
            return after
    wanted = changes.renamed.get(str(spec.ref), str(spec.ref)) if spec.ref is not None else ""
    for after in found:
        if after.ref is not None and str(after.ref) == wanted:
            return after
    return found[0] if single and spec.ref is None else None


def _why(spec: TensorSpec, signature: Signature, changes: Changes, *, asked: bool) -> str:
    reason = changes.pruned.get(spec.key) or (_NOT_ASKED_FOR if asked else "")
    if not reason:
        raise ConversionRefusedError(
            f"The conversion would lose {spec.key!r} of the signature {signature.key!r}, and does not know why.",
            hint="Name the outputs that you need; please report this, with tfreg show of the model.",
            signature=signature.key,
            key=spec.key,
        )
    return reason


def _with_result(name: MappedName, after: TensorSpec, signature: Signature, result: Signature) -> MappedName:
    refs: tuple[TensorRef, ...] = refs_of(after)
    return replace(
        name,
        after=refs[0] if refs else None,
        tensor_index=after.tensor_index,
        new_signature=result.key if result.key != signature.key else "",
        new_key=after.key if after.key != name.key else "",
    )


def _further(
    key: str, result: Signature, mapped: Sequence[MappedName], options: ConversionOptions, changes: Changes
) -> Iterator[MappedName]:
    """Yields the names of tensors that the source's signature did not name, and that the caller asked for."""
    asked = {False: bool(options.inputs or options.placeholders), True: bool(options.outputs)}
    known = {(name.is_output, name.new_key or name.key) for name in mapped if not name.pruned}
    for name in _new(result, changes.renamed):
        if asked[name.is_output] and (name.is_output, name.key) not in known:
            before = name.before if name.tensor_index is None else None  # TFLite's own names say nothing of the source
            yield replace(name, signature=key, before=before, new_signature=result.key if result.key != key else "")


def _new(signature: Signature, renamed: Mapping[str, str]) -> Iterator[MappedName]:
    """Yields the names of a signature that the source did not have, whose tensors it had."""
    for is_output, specs in ((False, signature.inputs), (True, signature.outputs)):
        for spec in specs:
            refs = refs_of(spec)
            ref = refs[0] if refs else None
            yield MappedName(signature.key, spec.key, is_output, _first_name(ref, renamed), ref, spec.tensor_index)


def _first_name(ref: TensorRef | None, renamed: Mapping[str, str]) -> TensorRef | None:
    """Returns the name that a tensor had before it was renamed."""
    return next((TensorRef.parse(old) for old, new in renamed.items() if new == str(ref)), ref)
