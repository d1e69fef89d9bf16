"""What a push promises."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tfreg.client import Client
from tfreg.core.errors import (
    AttachmentInvalidError,
    FormatMismatchError,
    LabelInvalidError,
    ModelBrokenError,
    ModelNameInvalidError,
    NotAModelError,
    PathInvalidError,
    PathNotFoundError,
    SourceChangedError,
    VersionConflictError,
)

NewGraph = Callable[..., Path]
KIB = 1024


def test_a_push_makes_a_version_with_its_aliases_labels_and_attachments(client: Client, models: Path, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("a\nb\n")
    made = client.push(
        models / "tf1_saved_model",
        "team/m",
        aliases=["prod", "beta"],
        labels={"step": "7"},
        attachments=[("vocabulary", tmp_path / "words.txt")],
    )
    assert made.created
    assert (made.version.number, made.version.format, made.version.labels) == (1, "saved_model", {"step": "7"})
    assert client.aliases("team/m") == {"beta": 1, "prod": 1}
    (attachment,) = client.artifact("team/m@prod").attachments
    assert (attachment.role, attachment.file.path, attachment.file.size_bytes) == ("vocabulary", "words.txt", 4)


def test_the_same_model_again_is_the_same_version_and_sends_nothing(client: Client, new_graph: NewGraph) -> None:
    path = new_graph("graph.pb", 4, 40 * KIB)
    first = client.push(path, "team/m")
    second = client.push(path, "team/m", aliases=["prod"])
    assert (first.created, second.created) == (True, False)
    assert second.version.number == first.version.number
    assert (second.sent_bytes, second.sent_blobs) == (0, 0)
    assert client.aliases("team/m") == {"prod": 1}


def test_one_changed_tensor_of_fifty_sends_that_tensor_only(client: Client, new_graph: NewGraph) -> None:
    client.push(new_graph("a.pb", 50, 40 * KIB), "team/m")
    made = client.push(new_graph("b.pb", 50, 40 * KIB, other=[17]), "team/m")
    assert made.version.number == 2
    assert 40 * KIB <= made.sent_bytes <= 40 * KIB * 1.05


def test_equal_tensors_go_once(client: Client, graph_of: Callable[..., Path]) -> None:
    tensor = os.urandom(100 * KIB)
    made = client.push(graph_of("graph.pb", [tensor] * 5), "team/m")
    assert 100 * KIB <= made.sent_bytes <= 110 * KIB
    assert made.size_bytes > 500 * KIB


def test_equal_tensors_in_several_batches_go_once(
    client: Client, graph_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tfreg.client.push.uploading.BATCH_BYTES", 50 * KIB)
    tensor = os.urandom(100 * KIB)
    made = client.push(graph_of("graph.pb", [tensor] * 5), "team/m")
    assert made.sent_bytes <= 110 * KIB


def test_ten_thousand_blobs_are_announced_in_batches(
    client: Client, graph_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tfreg.core.layouts.MAX_BLOB_BYTES", 64)
    made = client.push(graph_of("graph.pb", [os.urandom(640_000)]), "team/m")
    assert made.sent_blobs > 10_000
    assert client.pull("team/m").path.stat().st_size == made.size_bytes


@pytest.mark.parametrize("name", ["graph.pb", "empty.pb"])
def test_an_empty_or_tiny_attachment_is_kept(client: Client, models: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"" if name == "empty.pb" else b"x")
    client.push(models / "tf1_saved_model", "team/m", attachments=[("readme", tmp_path / name)])
    (pulled,) = client.pull("team/m", attachments=True).attachments
    assert pulled.path.read_bytes() == (tmp_path / name).read_bytes()


def test_a_broken_model_is_explained_before_a_byte_is_sent(client: Client, models: Path, tmp_path: Path) -> None:
    shutil.copytree(models / "tf1_saved_model", tmp_path / "broken")
    data = tmp_path / "broken" / "saved_model.pb"
    data.write_bytes(data.read_bytes()[: data.stat().st_size // 2])
    with pytest.raises(ModelBrokenError) as caught:
        client.push(tmp_path / "broken", "team/m")
    assert caught.value.metadata["codes"]
    assert caught.value.hint
    assert list(client.models()) == []


def test_a_broken_model_is_stored_if_the_caller_wants_it(client: Client, models: Path, tmp_path: Path) -> None:
    shutil.copytree(models / "tf1_saved_model", tmp_path / "broken")
    (tmp_path / "broken" / "variables" / "variables.index").write_bytes(b"no table")
    made = client.push(tmp_path / "broken", "team/m", allow_broken=True)
    assert made.created
    assert made.problems


def test_what_is_no_model_is_refused(client: Client, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(NotAModelError):
        client.push(tmp_path / "notes.txt", "team/m")
    with pytest.raises(PathNotFoundError):
        client.push(tmp_path / "nothing", "team/m")
    with pytest.raises(ModelNameInvalidError):
        client.push(tmp_path / "notes.txt", "Team/M")


def test_a_model_in_another_format_than_named_is_refused(client: Client, models: Path) -> None:
    with pytest.raises(FormatMismatchError, match="saved_model"):
        client.push(models / "tf1_saved_model", "team/m", format="frozen_graph")


def test_a_link_within_the_folder_is_refused_with_what_to_do(client: Client, models: Path, tmp_path: Path) -> None:
    shutil.copytree(models / "tf1_saved_model", tmp_path / "linked")
    (tmp_path / "linked" / "assets.extra").mkdir()
    (tmp_path / "linked" / "assets.extra" / "secret").symlink_to("/etc/passwd")
    with pytest.raises(PathInvalidError) as caught:
        client.push(tmp_path / "linked", "team/m")
    assert caught.value.hint


def test_a_folder_is_no_attachment(client: Client, models: Path, tmp_path: Path) -> None:
    with pytest.raises(AttachmentInvalidError):
        client.push(models / "tf1_saved_model", "team/m", attachments=[("readme", tmp_path)])


def test_a_file_written_to_during_the_push_is_noticed(client: Client, new_graph: NewGraph) -> None:
    path = new_graph("graph.pb", 4, 40 * KIB)

    def append(phase: str, done_bytes: int, total_bytes: int) -> None:
        if phase == "hash" and done_bytes == total_bytes:
            path.write_bytes(path.read_bytes() + b"more")

    with pytest.raises(SourceChangedError, match=r"graph\.pb"):
        client.push(path, "team/m", progress=append)
    assert list(client.models()) == []


def test_bytes_that_change_under_the_same_size_and_time_are_noticed(client: Client, new_graph: NewGraph) -> None:
    path = new_graph("graph.pb", 4, 40 * KIB)
    status = path.stat()

    def tamper(phase: str, done_bytes: int, total_bytes: int) -> None:
        if phase == "send" and done_bytes == 0:
            with path.open("r+b") as file:
                file.seek(100_000)
                file.write(b"tampered")
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    with pytest.raises(SourceChangedError, match=r"graph\.pb"):
        client.push(path, "team/m", progress=tamper)
    assert list(client.models()) == []


def test_a_file_that_becomes_shorter_is_noticed(client: Client, new_graph: NewGraph) -> None:
    path = new_graph("graph.pb", 4, 40 * KIB)

    def cut(phase: str, done_bytes: int, total_bytes: int) -> None:
        if phase == "send" and done_bytes == 0:
            os.truncate(path, 50_000)

    with pytest.raises(SourceChangedError):
        client.push(path, "team/m", progress=cut)


def test_the_newest_version_can_be_expected(client: Client, new_graph: NewGraph) -> None:
    client.push(new_graph("a.pb", 1, 40 * KIB), "team/m", expected_newest_version=0)
    with pytest.raises(VersionConflictError):
        client.push(new_graph("b.pb", 1, 40 * KIB, other=[0]), "team/m", expected_newest_version=0)
    assert client.push(new_graph("b.pb", 1, 40 * KIB, other=[0]), "team/m", expected_newest_version=1).version.number == 2


def test_progress_counts_what_is_hashed_and_what_is_sent(client: Client, new_graph: NewGraph) -> None:
    seen: dict[str, tuple[int, int]] = {}
    made = client.push(new_graph("graph.pb", 4, 40 * KIB), "team/m", progress=lambda phase, *counts: seen.update({phase: counts}))
    assert seen == {"hash": (made.size_bytes, made.size_bytes), "send": (made.sent_bytes, made.sent_bytes)}


@pytest.mark.parametrize("at", ["hash", "send"])
def test_an_error_of_the_progress_callback_ends_the_push(client: Client, new_graph: NewGraph, at: str) -> None:
    def fail(phase: str, done_bytes: int, total_bytes: int) -> None:
        if phase == at and done_bytes:
            raise RuntimeError("the terminal is gone")

    with pytest.raises(RuntimeError, match="terminal"):
        client.push(new_graph("graph.pb", 4, 40 * KIB), "team/m", progress=fail)


@pytest.mark.parametrize("labels", [{"": "x"}, {"a b": "x"}, {"a": "x\x00"}, {str(n): "" for n in range(65)}])
def test_a_wrong_label_is_told_before_anything_is_read(tmp_path: Path, labels: dict[str, str]) -> None:
    with Client(f"unix:{tmp_path}/nobody") as client, pytest.raises(LabelInvalidError):
        client.push(tmp_path / "nothing", "team/m", labels=labels)


@pytest.mark.parametrize("roles", [["Words"], [""], ["words", "words"]])
def test_a_wrong_role_is_told_before_anything_is_read(tmp_path: Path, roles: list[str]) -> None:
    (tmp_path / "words.txt").write_text("a\n")
    with Client(f"unix:{tmp_path}/nobody") as client, pytest.raises(AttachmentInvalidError):
        client.push(tmp_path / "nothing", "team/m", attachments=[(role, tmp_path / "words.txt") for role in roles])


def test_labels_that_a_version_does_not_get_are_told(client: Client, new_graph: NewGraph) -> None:
    path = new_graph("graph.pb", 1, 40 * KIB)
    assert client.push(path, "team/m", labels={"step": "1", "commit": "ab"}).ignored_labels == {}
    again = client.push(path, "team/m", labels={"step": "2", "commit": "ab", "by": "me"})
    assert again.ignored_labels == {"step": "2", "by": "me"}
    assert again.version.labels == {"step": "1", "commit": "ab"}
