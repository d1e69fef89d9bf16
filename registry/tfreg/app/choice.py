"""Choosing an artifact: which one of a version a caller can use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfreg.app.lookup import find_version
from tfreg.app.ports import Catalog
from tfreg.core.digests import Digest
from tfreg.core.errors import DataLossError, FormatNotStoredError, TfregError
from tfreg.core.names import Reference
from tfreg.core.records import ArtifactRecord, StoredArtifact, VersionRecord

if TYPE_CHECKING:
    from tfreg.core.conversions.records import Derived


@dataclass(frozen=True, slots=True)
class Chosen:
    """An artifact of a version.

    Attributes:
        version: The version.
        artifact: The artifact.
        derived: What is known of it if the version was converted to it; None for the source.
        rivals: What else the version was converted to in the same format, with other options.
    """

    version: VersionRecord
    artifact: ArtifactRecord
    derived: Derived | None = None
    rivals: tuple[Derived, ...] = ()


def choose(catalog: Catalog, reference: Reference, formats: Sequence[str] = ()) -> Chosen:
    """Returns the artifact that a reference stands for, in the best of `formats`.

    A reference with a digest stands for that artifact and what was converted from it; any other for the source and all that it was
    converted to. Without formats it is that artifact, or the source.

    Raises:
        NotFoundError: There is no such model, version, alias or artifact.
        FormatUnknownError: There is no format of that name.
        FormatNotStoredError: There is no artifact in any of them.
    """
    return choose_of(catalog, find_version(catalog, reference), formats, reference.digest)


def choose_of(catalog: Catalog, version: VersionRecord, formats: Sequence[str], digest: Digest | None = None) -> Chosen:
    """Returns the artifact of a version that `choose` chooses.

    Raises:
        FormatUnknownError, FormatNotStoredError: As `choose`.
    """
    _check_formats(formats)
    if digest in (None, version.artifact_digest) and (not formats or formats[0] == version.format):
        return Chosen(version, _artifact(catalog, version, version.artifact_digest))
    found = catalog.derived(version.model, version.number)
    if digest is not None and not formats:
        own = next((one for one in _best_first(found, "") if one.artifact_digest == digest), None)
        return Chosen(version, _artifact(catalog, version, digest), own)
    return _of_format(catalog, version, found, formats, digest)


def pulled(chosen: Chosen) -> StoredArtifact:
    """Returns all that a client needs to pull an artifact."""
    return StoredArtifact(chosen.version.model, chosen.version.number, chosen.artifact, chosen.version.attachments)


def _of_format(
    catalog: Catalog, version: VersionRecord, derived: Iterable[Derived], formats: Sequence[str], digest: Digest | None
) -> Chosen:
    """Returns the best of what a digest stands for, or of all artifacts of a version."""
    candidates = [one for one in derived if digest is None or digest in (one.artifact_digest, one.provenance.source_digest)]
    with_source = digest in (None, version.artifact_digest)
    for name in formats:
        if with_source and name == version.format:
            return Chosen(version, _artifact(catalog, version, version.artifact_digest))
        own = [one for one in _best_first(candidates, name) if one.format == name]
        if own:
            rivals = tuple(one for one in own[1:] if one.artifact_digest != own[0].artifact_digest)
            return Chosen(version, _artifact(catalog, version, own[0].artifact_digest), own[0], rivals)
    stored = dict.fromkeys([*([version.format] if with_source else []), *(one.format for one in candidates)])
    raise _not_stored(version, list(stored), formats)


def _best_first(derived: Iterable[Derived], name: str) -> list[Derived]:
    """Sorts derived artifacts: first what a caller gets who says nothing but the format, the newest of these first; then the oldest."""

    def place(one: Derived) -> tuple[bool, bool, int]:
        return not one.is_plain, one.provenance.target != name, -one.addition if one.is_plain else one.addition

    return sorted(derived, key=place)


def _check_formats(formats: Sequence[str]) -> None:
    if formats:
        from tfreg.core.formats.registry import format_named  # most callers name none, and it is slow to import

        for name in formats:
            format_named(name)


def _artifact(catalog: Catalog, version: VersionRecord, digest: Digest) -> ArtifactRecord:
    artifact = catalog.artifact(digest)
    if artifact is None:  # only if the version was collected since it was looked up
        raise DataLossError(f"The artifact of {version.model}:{version.number} is gone.", hint="Was it just deleted?")
    return artifact


def _not_stored(version: VersionRecord, stored: Sequence[str], formats: Sequence[str]) -> FormatNotStoredError:
    reference = f"{version.model}:{version.number}"
    return FormatNotStoredError(
        f"{reference} is stored as {' and '.join(stored)}, not as {' or '.join(formats)}.",
        hint=_way_to(reference, version.format, formats),
        model=version.model,
        version=str(version.number),
        stored=", ".join(stored),
        requested=", ".join(formats),
    )


def _way_to(reference: str, source: str, formats: Sequence[str]) -> str:
    """Returns the next step of a caller who needs one of `formats`: to convert to the first that a way leads to."""
    from tfreg.core.conversions.planning import plan  # with all routes; only a refusal needs it

    for name in formats:
        try:
            plan(source, name)
        except TfregError:
            continue
        return f"Convert it: `tfreg convert {reference} --to {name}`, or let the call do it: --convert, convert=True."
    return f"No conversion leads there from {source} alone: push the model in a format that you can load, or see `tfreg convert --routes`."
