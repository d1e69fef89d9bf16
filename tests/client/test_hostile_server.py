"""A client believes nothing that a server says: paths, sizes, digests, bytes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tfreg.client import Client
from tfreg.core.digests import digest_of
from tfreg.core.errors import (
    AttachmentInvalidError,
    BlobDamagedError,
    DigestMismatchError,
    FileDamagedError,
    LayoutInvalidError,
    ManifestInvalidError,
    PathInvalidError,
    TfregError,
)
from tfreg.core.manifests import Manifest, ManifestFile
from tfreg.v1 import artifacts_pb2 as pb

FILES = {"saved_model.pb": b"graph" * 100, "variables/data": b"weights" * 1000}


def redigest(answer: pb.GetArtifactResponse) -> None:
    """Makes the artifact's digest that of its manifest, as a liar with care would."""
    files = [ManifestFile(file.path, file.size_bytes, file.digest) for file in answer.artifact.manifest.files]  # type: ignore[arg-type]
    answer.artifact.digest = Manifest(tuple(sorted(files, key=lambda file: file.path.encode()))).digest()


def names_escape(answer: pb.GetArtifactResponse, path: str) -> None:
    answer.artifact.manifest.files[0].path = path
    answer.layouts[0].path = path
    redigest(answer)


@pytest.mark.parametrize(
    "path",
    ["../out", "/etc/evil", "a/../../out", "a//b", "./a", "C:/evil", "a\\..\\b", "nul\0byte", "a/" * 600 + "b", "x" * 256, ""],
)
def test_a_path_that_escapes_is_refused_and_touches_nothing(victim: Client, fake, tmp_path: Path, path: str) -> None:
    fake.hold(FILES)
    names_escape(fake.answer, path)
    before = set(tmp_path.rglob("*"))
    with pytest.raises(PathInvalidError):
        victim.pull("a/b", tmp_path / "folder")
    assert set(tmp_path.rglob("*")) == before
    assert fake.reads == []


@given(path=st.text(max_size=40))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_path_is_nothing_appears_outside(victim: Client, fake, tmp_path: Path, path: str) -> None:
    try:
        path.encode()
    except UnicodeEncodeError:
        return
    fake.hold(FILES)
    names_escape(fake.answer, path)
    fake.answer.artifact.format = "frozen_graph"
    try:
        tree = victim.pull("a/b").path
        assert (tree / path).is_file()
    except TfregError:
        pass
    assert {entry.name for entry in tmp_path.iterdir()} <= {"cache"}
    assert {entry.name for entry in tmp_path.glob("cache/*")} <= {"v1"}


def lies() -> list[tuple[type[TfregError], Callable[[pb.GetArtifactResponse], object]]]:
    def rename(answer: pb.GetArtifactResponse) -> None:
        answer.artifact.manifest.files[0].path = "Variables/DATA"
        answer.layouts[0].path = "Variables/DATA"
        redigest(answer)

    def grow(answer: pb.GetArtifactResponse) -> None:
        answer.artifact.manifest.files[0].size_bytes += 1
        redigest(answer)

    def negative(answer: pb.GetArtifactResponse) -> None:
        blob = answer.layouts[0].extents[0].blob
        answer.layouts[0].extents.add().blob.CopyFrom(blob)
        answer.layouts[0].extents[1].blob.length_bytes = -blob.length_bytes
        answer.layouts[0].extents.add().blob.CopyFrom(blob)

    def other_digest(answer: pb.GetArtifactResponse) -> None:
        answer.artifact.digest = digest_of(b"other")

    def second_layout(answer: pb.GetArtifactResponse) -> None:
        answer.layouts.append(answer.layouts[0])

    def no_layout(answer: pb.GetArtifactResponse) -> None:
        del answer.layouts[0]

    return [
        (ManifestInvalidError, rename),
        (LayoutInvalidError, grow),
        (LayoutInvalidError, negative),
        (DigestMismatchError, other_digest),
        (LayoutInvalidError, second_layout),
        (LayoutInvalidError, no_layout),
    ]


