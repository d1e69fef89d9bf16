"""Resolve: the names that a caller feeds and fetches, pinned by a revision."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tfreg.app.choice import Chosen, choose
from tfreg.app.graphs import Graphs
from tfreg.app.inspecting import Inspections
from tfreg.app.overlaying import read_signatures, seen
from tfreg.app.stores import Stores
from tfreg.app.wanted import StillWanted, always
from tfreg.core.bindings import Binding, BindingQuery, Resolved
from tfreg.core.errors import SignatureNotFoundError
from tfreg.core.inspections import INSPECTOR_VERSION
from tfreg.core.names import Reference
from tfreg.core.records import VersionRecord

if TYPE_CHECKING:
    from tfreg.app.conversions.convert import Conversions

RESOLVER_VERSION = 3
"""Grows whenever the same question gets another answer, so that no client takes an old answer for the new one."""


class Resolve:
    """Answers which names a caller uses.

    Args:
        stores: Where artifacts are.
        inspections: What they say about themselves.
        graphs: Their graphs.
        conversions: Returns what converts, for callers that allow it.
    """

    def __init__(self, stores: Stores, inspections: Inspections, graphs: Graphs, conversions: Callable[[], Conversions]) -> None:
        self._stores = stores
        self._conversions = conversions
        self._inspections = inspections
        self._graphs = graphs

    def __call__(
        self,
        reference: Reference,
        query: BindingQuery,
        formats: Sequence[str] = (),
        known_revision: str = "",
        *,
        convert: bool = False,
        still_there: StillWanted = always,
    ) -> Resolved | None:
        """Resolves a question.

        Args:
            reference: Of which version, or artifact.
            query: What is asked.
            formats: Formats that the caller can use, best first; empty: the source.
            known_revision: Revision of the answer that the caller has.
            convert: Convert to the first of `formats` that a way leads to, if there is no artifact in any of them.
            still_there: Whether the caller still waits.

        Returns:
            The answer; None if it is the one of `known_revision`.

        Raises:
            NotFoundError: There is no such model, version, alias, artifact, signature, tag set or output.
            FailedPreconditionError: The question is ambiguous, or the artifact cannot answer it.
            FormatUnknownError: There is no format of that name.
            TfregError: As `choose_or_convert`.
        """
        chosen = self._choose(reference, formats, convert=convert, still_there=still_there)
        version, artifact = chosen.version, chosen.artifact
        if _revision(version, artifact.digest, query) == known_revision:
            return None
        from tfreg.core.resolving.resolve import resolve  # slow to import: an embedded server may never need it

        version, declared = read_signatures(self._stores.catalog, chosen)
        revision = _revision(version, artifact.digest, query)
        model = seen(self._inspections.of(artifact), declared)
        try:
            binding = model.completed(resolve(model.inspection, query, model.graph(self._graphs.of(artifact))))
        except SignatureNotFoundError as error:
            raise _told(error, chosen, query.signature) from None
        return Resolved(version.model, version.number, revision, artifact.digest, _completed(binding, chosen))

    def _choose(self, reference: Reference, formats: Sequence[str], *, convert: bool, still_there: StillWanted) -> Chosen:
        if convert and formats:
            from tfreg.app.conversions.on_demand import choose_or_convert  # few callers convert

            return choose_or_convert(self._stores.catalog, self._conversions(), reference, formats, still_there)
        return choose(self._stores.catalog, reference, formats)


def _completed(binding: Binding, chosen: Chosen) -> Binding:
    """Returns a binding with what is to be said of the choice among several results."""
    if chosen.derived is None:
        return binding
    from tfreg.app.rival_results import findings

    return replace(binding, diagnostics=(*findings(chosen), *binding.diagnostics))


def _told(error: SignatureNotFoundError, chosen: Chosen, signature: str) -> SignatureNotFoundError:
    if not chosen.rivals:
        return error
    from tfreg.app.rival_results import with_rivals

    return with_rivals(error, chosen, signature)


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
