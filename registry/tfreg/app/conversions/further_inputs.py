"""What else goes into a conversion: other versions, files that were uploaded for it, files attached to the version."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfreg.app.choice import choose
from tfreg.app.file_digests import FileDigests
from tfreg.app.inspecting import Inspections
from tfreg.app.needed_blobs import check_stored, needed_ends
from tfreg.app.overlaying import read_signatures
from tfreg.app.stored_tree import StoredTree
from tfreg.app.stores import Stores
from tfreg.core import json_values
from tfreg.core.conversions.requests import MODEL_ROLES, AttachedFile, ConversionInput, UploadedFiles
from tfreg.core.digests import Digest, digest_of
from tfreg.core.errors import RequestInvalidError
from tfreg.core.layouts import FileLayout, check_layouts
from tfreg.core.manifests import Manifest, manifest_of
from tfreg.core.names import Reference
from tfreg.core.records import ArtifactRecord, DeclaredSignature, VersionRecord

if TYPE_CHECKING:
    from tfreg.core.rewrites.rewriting import Source


@dataclass(frozen=True, slots=True)
class FurtherInput:
    """Something that goes into a conversion beside its source.

    Attributes:
        role: What it is for.
        digests: What it is, for the conversion's key and provenance: its files, and the signatures declared for it, by name.
        artifact: Its files and where they are.
        open: Reads it.
    """

    role: str
    digests: dict[str, str]
    artifact: ArtifactRecord
    open: Callable[[], Source]


class FurtherInputs:
    """Finds what else goes into conversions."""

    def __init__(self, stores: Stores, inspections: Inspections, file_digests: FileDigests) -> None:
        self._stores = stores
        self._inspections = inspections
        self._file_digests = file_digests

    def find(self, version: VersionRecord, inputs: Iterable[ConversionInput]) -> tuple[FurtherInput, ...]:
        """Returns the inputs of a conversion of a version.

        Raises:
            NotFoundError: A reference is of nothing that is there.
            RequestInvalidError: A role is given twice, or nothing of it is attached.
            InvalidArgumentError, BlobMissingError: Uploaded files do not fit their layouts, or their digests.
        """
        found = tuple(self._find(version, one) for one in inputs)
        roles = [one.role for one in found]
        if len(set(roles)) < len(roles):
            raise RequestInvalidError("An input is given twice.", hint="Give each role once.", roles=", ".join(roles))
        return found

    def _find(self, version: VersionRecord, one: ConversionInput) -> FurtherInput:
        if isinstance(one.source, Reference):
            return self._stored(one.role, one.source)
        if isinstance(one.source, AttachedFile):
            return self._files(one.role, *_attached(version, one.source.role))
        return self._uploaded(one.role, one.source)

    def _stored(self, role: str, reference: Reference) -> FurtherInput:
        chosen = choose(self._stores.catalog, reference)
        _, declared = read_signatures(self._stores.catalog, chosen)
        digests: dict[str, str] = {role: chosen.artifact.digest, **signature_digests(f"{role}_signatures", declared)}
        return FurtherInput(
            role, digests, chosen.artifact, lambda: open_source(self._stores, self._inspections, chosen.artifact, declared)
        )

    def _uploaded(self, role: str, files: UploadedFiles) -> FurtherInput:
        """Returns files whose bytes are what the manifest says: what comes of them is memoised by it."""
        layouts = check_layouts(files.manifest, files.layouts)
        needed = needed_ends(layouts)
        check_stored(needed, self._stores.catalog.blob_sizes(list(needed)))
        for file, layout in zip(files.manifest.files, layouts, strict=True):
            self._file_digests.check(files.lease_id, file, layout, ())
        return self._files(role, files.manifest, layouts)

    def _files(self, role: str, manifest: Manifest, layouts: tuple[FileLayout, ...]) -> FurtherInput:
        artifact = ArtifactRecord(manifest.digest(), "", manifest, layouts)
        return FurtherInput(role, {role: artifact.digest}, artifact, lambda: self._open_files(role, artifact))

    def _open_files(self, role: str, artifact: ArtifactRecord) -> Source:
        tree = StoredTree(role, artifact.layouts, self._stores.blobs)
        from tfreg.core.conversions.converting import plain_source, source_of
        from tfreg.core.formats.registry import recognise

        if role not in MODEL_ROLES:
            return plain_source(tree)
        kind = recognise(tree)
        return source_of(tree, kind, kind.inspect(tree))


def open_source(
    stores: Stores, inspections: Inspections, artifact: ArtifactRecord, declared: Iterable[DeclaredSignature]
) -> Source:
    """Returns a stored artifact as rewrites read it."""
    from tfreg.core.conversions.converting import source_of
    from tfreg.core.formats.registry import format_named

    tree = StoredTree(artifact.digest, artifact.layouts, stores.blobs)
    return source_of(tree, format_named(artifact.format), inspections.of(artifact), list(declared))


def signature_digests(name: str, declared: Iterable[DeclaredSignature]) -> dict[str, Digest]:
    """Returns the digest of signatures that the registry keeps beside an artifact, by a name; nothing if there are none."""
    content = b"\n".join(json_values.encode(one) for one in declared)
    return {name: digest_of(content)} if content else {}


def _attached(version: VersionRecord, role: str) -> tuple[Manifest, tuple[FileLayout, ...]]:
    found = [attachment for attachment in version.attachments if attachment.role == role]
    if not found:
        existing = sorted({attachment.role for attachment in version.attachments})
        raise RequestInvalidError(
            f"{version.model}:{version.number} has no attachment of the role {role[:100]!r}.",
            hint=f"It has: {', '.join(existing)}." if existing else "It has none: give a file.",
            role=role[:100],
        )
    manifest = manifest_of(attachment.file for attachment in found)
    layouts = {attachment.file.path: attachment.layout for attachment in found}
    return manifest, tuple(layouts[file.path] for file in manifest.files)
