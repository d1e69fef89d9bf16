"""Choosing an artifact: which one of a version a caller can use."""

from __future__ import annotations

from collections.abc import Sequence

from tfreg.app.lookup import find_version
from tfreg.app.ports import Catalog
from tfreg.core.errors import DataLossError, FormatNotStoredError
from tfreg.core.names import Reference
from tfreg.core.records import ArtifactRecord, StoredArtifact, VersionRecord


def choose_artifact(catalog: Catalog, version: VersionRecord, formats: Sequence[str]) -> ArtifactRecord:
    """Returns the artifact of a version in the best of `formats`; the source if these are empty.

    Raises:
        FormatUnknownError: There is no format of that name.
        FormatNotStoredError: The version has no artifact in any of them.
    """
    if formats:
        from tfreg.core.formats.registry import format_named  # most callers name none, and it is slow to import

        for name in formats:
            format_named(name)
    if formats and version.format not in formats:
        raise FormatNotStoredError(
            f"{version.model}:{version.number} is stored as {version.format}, not as {' or '.join(formats)}.",
            hint="This release does not convert yet: push the model in that format too, or load what is stored.",
            model=version.model,
            version=str(version.number),
            stored=version.format,
            requested=", ".join(formats),
        )
    artifact = catalog.artifact(version.artifact_digest)
    if artifact is None:  # only if the version was collected since it was looked up
        raise DataLossError(f"The artifact of {version.model}:{version.number} is gone.", hint="Was it just deleted?")
    return artifact


def get_artifact(catalog: Catalog, reference: Reference, formats: Sequence[str]) -> StoredArtifact:
    """Returns all that a client needs to pull the artifact that a reference stands for.

    Raises:
        NotFoundError: There is no such model, version, alias or artifact.
        FormatNotStoredError, FormatUnknownError: As `choose_artifact`.
    """
    version = find_version(catalog, reference)
    artifact = choose_artifact(catalog, version, formats)
    return StoredArtifact(version.model, version.number, artifact, version.attachments)
