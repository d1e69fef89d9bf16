"""The files of artifacts: the half of tfreg/v1/artifacts.proto that says which bytes make up what."""

from __future__ import annotations

from collections.abc import Iterable

from tfreg.core.digests import parse_digest
from tfreg.core.errors import AttachmentInvalidError, DigestMismatchError, LayoutInvalidError
from tfreg.core.layouts import BlobExtent, Extent, FileLayout, InlineExtent, check_layouts
from tfreg.core.manifests import Manifest, ManifestFile, manifest_of
from tfreg.core.names import parse_model_name
from tfreg.core.records import ArtifactRecord, AttachmentRecord, StoredArtifact
from tfreg.v1 import artifacts_pb2 as pb


def manifest_to_proto(manifest: Manifest) -> pb.Manifest:
    """Returns the message for a manifest."""
    return pb.Manifest(files=map(file_to_proto, manifest.files))


def manifest_from_proto(message: pb.Manifest) -> Manifest:
    """Returns a checked, sorted manifest.

    Raises:
        PathInvalidError, ManifestInvalidError, DigestInvalidError: As named.
    """
    return manifest_of(map(file_from_proto, message.files))


def file_to_proto(file: ManifestFile) -> pb.ManifestFile:
    """Returns the message for a file."""
    return pb.ManifestFile(path=file.path, size_bytes=file.size_bytes, digest=file.digest)


def file_from_proto(message: pb.ManifestFile) -> ManifestFile:
    """Returns a file; its path is checked by `manifest_of`.

    Raises:
        DigestInvalidError: Its digest is none.
    """
    return ManifestFile(message.path, message.size_bytes, parse_digest(message.digest))


def layout_to_proto(layout: FileLayout) -> pb.FileLayout:
    """Returns the message for a layout."""
    return pb.FileLayout(path=layout.path, extents=map(_extent_to_proto, layout.extents))


def layout_from_proto(message: pb.FileLayout) -> FileLayout:
    """Returns a layout; whether it fits a manifest is checked by `check_layouts`.

    Raises:
        LayoutInvalidError: An extent has no source.
        DigestInvalidError: A digest is none.
    """
    return FileLayout(message.path, tuple(_extent_from_proto(extent, message.path) for extent in message.extents))


def artifact_to_proto(artifact: ArtifactRecord) -> pb.Artifact:
    """Returns the message for an artifact, which leaves its layouts out."""
    return artifact_message(artifact.digest, artifact.format, artifact.manifest)


def artifact_message(digest: str, format_name: str, manifest: Manifest) -> pb.Artifact:
    """Returns the message for an artifact of which the layouts are not at hand."""
    return pb.Artifact(digest=digest, format=format_name, manifest=manifest_to_proto(manifest), size_bytes=manifest.size_bytes)


def artifact_from_proto(message: pb.Artifact, layouts: Iterable[pb.FileLayout]) -> ArtifactRecord:
    """Returns an artifact, its layouts in the manifest's order.

    Raises:
        DigestMismatchError: The digest is not that of the manifest.
        PathInvalidError, ManifestInvalidError, DigestInvalidError, LayoutInvalidError: As named.
    """
    manifest = manifest_from_proto(message.manifest)
    digest = parse_digest(message.digest)
    if manifest.digest() != digest:
        raise DigestMismatchError(
            f"The manifest of artifact {digest} has the digest {manifest.digest()}.", digest=digest, actual=manifest.digest()
        )
    return ArtifactRecord(digest, message.format, manifest, layouts_from_proto(manifest, layouts))


def layouts_from_proto(manifest: Manifest, layouts: Iterable[pb.FileLayout]) -> tuple[FileLayout, ...]:
    """Returns checked layouts in the manifest's order.

    Raises:
        DigestInvalidError, LayoutInvalidError: As named.
    """
    return check_layouts(manifest, map(layout_from_proto, layouts))


def attachment_to_proto(attachment: AttachmentRecord) -> pb.Attachment:
    """Returns the message for an attachment, which leaves its layout out."""
    return pb.Attachment(role=attachment.role, file=file_to_proto(attachment.file))


def attachment_from_proto(message: pb.Attachment, layout: pb.FileLayout | None) -> AttachmentRecord:
    """Returns an attachment. Without a layout (a version's listing gives none) its layout has no extents.

    Raises:
        AttachmentInvalidError: Its name is not plain.
        PathInvalidError, DigestInvalidError, LayoutInvalidError: As named.
    """
    manifest = manifest_of([file_from_proto(message.file)])
    (file,) = manifest.files
    if "/" in file.path:
        raise AttachmentInvalidError(
            f"The attachment's name {file.path!r} holds a '/'.", hint="Use a plain name.", name=file.path
        )
    if layout is None:
        return AttachmentRecord(message.role, file, FileLayout(file.path, ()))
    return AttachmentRecord(message.role, file, layouts_from_proto(manifest, [layout])[0])


def stored_artifact_to_proto(stored: StoredArtifact) -> pb.GetArtifactResponse:
    """Returns the answer of GetArtifact."""
    return pb.GetArtifactResponse(
        model=stored.model,
        version=stored.version,
        artifact=artifact_to_proto(stored.artifact),
        layouts=map(layout_to_proto, stored.artifact.layouts),
        attachments=map(attachment_to_proto, stored.attachments),
        attachment_layouts=(layout_to_proto(attachment.layout) for attachment in stored.attachments),
    )


def stored_artifact_from_proto(message: pb.GetArtifactResponse) -> StoredArtifact:
    """Returns what GetArtifact answered, checked throughout.

    Raises:
        InvalidArgumentError: A part of the answer breaks its grammar or contradicts another.
    """
    if len(message.attachments) != len(message.attachment_layouts):
        raise LayoutInvalidError(f"{len(message.attachments)} attachments came with {len(message.attachment_layouts)} layouts.")
    return StoredArtifact(
        model=parse_model_name(message.model),
        version=message.version,
        artifact=artifact_from_proto(message.artifact, message.layouts),
        attachments=tuple(map(attachment_from_proto, message.attachments, message.attachment_layouts)),
    )


def _extent_to_proto(extent: Extent) -> pb.Extent:
    if isinstance(extent, InlineExtent):
        return pb.Extent(inline=extent.content)
    return pb.Extent(blob=pb.BlobSlice(digest=extent.blob, offset_bytes=extent.offset_bytes, length_bytes=extent.length_bytes))


def _extent_from_proto(message: pb.Extent, path: str) -> Extent:
    source = message.WhichOneof("source")
    if source == "inline":
        return InlineExtent(message.inline)
    if source == "blob":
        blob = message.blob
        return BlobExtent(parse_digest(blob.digest), blob.offset_bytes, blob.length_bytes)
    raise LayoutInvalidError(f"An extent of {path!r} has no source.", path=path)
