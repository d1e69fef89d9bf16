"""Declared signatures: declaring, withdrawing and listing them, and what callers see of a version that has some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tfreg.app.choice import choose
from tfreg.app.graphs import Graphs
from tfreg.app.inspecting import Inspections
from tfreg.app.lookup import find_version
from tfreg.app.overlaying import read_declared, seen
from tfreg.app.paging import Page, PageRequest, page_of
from tfreg.app.stores import Stores
from tfreg.core.errors import LimitExceededError, RequestInvalidError
from tfreg.core.names import Reference
from tfreg.core.records import ArtifactRecord, DeclaredSignature, SignatureDeclaration, Signed, VersionRecord

if TYPE_CHECKING:
    from tfreg.core.inspections import MetaGraph
    from tfreg.core.signing.request import SignatureRequest

MAX_DECLARED_BYTES = 2 << 20
"""How long the declared signatures of a version may be together: Inspect gives all of them in one message."""

_MAX_PAGE_SIZE = 32  # entries of the journal can be that long each


class Signing:
    """Declares signatures for versions, whose artifacts stay as they are."""

    def __init__(self, stores: Stores, inspections: Inspections, graphs: Graphs) -> None:
        self._stores = stores
        self._inspections = inspections
        self._graphs = graphs

    def declare(self, reference: Reference, request: SignatureRequest) -> Signed:
        """Declares a signature, in place of one declared before for the same tag set and key.

        Raises:
            NotFoundError: There is no such model, version, alias, artifact or tag set.
            SignatureInvalidError, SignatureExistsError, NoGraphError, TagSetAmbiguousError: See `core/signing/declaring`.
            LimitExceededError: The version would have too many.
            RequestInvalidError: The reference is of a derived artifact.
        """
        from tfreg.core.signing.declaring import declare

        version, artifact = self._source(reference)
        version, before = read_declared(self._stores.catalog, version)
        inspection = self._inspections.of(artifact)
        declared, findings = declare(inspection, seen(inspection, before), request, self._graphs.of(artifact))
        _check_room(version, before, declared)
        version, changed = self._stores.catalog.declare_signature(version.model, version.number, declared, self._stores.clock())
        return Signed(declared.signature, version.number, version.additions, changed, findings)

    def withdraw(self, reference: Reference, tags: Sequence[str], key: str) -> VersionRecord:
        """Takes a declared signature back.

        Args:
            reference: Of which version.
            tags: Tag set, as callers see it; empty: the only one, else exactly {serve}.
            key: The signature's key.

        Raises:
            NotFoundError: There is no such model, version, alias, artifact or tag set, or no such signature is declared.
            TagSetAmbiguousError: No tags were named, and there are several tag sets of which none is {serve}.
        """
        version, artifact = self._source(reference)
        version, before = read_declared(self._stores.catalog, version)
        chosen = _chosen_tags(seen(self._inspections.of(artifact), before).inspection.meta_graphs, tuple(tags))
        return self._stores.catalog.withdraw_signature(version.model, version.number, chosen, key, self._stores.clock())

    def _source(self, reference: Reference) -> tuple[VersionRecord, ArtifactRecord]:
        """Returns a version and its source, which is what signatures are declared for."""
        chosen = choose(self._stores.catalog, reference)
        if chosen.derived is None:
            return chosen.version, chosen.artifact
        raise RequestInvalidError(
            f"{reference} was converted from {chosen.version.model}:{chosen.version.number}: signatures are declared for the source.",
            hint=f"Sign {chosen.version.model}:{chosen.version.number} and convert it again.",
            reference=str(reference),
        )

    def list_declarations(self, reference: Reference, page: PageRequest) -> Page[SignatureDeclaration]:
        """Returns what was declared and withdrawn for a version, newest first.

        Raises:
            NotFoundError: There is no such model, version, alias or artifact.
            PageTokenInvalidError: The token is of another list; also if the reference stands for another version by now.
        """
        version = find_version(self._stores.catalog, reference)
        of = ("signature_declarations", version.model, str(version.number))
        limit = min(page.limit(self._stores.limits), _MAX_PAGE_SIZE)
        found = self._stores.catalog.signature_declarations(version.model, version.number, page.number(of), limit + 1)
        return page_of(found, limit, of, [str(entry.addition) for entry in found])


def _chosen_tags(meta_graphs: tuple[MetaGraph, ...], tags: tuple[str, ...]) -> tuple[str, ...]:
    from tfreg.core.resolving.tag_sets import choose_meta_graph

    if not meta_graphs:
        return tags  # nothing can be declared: the catalog says so
    return meta_graphs[choose_meta_graph(meta_graphs, tags)].tags


def _check_room(version: VersionRecord, before: Sequence[DeclaredSignature], declared: DeclaredSignature) -> None:
    from tfreg.core.json_values import encode

    name = frozenset(declared.seen_tags), declared.signature.key
    others = (one for one in before if (frozenset(one.seen_tags), one.signature.key) != name)
    if sum(len(encode(one)) for one in (declared, *others)) > MAX_DECLARED_BYTES:
        raise LimitExceededError(
            f"The declared signatures of {version.model}:{version.number} would be longer than {MAX_DECLARED_BYTES} bytes.",
            hint="Withdraw some, or declare fewer tensors.",
            model=version.model,
            version=str(version.number),
            limit_bytes=str(MAX_DECLARED_BYTES),
        )
