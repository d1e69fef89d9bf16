"""What a registry keeps, as values: the catalog writes them, the wire carries them, clients return them.

Times are milliseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from tfreg.core.diagnostics import Diagnostic
from tfreg.core.digests import Digest
from tfreg.core.inspections import Inspection, Signature
from tfreg.core.layouts import MAX_BLOB_BYTES, MAX_INLINE_BYTES, FileLayout
from tfreg.core.manifests import MAX_FILES, Manifest, ManifestFile
from tfreg.core.names import Alias, ModelName

if TYPE_CHECKING:
    from tfreg.core.conversions.routes import Route


@dataclass(frozen=True, slots=True)
class BlobRef:
    """A blob by name, with its size."""

    digest: Digest
    size_bytes: int


MAX_LEASED_BLOBS = 200_000
"""Most blobs of a lease: more than a commit can name."""


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


MAX_ALIASES = 1000
"""Most aliases of a model: it is told with all of them."""


@dataclass(frozen=True, slots=True)
class AliasMove:
    """Where an alias shall point: a version, or 0 to remove it.

    `expected_version` is where the caller believes it points now: 0 nowhere, None wherever.
    """

    alias: Alias
    version: int
    expected_version: int | None = None


MAX_DECLARED_SIGNATURES = 1000
"""Most signatures declared for a version at a time: they are read with each question that is not cached."""


@dataclass(frozen=True, slots=True)
class DeclaredSignature:
    """A signature that a user declared for a version.

    Attributes:
        tags: Tag set of the MetaGraphDef that it is for, as the artifact has it.
        signature: The signature; its dtypes and shapes are the graph's.
        targets: Operations to run once before the first call.
        declared_tags: Tag set that callers see instead; empty: `tags`.
        override: Whether it shadows one of this key that the artifact holds.
    """

    tags: tuple[str, ...]
    signature: Signature
    targets: tuple[str, ...] = ()
    declared_tags: tuple[str, ...] = ()
    override: bool = False

    @property
    def seen_tags(self) -> tuple[str, ...]:
        """Tag set that callers see."""
        return self.declared_tags or self.tags


@dataclass(frozen=True, slots=True)
class SignatureDeclaration:
    """An entry of the journal: what was declared, or taken back.

    Attributes:
        addition: Which addition to the version it was, from 1.
        declared: What was declared.
        declared_at_ms: When.
        withdrawn: True if this entry took it back.
    """

    addition: int
    declared: DeclaredSignature
    declared_at_ms: int
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Signed:
    """What declaring a signature made.

    Attributes:
        signature: As `resolve` sees it.
        version: The version that it was declared for.
        additions: How many additions that version has now.
        changed: False if the same was declared already.
        diagnostics: What is doubtful about it.
    """

    signature: Signature
    version: int
    additions: int
    changed: bool
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """What identifies a model beyond its bytes; empty where the format does not say enough. See core/fingerprints.

    Attributes:
        model: Of program and weights.
        program: Of what the graph computes.
        weights: Of the weights by content, whatever their names.
        interface: Of signature keys, dtypes and shapes.
    """

    model: str = ""
    program: str = ""
    weights: str = ""
    interface: str = ""


class Sameness(Enum):
    """How much of two models is the same; each includes those after it."""

    BYTES = "bytes"
    MODEL = "model"
    WEIGHTS = "weights"


@dataclass(frozen=True, slots=True)
class SameVersion:
    """A version that holds the same model as another, and how much of it is the same."""

    version: VersionRecord
    sameness: Sameness


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

    @property
    def layouts(self) -> tuple[FileLayout, ...]:
        """Those of the artifact's files, then those of the attachments."""
        return (*self.artifact.layouts, *(attachment.layout for attachment in self.attachments))


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


@dataclass(frozen=True, slots=True)
class StoredArtifact:
    """All that a client needs to pull: the version that a reference stood for, one artifact of it, and its attachments."""

    model: ModelName
    version: int
    artifact: ArtifactRecord
    attachments: tuple[AttachmentRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Inspected:
    """An artifact of a version and what it and its declared signatures say. The inspection's `tensors` may be left out: they are paged."""

    model: ModelName
    version: int
    artifact_digest: Digest
    manifest: Manifest
    inspection: Inspection
    tensor_count: int
    tensor_size_bytes: int
    fingerprints: Fingerprints = Fingerprints()


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push made: the version, whether it is new, and what is wrong with its artifact."""

    version: VersionRecord
    created: bool
    problems: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a server, as proto/tfreg/v1/capabilities.proto tells them.

    `max_commit_bytes` is that of a CreateVersionRequest: less than a message may have, because GetArtifact gives all of it back in one
    message, together with what is attached later.
    """

    max_message_bytes: int = 16 * 1024 * 1024
    max_commit_bytes: int = 14 * 1024 * 1024
    max_blob_bytes: int = MAX_BLOB_BYTES
    max_inline_bytes: int = MAX_INLINE_BYTES
    max_blobs_per_request: int = 4096
    max_manifest_files: int = MAX_FILES
    max_page_size: int = 1000
    lease_period_s: int = 3600
    undelete_period_s: int = 7 * 24 * 3600
    max_watched_models: int = 1000
    max_op_list_bytes: int = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a server can do: its version, the API versions, its formats (by name: whether they resolve), its limits, its conversions."""

    server_version: str
    api_versions: tuple[str, ...]
    formats: Mapping[str, bool]
    limits: Limits
    conversions: tuple[Route, ...] = ()
