"""Resolve: the names that a caller feeds and fetches, pinned by a revision."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from tfreg.app.choice import choose_artifact
from tfreg.app.graphs import Graphs
from tfreg.app.inspecting import Inspections
from tfreg.app.lookup import find_version
from tfreg.app.overlaying import read_declared, seen
from tfreg.app.stores import Stores
from tfreg.core.bindings import BindingQuery, Resolved
from tfreg.core.inspections import INSPECTOR_VERSION
from tfreg.core.names import Reference
from tfreg.core.records import VersionRecord

RESOLVER_VERSION = 2
"""Grows whenever the same question gets another answer, so that no client takes an old answer for the new one."""


class Resolve:
    """Answers which names a caller uses."""

    def __init__(self, stores: Stores, inspections: Inspections, graphs: Graphs) -> None:
        self._stores = stores
        self._inspections = inspections
        self._graphs = graphs

    def __call__(
        self, reference: Reference, query: BindingQuery, formats: Sequence[str] = (), known_revision: str = ""
    ) -> Resolved | None:
        """Resolves a question.

        Returns:
            The answer; None if it is the one of `known_revision`.

        Raises:
            NotFoundError: There is no such model, version, alias, artifact, signature, tag set or output.
            FailedPreconditionError: The question is ambiguous, or the artifact cannot answer it.
            FormatUnknownError: There is no format of that name.
        """
        version = find_version(self._stores.catalog, reference)
        artifact = choose_artifact(self._stores.catalog, version, formats)
        if _revision(version, artifact.digest, query) == known_revision:
            return None
        from tfreg.core.resolving.resolve import resolve  # slow to import: an embedded server may never need it

        version, declared = read_declared(self._stores.catalog, version)
        revision = _revision(version, artifact.digest, query)
        model = seen(self._inspections.of(artifact), declared)
        binding = model.completed(resolve(model.inspection, query, model.graph(self._graphs.of(artifact))))
        return Resolved(version.model, version.number, revision, artifact.digest, binding)


def _revision(version: VersionRecord, artifact_digest: str, query: BindingQuery) -> str:
    pinned = [
        version.model,
        version.number,
        version.additions,
        artifact_digest,
        query.signature,
        list(query.tags),
        list(query.outputs),
        INSPECTOR_VERSION,
        RESOLVER_VERSION,
    ]
    return f"{version.number}.{version.additions}.{hashlib.sha256(json.dumps(pinned).encode()).hexdigest()[:20]}"
