"""Fingerprints of stored artifacts: computed before a version is committed, kept by the catalog, computed anew when tfreg learns more."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfreg.app.inspecting import Inspections
from tfreg.app.stored_tree import StoredTree
from tfreg.app.stores import Stores
from tfreg.app.tensor_digests import TensorDigests
from tfreg.app.wanted import StillWanted, always
from tfreg.core.digests import Digest
from tfreg.core.errors import CancelledError, TfregError
from tfreg.core.fingerprints import FINGERPRINT_VERSION
from tfreg.core.inspections import Inspection
from tfreg.core.records import ArtifactRecord, Fingerprints

if TYPE_CHECKING:
    from tfreg.core.files import FileTree
    from tfreg.core.formats.format import Format
    from tfreg.core.values.lookup import Found

_MAX_READ_BYTES = 256 << 20
"""What a push may read again, where layouts do not tell the tensors' digests. Beyond, housekeeping does it later."""
_BATCH = 100
_log = logging.getLogger("tfreg.server")


def take_fingerprints(
    stores: Stores,
    artifact: ArtifactRecord,
    kind: Format,
    tree: FileTree,
    inspection: Inspection,
    *,
    max_read_bytes: int | None = None,
) -> None:
    """Computes the fingerprints of an artifact that is about to be committed, and keeps them. A failure is logged, never raised."""
    try:
        if stores.catalog.fingerprints(artifact.digest, FINGERPRINT_VERSION) is None:
            _take(stores, _Artifact(artifact, kind, tree, inspection), max_read_bytes or _MAX_READ_BYTES)
    except Exception:
        _log.exception("No fingerprints of %s", artifact.digest)


def kept_fingerprints(
    stores: Stores, inspections: Inspections, artifact: ArtifactRecord, still_wanted: StillWanted = always
) -> Fingerprints:
    """Returns the fingerprints of a stored artifact, computed now if they are not kept yet.

    Raises:
        CancelledError: Nobody waits for them any more.
    """
    kept = stores.catalog.fingerprints(artifact.digest, FINGERPRINT_VERSION)
    if kept is not None:
        return kept
    from tfreg.core.formats.registry import format_named  # slow to import: an embedded server may never need it

    tree = StoredTree(artifact.digest, artifact.layouts, stores.blobs)
    found = _Artifact(artifact, format_named(artifact.format), tree, inspections.of(artifact))
    return _take(stores, found, None, still_wanted)


def take_missing(stores: Stores, inspections: Inspections, wanted: StillWanted) -> int:
    """Computes the fingerprints that artifacts lack, as long as it is wanted.

    Returns:
        Of how many artifacts.
    """
    count = 0
    while batch := stores.catalog.without_fingerprints(FINGERPRINT_VERSION, _BATCH):
        for digest in batch:
            if not wanted():
                return count
            _take_one(stores, inspections, digest, wanted)
            count += 1
    return count


def _take_one(stores: Stores, inspections: Inspections, digest: Digest, wanted: StillWanted) -> None:
    artifact = stores.catalog.artifact(digest)
    if artifact is None:  # it was collected meanwhile
        return
    try:
        kept_fingerprints(stores, inspections, artifact, wanted)
        return
    except CancelledError:
        return
    except TfregError as error:
        _log.warning("No fingerprints of %s: %s", digest, error)
    stores.catalog.keep_fingerprints(digest, FINGERPRINT_VERSION, Fingerprints())  # else it would be tried for ever


class _TooMuchReadingError(Exception):
    pass


class _Limited:
    """Digests of tensors, as long as they do not cost too much reading."""

    def __init__(self, digests: TensorDigests, max_read_bytes: int | None) -> None:
        self._digests = digests
        self._max_read_bytes = max_read_bytes

    def of(self, found: Found) -> Digest:
        if self._max_read_bytes is not None and self._digests.read_bytes > self._max_read_bytes:
            raise _TooMuchReadingError
        return self._digests.of(found)


@dataclass(frozen=True, slots=True)
class _Artifact:
    record: ArtifactRecord
    kind: Format
    tree: FileTree
    inspection: Inspection


def _take(stores: Stores, artifact: _Artifact, max_read_bytes: int | None, still_wanted: StillWanted = always) -> Fingerprints:
    """Returns the fingerprints and keeps them; those that would take too much reading are neither told nor kept."""
    found, digest = Fingerprints(), artifact.record.digest
    try:
        from tfreg.core.fingerprints.computing import fingerprints_of
        from tfreg.core.values.reading import Values

        with Values(artifact.tree, artifact.inspection.tensors) as values:
            digests = _Limited(TensorDigests(stores, artifact.record, values, still_wanted), max_read_bytes)
            found = fingerprints_of(artifact.tree, artifact.kind, artifact.inspection, digests)
    except _TooMuchReadingError:
        return found
    except CancelledError:
        raise
    except TfregError as error:
        _log.warning("No fingerprints of %s: %s", digest, error)
    except Exception:
        _log.exception("No fingerprints of %s", digest)
    stores.catalog.keep_fingerprints(digest, FINGERPRINT_VERSION, found)
    return found
