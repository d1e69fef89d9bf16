"""An inspection with declared signatures laid over it: what callers see instead of what the artifact itself says.

A declared signature stands in the MetaGraphDef that it was declared for, in place of one of the same key. One with a tag set of its own
stands in a further MetaGraphDef with these tags, which has the same graph and no signature but those declared for these tags.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tfreg.core.bindings import Binding
from tfreg.core.diagnostics import Diagnostic, Place, Severity
from tfreg.core.inspections import Inspection, MetaGraph, Signature
from tfreg.core.records import DeclaredSignature
from tfreg.core.resolving.nearest import listed, shown
from tfreg.core.resolving.tag_sets import written

if TYPE_CHECKING:
    from tfreg.core.graphs.graph import Graph

_LOADED_BY_TAGS = "saved_model"
"""The format whose loader is given the tag set, and runs the initialisers by itself."""
_Name = tuple[frozenset[str], str]


@dataclass(frozen=True, slots=True)
class Overlaid:
    """What callers see of an artifact.

    Attributes:
        inspection: With the declared signatures.
        sources: Which MetaGraphDef of the artifact's own each of the inspection's is.
        declared: The declared signatures by tag set and key.
        findings: What callers of a declared signature should know.
    """

    inspection: Inspection
    sources: tuple[int, ...]
    declared: Mapping[_Name, DeclaredSignature] = field(default_factory=dict)
    findings: Mapping[_Name, tuple[Diagnostic, ...]] = field(default_factory=dict)

    def graph(self, load: Callable[[int], Graph]) -> Callable[[int], Graph]:
        """Returns what loads a graph by its MetaGraphDef in this inspection, of what loads it by the artifact's own."""
        return lambda meta_graph: load(self.sources[meta_graph])

    def completed(self, binding: Binding) -> Binding:
        """Returns a binding with what only the declaration says: its findings, operations to run, and the loader's tags."""
        name = frozenset(binding.tags), binding.signature
        declared = self.declared.get(name)
        if declared is None:
            return binding
        operations = tuple(dict.fromkeys((*binding.targets.init_operations, *declared.targets)))
        return replace(
            binding,
            targets=replace(binding.targets, init_operations=operations),
            diagnostics=tuple(dict.fromkeys(self.findings[name] + binding.diagnostics)),
            loader_tags=declared.tags if declared.declared_tags and binding.format == _LOADED_BY_TAGS else (),
        )


def overlay(inspection: Inspection, declared: Iterable[DeclaredSignature]) -> Overlaid:
    """Lays declared signatures over an inspection. One whose MetaGraphDef is not there is passed over."""
    entries = [_Entry(meta_graph, index) for index, meta_graph in enumerate(inspection.meta_graphs)]
    by_name: dict[_Name, DeclaredSignature] = {}
    findings: dict[_Name, tuple[Diagnostic, ...]] = {}
    for one in declared:
        source = _index(inspection, one.tags)
        if source is None:
            continue
        entry = _entry(entries, source, one.seen_tags)
        name = frozenset(one.seen_tags), one.signature.key
        findings[name] = tuple(_findings(inspection.format, one, shadows=one.signature.key in entry.signatures))
        by_name[name] = one
        entry.signatures[one.signature.key] = replace(one.signature, declared=True)
    if not by_name:
        return Overlaid(inspection, tuple(range(len(inspection.meta_graphs))))
    problems = tuple(finding for found in findings.values() for finding in found)
    merged = replace(inspection, meta_graphs=tuple(entry.merged() for entry in entries), problems=inspection.problems + problems)
    return Overlaid(merged, tuple(entry.source for entry in entries), by_name, findings)


class _Entry:
    """A MetaGraphDef that is being put together."""

    def __init__(self, meta_graph: MetaGraph, source: int) -> None:
        self.meta_graph = meta_graph
        self.source = source
        self.signatures: dict[str, Signature] = {signature.key: signature for signature in meta_graph.signatures}

    def merged(self) -> MetaGraph:
        """Returns it with its signatures sorted."""
        signatures = tuple(self.signatures[key] for key in sorted(self.signatures, key=str.encode))
        return replace(self.meta_graph, signatures=signatures)


def _index(inspection: Inspection, tags: tuple[str, ...]) -> int | None:
    wanted = frozenset(tags)
    matching = (index for index, meta_graph in enumerate(inspection.meta_graphs) if frozenset(meta_graph.tags) == wanted)
    return next(matching, None)


def _entry(entries: list[_Entry], source: int, tags: tuple[str, ...]) -> _Entry:
    """Returns the entry of the source's graph with these tags; it is added if there is none yet."""
    for entry in entries:
        if entry.source == source and frozenset(entry.meta_graph.tags) == frozenset(tags):
            return entry
    entries.append(_Entry(replace(entries[source].meta_graph, tags=tags, signatures=()), source))
    return entries[-1]


def _findings(format_name: str, declared: DeclaredSignature, *, shadows: bool) -> Iterator[Diagnostic]:
    key = declared.signature.key
    place = Place(signature=key)
    if shadows:
        yield Diagnostic(
            "TFR207",
            Severity.INFO,
            f"The signature {shown(key)} is a declared one; the artifact holds another of this key.",
            "`tfreg sign REF KEY --withdraw` takes the declared one back.",
            place,
        )
    if format_name != _LOADED_BY_TAGS:
        return
    if declared.declared_tags:
        yield Diagnostic(
            "TFR208",
            Severity.WARNING,
            f"The tag set {written(declared.declared_tags)} of the signature {shown(key)} is a declared one.",
            f"Load the artifact with its own tags, {written(declared.tags)}.",
            place,
        )
    if declared.targets:
        yield Diagnostic(
            "TFR209",
            Severity.WARNING,
            f"The signature {shown(key)} needs operations that the loader does not run: {listed(declared.targets)}.",
            "Run them once as targets, before the first call.",
            place,
        )
