"""What callers see of an artifact: its inspection with signatures laid over it that the registry keeps beside it.

Those that were declared for a version are for its source. A derived artifact has those that its conversion told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tfreg.app.choice import Chosen
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


def read_signatures(catalog: Catalog, chosen: Chosen) -> tuple[VersionRecord, Sequence[DeclaredSignature]]:
    """Returns the version of an artifact and the signatures that are laid over it, both as of one moment."""
    if chosen.derived is not None:  # they never change
        return chosen.version, chosen.derived.signatures
    return read_declared(catalog, chosen.version)


def seen(inspection: Inspection, declared: Sequence[DeclaredSignature]) -> Overlaid:
    """Returns what callers see of an artifact."""
    from tfreg.core.signing.overlay import overlay  # slow to import: an embedded server may never need it

    return overlay(inspection, declared)


def seen_inspection(catalog: Catalog, chosen: Chosen, inspection: Inspection) -> Inspection:
    """Returns the inspection of an artifact as callers see it."""
    _, declared = read_signatures(catalog, chosen)
    return seen(inspection, declared).inspection if declared else inspection
