"""What callers see of a version: its artifact's inspection with the declared signatures laid over it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tfreg.app.ports import Catalog
from tfreg.core.inspections import Inspection
from tfreg.core.records import DeclaredSignature, VersionRecord

if TYPE_CHECKING:
    from tfreg.core.signing.overlay import Overlaid


def read_declared(catalog: Catalog, version: VersionRecord) -> tuple[VersionRecord, list[DeclaredSignature]]:
    """Returns a version and the signatures declared for it, both as of one moment: what is said under a revision is what it stands for.

    The version may have got further additions since it was looked up; one that was deleted since is returned as it was.
    """
    while True:
        declared = catalog.declared_signatures(version.model, version.number)
        now = catalog.version(version.model, version.number)
        if now is None or now.additions == version.additions:
            return version, declared
        version = now


def seen(inspection: Inspection, declared: Sequence[DeclaredSignature]) -> Overlaid:
    """Returns what callers see of an artifact."""
    from tfreg.core.signing.overlay import overlay  # slow to import: an embedded server may never need it

    return overlay(inspection, declared)


def seen_inspection(catalog: Catalog, version: VersionRecord, inspection: Inspection) -> Inspection:
    """Returns the inspection of a version's artifact as callers see it."""
    _, declared = read_declared(catalog, version)
    return seen(inspection, declared).inspection if declared else inspection
