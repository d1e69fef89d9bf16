"""The fingerprints of a version as callers see them: those kept for its artifact, and the interface with declared signatures."""

from __future__ import annotations

from dataclasses import replace

from tfreg.app.ports import Catalog
from tfreg.core.digests import Digest
from tfreg.core.fingerprints import FINGERPRINT_VERSION
from tfreg.core.inspections import Inspection
from tfreg.core.records import Fingerprints


def seen_fingerprints(catalog: Catalog, digest: Digest, inspection: Inspection) -> Fingerprints:
    """Returns what is kept, computing only the interface.

    Args:
        catalog: Keeps the fingerprints.
        digest: The artifact.
        inspection: What callers see of it.
    """
    from tfreg.core.fingerprints.interface import interface_fingerprint  # most embedded servers never need it

    kept = catalog.fingerprints(digest, FINGERPRINT_VERSION) or Fingerprints()
    return replace(kept, interface=interface_fingerprint(inspection))
