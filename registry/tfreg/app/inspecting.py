"""Inspecting stored artifacts, each once: an inspection is memoised by the artifact's digest and the inspector's version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tfreg.app.choice import choose
from tfreg.app.overlaying import seen_inspection
from tfreg.app.recent import Recent
from tfreg.app.seen_fingerprints import seen_fingerprints
from tfreg.app.stored_tree import StoredTree
from tfreg.app.stores import Stores
from tfreg.app.wanted import StillWanted, always, check_wanted
from tfreg.core.digests import Digest
from tfreg.core.inspections import INSPECTOR_VERSION, CallableFunction, Inspection, MetaGraph
from tfreg.core.names import Reference
from tfreg.core.records import ArtifactRecord, Fingerprints, Inspected

if TYPE_CHECKING:
    from tfreg.core.formats.format import Format

_MAX_WEIGHT = 400_000  # of about 200 bytes each: tensors, arguments, ops
_LONG_TEXT = 100
_NO_PROGRAM = "not computed: the graph is too large or damaged, has no outputs, or its turn has not come yet"


class Inspections:
    """What artifacts say about themselves."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._recent: Recent[Digest, Inspection] = Recent(_MAX_WEIGHT)

    def of(self, artifact: ArtifactRecord) -> Inspection:
        """Returns the inspection of an artifact whose blobs are stored."""
        return self._recent.get(artifact.digest, lambda: self._load(artifact), _weight)

    def take(self, artifact: ArtifactRecord, found: Format, tree: StoredTree, still_wanted: StillWanted = always) -> Inspection:
        """Returns the inspection of an artifact that is about to be committed, and keeps it.

        The first time its values are read, too: those that do not have the checksums of their format are among its problems.

        Raises:
            CancelledError: It is no longer wanted; nothing is kept.
        """

        def verified(inspection: Inspection) -> Inspection:
            from tfreg.core.verifying.verify import verify, with_verified

            wrong = verify(tree, found, inspection, lambda: check_wanted(still_wanted))
            return replace(inspection, problems=with_verified(inspection.problems, wrong))

        def load() -> Inspection:
            kept = self._kept(artifact.digest)
            if kept is not None and kept.format == found.name:
                return kept
            return self._inspect(artifact.digest, found, tree, verified)

        return self._recent.get(artifact.digest, load, _weight)

    def keep(self, digest: Digest, inspection: Inspection) -> None:
        """Keeps the inspection of an artifact that is about to be committed, and that somebody has made already."""
        from tfreg.core.inspection_json import encode

        if self._stores.catalog.inspection(digest, INSPECTOR_VERSION) is None:
            self._stores.catalog.keep_inspection(digest, INSPECTOR_VERSION, encode(inspection))
        self._recent.keep(digest, inspection, _weight(inspection))

    def _load(self, artifact: ArtifactRecord) -> Inspection:
        kept = self._kept(artifact.digest)
        if kept is not None:
            return kept
        from tfreg.core.formats.registry import format_named  # slow to import: an embedded server may never need it

        tree = StoredTree(artifact.digest, artifact.layouts, self._stores.blobs)
        return self._inspect(artifact.digest, format_named(artifact.format), tree)

    def _kept(self, digest: Digest) -> Inspection | None:
        from tfreg.core.inspection_json import decode

        content = self._stores.catalog.inspection(digest, INSPECTOR_VERSION)
        return None if content is None else decode(content)

    def _inspect(
        self, digest: Digest, found: Format, tree: StoredTree, finish: Callable[[Inspection], Inspection] | None = None
    ) -> Inspection:
        from tfreg.core.inspection_json import encode

        inspection = found.inspect(tree)
        if finish is not None:
            inspection = finish(inspection)
        self._stores.catalog.keep_inspection(digest, INSPECTOR_VERSION, encode(inspection))
        return inspection


def inspect(stores: Stores, inspections: Inspections, reference: Reference, formats: Sequence[str]) -> Inspected:
    """Returns what the artifact that a reference stands for says about itself, with the signatures that were declared for its version.

    Its tensors are only counted.

    Raises:
        NotFoundError: There is no such model, version, alias or artifact.
        FormatNotStoredError, FormatUnknownError: As `choose`.
    """
    chosen = choose(stores.catalog, reference, formats)
    version, artifact = chosen.version, chosen.artifact
    inspection = seen_inspection(stores.catalog, chosen, inspections.of(artifact))
    fingerprints = seen_fingerprints(stores.catalog, artifact.digest, inspection)
    return Inspected(
        model=version.model,
        version=version.number,
        artifact_digest=artifact.digest,
        manifest=artifact.manifest,
        inspection=replace(inspection, tensors=(), facts=_with_gap(inspection, fingerprints)),
        tensor_count=len(inspection.tensors),
        tensor_size_bytes=sum(tensor.size_bytes for tensor in inspection.tensors),
        fingerprints=fingerprints,
    )


def _with_gap(inspection: Inspection, fingerprints: Fingerprints) -> Mapping[str, str]:
    """Returns the facts, and that a graph has no program fingerprint, if so."""
    if fingerprints.program or not any(meta_graph.node_count for meta_graph in inspection.meta_graphs):
        return inspection.facts
    return {**inspection.facts, "fingerprint.program": _NO_PROGRAM}


def _weight(inspection: Inspection) -> int:
    tensors = 1 + len(inspection.tensors) + len(inspection.problems)
    layers = len(inspection.keras.layers) if inspection.keras is not None else 0
    subgraphs = sum(1 + len(subgraph.inputs) + len(subgraph.outputs) for subgraph in inspection.subgraphs)
    graphs = sum(map(_meta_graph_weight, inspection.meta_graphs)) + sum(map(_function_weight, inspection.functions))
    return tensors + layers + subgraphs + graphs


def _meta_graph_weight(meta_graph: MetaGraph) -> int:
    signatures = sum(1 + len(signature.inputs) + len(signature.outputs) for signature in meta_graph.signatures)
    return 1 + len(meta_graph.ops) + len(meta_graph.assets) + len(meta_graph.targets.init_operations) + signatures


def _function_weight(function: CallableFunction) -> int:
    arguments = [one for trace in function.concrete_functions for one in (*trace.arguments, *trace.keyword_arguments)]
    return 1 + len(function.concrete_functions) + sum(1 + len(argument.value) // _LONG_TEXT for argument in arguments)
