"""What arrives over the wire is checked before anything else sees it."""

import pytest

from tfreg.core import errors
from tfreg.core.digests import digest_of
from tfreg.translate.artifacts import artifact_from_proto, attachment_from_proto, manifest_from_proto, stored_artifact_from_proto
from tfreg.translate.blobs import blob_from_proto
from tfreg.translate.registry import alias_moves_from_proto, new_version_from_proto
from tfreg.v1 import artifacts_pb2, blobs_pb2, registry_pb2

DIGEST = digest_of(b"")


def _file(path: str, size_bytes: int = 0, digest: str = DIGEST) -> artifacts_pb2.ManifestFile:
    return artifacts_pb2.ManifestFile(path=path, size_bytes=size_bytes, digest=digest)


@pytest.mark.parametrize(
    "path", ["../x", "/etc/passwd", "a/../b", "a\0b", "a//b", "", ".", "x" * 256, "a/" * 600 + "b", "C:/x", "a\\b"]
)
def test_a_path_that_escapes_is_refused(path: str) -> None:
    with pytest.raises(errors.PathInvalidError):
        manifest_from_proto(artifacts_pb2.Manifest(files=[_file(path)]))


def test_paths_that_collide_are_refused() -> None:
    with pytest.raises(errors.ManifestInvalidError):
        manifest_from_proto(artifacts_pb2.Manifest(files=[_file("A"), _file("a")]))


@pytest.mark.parametrize("digest", ["", "sha256:", "sha256:" + "A" * 64, "md5:" + "0" * 64])
def test_a_digest_in_another_form_is_refused(digest: str) -> None:
    with pytest.raises(errors.DigestInvalidError):
        blob_from_proto(blobs_pb2.BlobRef(digest=digest))


def test_an_extent_without_a_source_is_refused() -> None:
    layout = artifacts_pb2.FileLayout(path="a", extents=[artifacts_pb2.Extent()])
    request = registry_pb2.CreateVersionRequest(model="a", manifest=artifacts_pb2.Manifest(files=[_file("a")]), layouts=[layout])
    with pytest.raises(errors.LayoutInvalidError):
        new_version_from_proto(request)


def test_an_artifact_whose_digest_is_not_that_of_its_manifest_is_refused() -> None:
    message = artifacts_pb2.Artifact(digest=DIGEST, manifest=artifacts_pb2.Manifest(files=[_file("a")]))
    with pytest.raises(errors.DigestMismatchError):
        artifact_from_proto(message, [artifacts_pb2.FileLayout(path="a")])


def test_attachments_need_a_layout_each() -> None:
    message = artifacts_pb2.GetArtifactResponse(attachments=[artifacts_pb2.Attachment(role="labels", file=_file("a"))])
    with pytest.raises(errors.LayoutInvalidError):
        stored_artifact_from_proto(message)


def test_the_name_of_an_attachment_is_plain() -> None:
    with pytest.raises(errors.AttachmentInvalidError):
        attachment_from_proto(artifacts_pb2.Attachment(role="labels", file=_file("a/b")), None)


def test_an_alias_is_moved_once_at_most() -> None:
    with pytest.raises(errors.AliasInvalidError):
        alias_moves_from_proto([registry_pb2.AliasMove(alias="prod", version=1), registry_pb2.AliasMove(alias="prod", version=2)])
