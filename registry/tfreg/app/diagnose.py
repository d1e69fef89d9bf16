"""Diagnose: whether a caller's runtime can load and run an artifact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tfreg.app.choice import Chosen, choose
from tfreg.app.graphs import Graphs
from tfreg.app.inspecting import Inspections
from tfreg.app.overlaying import read_signatures, seen
from tfreg.app.recent import Recent
from tfreg.app.runtimes import find_runtime, runtime_not_found
from tfreg.app.stores import Stores
from tfreg.app.wanted import StillWanted, always, check_wanted
from tfreg.core.digests import Digest
from tfreg.core.errors import FormatNotStoredError
from tfreg.core.names import Reference

if TYPE_CHECKING:
    from tfreg.core.diagnostics import Diagnostic
    from tfreg.core.runtimes.diagnosis import Diagnosis
    from tfreg.core.runtimes.op_list import RuntimeOps
    from tfreg.core.runtimes.profile import RuntimeProfile

_MAX_FINDINGS = 20_000
_MAX_LISTS = 4
_Findings = tuple["Diagnostic", ...]


class Diagnose:
    """Compares artifacts with runtimes, each pair once.

    Args:
        stores: Where artifacts and runtimes are.
        inspections: What artifacts say about themselves.
        graphs: Their graphs.
    """

    def __init__(self, stores: Stores, inspections: Inspections, graphs: Graphs) -> None:
        self._stores = stores
        self._inspections = inspections
        self._graphs = graphs
        self._found: Recent[tuple[Digest, int, Digest], _Findings] = Recent(_MAX_FINDINGS)
        self._lists: Recent[Digest, RuntimeOps] = Recent(_MAX_LISTS)

    def __call__(
        self,
        reference: Reference,
        runtime: str,
        formats: Sequence[str] = (),
        tags: Sequence[str] = (),
        *,
        still_wanted: StillWanted = always,
    ) -> Diagnosis:
        """Says what does not fit.

        Args:
            reference: What to look at.
            runtime: The digest of a runtime.
            formats: Formats that the caller can load, best first; empty: those of the runtime, else the source.
            tags: Tag set, matched as a whole; empty: the only one, else exactly {serve}.
            still_wanted: Whether the caller still waits; is asked now and then.

        Raises:
            CancelledError: Nobody waits any more.
            NotFoundError: There is no such model, version, alias, artifact, tag set or runtime.
            FormatUnknownError, FormatNotStoredError, TagSetAmbiguousError, GraphUnreadableError: As named.
        """
        from tfreg.core.runtimes.diagnosis import Diagnosis, of_format

        profile = find_runtime(self._stores, runtime)
        chosen = self._choose(reference, formats, profile)
        version, artifact = chosen.version, chosen.artifact
        inspection = self._inspections.of(artifact)
        found = (
            *of_format(inspection, profile, f"{version.model}:{version.number}"),
            *self._of_graph(chosen, profile, tuple(tags), still_wanted),
        )
        return Diagnosis(version.model, version.number, artifact.digest, artifact.format, found)

    def _choose(self, reference: Reference, formats: Sequence[str], profile: RuntimeProfile) -> Chosen:
        if formats:
            return choose(self._stores.catalog, reference, formats)
        try:
            return choose(self._stores.catalog, reference, profile.formats)
        except FormatNotStoredError:
            return choose(self._stores.catalog, reference)

    def _of_graph(self, chosen: Chosen, profile: RuntimeProfile, tags: tuple[str, ...], still_wanted: StillWanted) -> _Findings:
        from tfreg.core.resolving.tag_sets import choose_meta_graph
        from tfreg.core.runtimes.diagnosis import of_graph

        _, declared = read_signatures(self._stores.catalog, chosen)
        model = seen(self._inspections.of(chosen.artifact), declared)
        graphs = model.inspection.meta_graphs
        meta_graph = model.sources[choose_meta_graph(graphs, tags)] if graphs and not model.inspection.subgraphs else 0
        load = self._graphs.of(chosen.artifact)
        key = chosen.artifact.digest, meta_graph, profile.digest

        def compute() -> _Findings:
            opened = partial(load, meta_graph)
            return of_graph(model.inspection, profile, self._ops(profile), opened, partial(check_wanted, still_wanted))

        return self._found.get(key, compute, lambda found: 1 + len(found))

    def _ops(self, profile: RuntimeProfile) -> Callable[[], RuntimeOps]:
        digest = profile.op_list_digest

        def read() -> RuntimeOps:
            from tfreg.core.runtimes.op_list import read_op_list

            content = self._stores.catalog.op_list(digest) if digest is not None else None
            if content is None:  # forgotten since the runtime was found
                raise runtime_not_found(profile.digest)
            return read_op_list(content)

        def ops() -> RuntimeOps:
            return read() if digest is None else self._lists.get(digest, read, lambda _: 1)

        return ops
