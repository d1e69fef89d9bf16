"""What the catalog keeps, as values. Times are milliseconds since 1970-01-01 UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tfreg.core.digests import Digest
from tfreg.core.layouts import FileLayout
from tfreg.core.manifests import Manifest, ManifestFile
from tfreg.core.names import Alias, ModelName


@dataclass(frozen=True, slots=True)
class BlobRef:
    """A blob by name, with its size."""

    digest: Digest
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Lease:
    """A promise that blobs are not collected before `expires_at_ms`."""

    id: str
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class ArtifactRecord:
    """An artifact: its digest, its format, its files and where their bytes are (in the manifest's order)."""

    digest: Digest
    format: str
    manifest: Manifest
    layouts: tuple[FileLayout, ...]


@dataclass(frozen=True, slots=True)
class AttachmentRecord:
    """A file kept beside a version. `file.path` is its plain name."""

    role: str
    file: ManifestFile
    layout: FileLayout


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """A model. `newest_version` is 0 if it has none that is not deleted; `sequence` grows with each change to the model."""

    name: ModelName
    newest_version: int
    version_count: int
    aliases: Mapping[Alias, int]
    created_at_ms: int
    sequence: int


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """A version. `additions` counts what was added since it was made; `deleted_at_ms` is None unless it is deleted."""

    model: ModelName
    number: int
    artifact_digest: Digest
    format: str
    size_bytes: int
    created_at_ms: int
    additions: int = 0
    aliases: tuple[Alias, ...] = ()
    attachments: tuple[AttachmentRecord, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    deleted_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class AliasMove:
    """Where an alias shall point: a version, or 0 to remove it.

    `expected_version` is where the caller believes it points now: 0 nowhere, None wherever.
    """

    alias: Alias
    version: int
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class AliasMoved:
    """A move that took place. Versions are 0 for nowhere; `sequence` is that of the model's change."""

    alias: Alias
    from_version: int
    to_version: int
    moved_at_ms: int
    sequence: int


@dataclass(frozen=True, slots=True)
class NewVersion:
    """All that one commit writes.

    `alias_moves` take the version that is made (their `version` is ignored). `expected_newest_version` is None if the caller does
    not care, 0 if it expects none.
    """

    model: ModelName
    artifact: ArtifactRecord
    lease_id: str = ""
    alias_moves: tuple[AliasMove, ...] = ()
    attachments: tuple[AttachmentRecord, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    expected_newest_version: int | None = None


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit made: the version, and whether it is new."""

    version: VersionRecord
    created: bool


@dataclass(frozen=True, slots=True)
class Collected:
    """What a collection took away."""

    versions: int
    blobs: int
    size_bytes: int