@pytest.mark.parametrize(("error", "lie"), lies(), ids=lambda each: each.__name__)
def test_an_answer_that_contradicts_itself_is_refused(
    victim: Client, fake, tmp_path: Path, error: type[TfregError], lie: Callable[[pb.GetArtifactResponse], object]
) -> None:
    fake.hold(FILES)
    lie(fake.answer)
    with pytest.raises(error):
        victim.pull("a/b")
    assert not (tmp_path / "cache").exists()


def test_the_artifact_must_be_the_one_that_the_reference_names(victim: Client, fake) -> None:
    fake.hold(FILES)
    with pytest.raises(DigestMismatchError):
        victim.pull(f"a/b@{digest_of(b'another')}")


def test_wrong_bytes_are_read_once_more(victim: Client, fake) -> None:
    fake.hold(FILES)
    weights = FILES["variables/data"]
    fake.blobs[digest_of(weights)] = [weights[::-1], weights]
    pulled = victim.pull("a/b")
    assert (pulled.path / "variables/data").read_bytes() == weights
    assert [len(ranges) for ranges in fake.reads] == [2, 1], "only the file that was wrong"


def test_bytes_that_are_wrong_twice_fail_the_pull_and_nothing_is_seen(victim: Client, fake, tmp_path: Path) -> None:
    fake.hold(FILES)
    weights = FILES["variables/data"]
    fake.blobs[digest_of(weights)] = [weights[::-1]]
    with pytest.raises(FileDamagedError, match="variables/data"):
        victim.pull("a/b", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert os.listdir(tmp_path / "cache" / "v1" / "artifacts") == []
    fake.blobs[digest_of(weights)] = [weights]
    assert victim.pull("a/b").received_bytes == len(weights), "what was right is kept"


@pytest.mark.parametrize("alter", [lambda content: content + b"x", lambda content: content[:-1]], ids=["more", "less"])
def test_more_or_fewer_bytes_than_asked_for_fail_the_pull(victim: Client, fake, alter: Callable[[bytes], bytes]) -> None:
    fake.hold(FILES)
    fake.alter = alter
    with pytest.raises(BlobDamagedError):
        victim.pull("a/b")


@pytest.mark.parametrize(("role", "name"), [("../x", "a"), ("labels", "../a"), ("", "a"), ("a/b", "a"), ("labels", "a/b")])
def test_an_attachment_that_is_not_plainly_named_is_refused(victim: Client, fake, tmp_path: Path, role: str, name: str) -> None:
    fake.hold(FILES)
    content = b"words"
    fake.blobs[digest_of(content)] = [content]
    file = pb.ManifestFile(path=name, size_bytes=len(content), digest=digest_of(content))
    fake.answer.attachments.add(role=role, file=file)
    layout = fake.answer.attachment_layouts.add(path=name)
    layout.extents.add().blob.CopyFrom(pb.BlobSlice(digest=file.digest, length_bytes=len(content)))
    with pytest.raises((AttachmentInvalidError, PathInvalidError)):
        victim.pull("a/b", tmp_path / "out", attachments=True)
    assert not (tmp_path / "out").exists()


def test_a_link_in_the_way_within_the_cache_fails_the_pull(victim: Client, fake, tmp_path: Path) -> None:
    stored = fake.hold(FILES)
    weights = FILES["variables/data"]
    fake.blobs[digest_of(weights)] = [weights[::-1]]
    with pytest.raises(FileDamagedError):
        victim.pull("a/b")
    fake.blobs[digest_of(weights)] = [weights]
    (tmp_path / "victim").write_bytes(b"precious")
    planted = (
        tmp_path / "cache" / "v1" / "incoming" / stored.artifact.digest.removeprefix("sha256:") / "tree" / "variables" / "data"
    )
    planted.unlink()
    planted.symlink_to(tmp_path / "victim")
    with pytest.raises(PathInvalidError):
        victim.pull("a/b")
    assert (tmp_path / "victim").read_bytes() == b"precious"
