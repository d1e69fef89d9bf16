"""What a pull promises: docs/cache.md, told as tests."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tfreg.client import Client, Pulled
from tfreg.client.pull.cache import cache_root
from tfreg.core.digests import hex_of
from tfreg.core.errors import (
    AliasNotFoundError,
    DestinationExistsError,
    FormatNotStoredError,
    StorageFullError,
)

KIB = 1024
NewGraph = Callable[..., Path]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def pushed(client: Client, models: Path) -> Path:
    """The folder that was pushed as team/m."""
    client.push(models / "tf1_saved_model", "team/m", aliases=["prod"])
    return models / "tf1_saved_model"


@pytest.fixture
def other_client(server, tmp_path: Path) -> Iterator[Client]:
    """A client with the same cache."""
    with Client(server.target, cache_dir=tmp_path / "cache") as made:
        yield made


def test_a_pulled_folder_is_what_was_pushed(client: Client, pushed: Path) -> None:
    pulled = client.pull("team/m@prod")
    assert contents(pulled.path) == contents(pushed)
    assert pulled.stored.version == 1


def test_files_in_the_cache_are_read_only(client: Client, pushed: Path) -> None:
    tree = client.pull("team/m").path
    assert {stat.S_IMODE(path.stat().st_mode) for path in tree.rglob("*") if path.is_file()} == {0o444}


def test_the_cache_holds_an_artifact_where_all_clients_look_for_it(client: Client, pushed: Path, tmp_path: Path) -> None:
    pulled = client.pull("team/m")
    home = tmp_path / "cache" / "v1" / "artifacts" / hex_of(pulled.stored.artifact.digest)
    assert pulled.path == home / "tree"
    assert sorted(os.listdir(home)) == ["layout.json", "tree"]
    assert os.listdir(tmp_path / "cache" / "v1" / "incoming") == []


def test_pulling_again_moves_no_bytes(client: Client, pushed: Path) -> None:
    first, second = client.pull("team/m"), client.pull("team/m")
    assert first.received_bytes > 0
    assert second.received_bytes == 0
    assert second.path == first.path


def test_a_version_that_differs_in_one_tensor_brings_that_tensor_only(client: Client, new_graph: NewGraph) -> None:
    client.push(new_graph("a.pb", 50, 40 * KIB), "team/m")
    path = new_graph("b.pb", 50, 40 * KIB, other=[17])
    client.push(path, "team/m")
    client.pull("team/m:1")
    pulled = client.pull("team/m:2")
    assert pulled.path.read_bytes() == path.read_bytes()
    assert 40 * KIB <= pulled.received_bytes <= 40 * KIB * 1.05


def test_equal_tensors_come_once(client: Client, graph_of: Callable[..., Path]) -> None:
    path = graph_of("graph.pb", [os.urandom(100 * KIB)] * 5)
    client.push(path, "team/m")
    pulled = client.pull("team/m")
    assert pulled.path.read_bytes() == path.read_bytes()
    assert pulled.received_bytes < 110 * KIB


def test_many_groups_come_by_parallel_streams(client: Client, new_graph: NewGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tfreg.client.pull.receiving.GROUP_BYTES", 64 * KIB)
    path = new_graph("graph.pb", 30, 40 * KIB)
    client.push(path, "team/m")
    assert client.pull("team/m").path.read_bytes() == path.read_bytes()


def test_a_format_that_is_not_stored_is_an_error(client: Client, pushed: Path) -> None:
    with pytest.raises(FormatNotStoredError):
        client.pull("team/m", formats=["frozen_graph"])
    with pytest.raises(AliasNotFoundError):
        client.pull("team/m@nobody")


# ---- destinations ----


def test_a_destination_gets_a_writable_copy(client: Client, pushed: Path, tmp_path: Path) -> None:
    pulled = client.pull("team/m", tmp_path / "deep" / "out")
    assert pulled.path == tmp_path / "deep" / "out"
    assert contents(pulled.path) == contents(pushed)
    assert (pulled.path / "saved_model.pb").stat().st_mode & stat.S_IWUSR
    assert os.listdir(tmp_path / "deep") == ["out"], "nothing is left beside it"


def test_an_empty_folder_is_a_fine_destination(client: Client, pushed: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert contents(client.pull("team/m", tmp_path / "out").path) == contents(pushed)


def test_a_destination_that_holds_the_artifact_already_is_left_alone(client: Client, pushed: Path, tmp_path: Path) -> None:
    first = client.pull("team/m", tmp_path / "out").path / "saved_model.pb"
    before = first.stat().st_ino
    client.pull("team/m", tmp_path / "out")
    assert first.stat().st_ino == before


@pytest.mark.parametrize("change", ["another file", "changed byte", "link", "file"])
def test_a_destination_that_holds_anything_else_is_an_error(client: Client, pushed: Path, tmp_path: Path, change: str) -> None:
    out = tmp_path / "out"
    if change == "file":
        out.write_text("mine")
    else:
        client.pull("team/m", out)
    if change == "another file":
        (out / "notes.txt").write_text("mine")
    elif change == "changed byte":
        with (out / "saved_model.pb").open("r+b") as file:
            file.write(b"\xff")
    elif change == "link":
        (out / "saved_model.pb").rename(tmp_path / "moved.pb")
        (out / "saved_model.pb").symlink_to(tmp_path / "moved.pb")
    with pytest.raises(DestinationExistsError):
        client.pull("team/m", out)


def test_a_one_file_artifact_is_handed_out_as_the_file(client: Client, new_graph: NewGraph, tmp_path: Path) -> None:
    path = new_graph("graph.pb", 1, 40 * KIB)
    client.push(path, "team/m")
    (tmp_path / "folder").mkdir()
    assert client.pull("team/m").path.name == "graph.pb"
    assert client.pull("team/m", tmp_path / "here.pb").path == tmp_path / "here.pb"
    assert client.pull("team/m", f"{tmp_path}/new/").path == tmp_path / "new" / "graph.pb"
    assert client.pull("team/m", tmp_path / "folder").path == tmp_path / "folder" / "graph.pb"
    assert (tmp_path / "here.pb").read_bytes() == path.read_bytes()
    (tmp_path / "other.pb").write_text("mine")
    with pytest.raises(DestinationExistsError):
        client.pull("team/m", tmp_path / "other.pb")
    assert (tmp_path / "other.pb").read_text() == "mine"


def test_attachments_come_when_asked_for(client: Client, models: Path, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("a\nb\n")
    client.push(models / "tf1_saved_model", "team/m", attachments=[("vocabulary", tmp_path / "words.txt")])
    assert client.pull("team/m").attachments == ()
    (cached,) = client.pull("team/m", attachments=True).attachments
    assert (cached.role, cached.path.name, cached.path.read_text()) == ("vocabulary", "words.txt", "a\nb\n")
    (copied,) = client.pull("team/m", f"{tmp_path}/out/", attachments=True).attachments
    assert copied.path == tmp_path / "out.attachments" / "vocabulary" / "words.txt"
    copied.path.write_text("changed")
    with pytest.raises(DestinationExistsError):
        client.pull("team/m", tmp_path / "out", attachments=True)


def test_an_occupied_attachment_is_noticed_before_anything_is_placed(client: Client, models: Path, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("a\nb\n")
    client.push(models / "tf1_saved_model", "team/m", attachments=[("vocabulary", tmp_path / "words.txt")])
    mine = tmp_path / "out.attachments" / "vocabulary" / "words.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("own\n")
    with pytest.raises(DestinationExistsError, match="words"):
        client.pull("team/m", tmp_path / "out", attachments=True)
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "cache").exists(), "and before anything is pulled"
    assert mine.read_text() == "own\n"


def test_a_system_without_posix_locks_is_told_at_once() -> None:
    program = (
        "import sys\nsys.modules['fcntl'] = None\nfrom tfreg.client import Client\nfrom tfreg.core.errors import TfregError\n"
        "try:\n    Client('unix:/nobody').pull('a/b')\nexcept TfregError as error:\n    print(error.reason, error)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert told.startswith("REQUEST_INVALID")
    assert "Linux" in told


# ---- damage ----


def test_a_damaged_cache_is_found_and_mended_by_verify(client: Client, pushed: Path) -> None:
    file = client.pull("team/m").path / "saved_model.pb"
    file.chmod(0o644)
    file.write_bytes(b"x" * file.stat().st_size)
    pulled = client.pull("team/m", verify=True)
    assert pulled.received_bytes > 0
    assert contents(pulled.path) == contents(pushed)
    assert client.pull("team/m", verify=True).received_bytes == 0


def test_damaged_bytes_of_another_artifact_are_not_believed(client: Client, new_graph: NewGraph) -> None:
    client.push(new_graph("a.pb", 4, 40 * KIB), "team/m")
    path = new_graph("b.pb", 4, 40 * KIB, other=[0])
    client.push(path, "team/m")
    old = client.pull("team/m:1").path
    old.chmod(0o644)
    old.write_bytes(b"x" * old.stat().st_size)
    assert client.pull("team/m:2").path.read_bytes() == path.read_bytes()


def test_a_full_disk_says_so(client: Client, pushed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tfreg.client.pull.incoming.write_all", full)
    with pytest.raises(StorageFullError, match="local disk"):
        client.pull("team/m")


def test_an_error_of_the_progress_callback_ends_the_pull(client: Client, pushed: Path) -> None:
    def fail(phase: str, done_bytes: int, total_bytes: int) -> None:
        if done_bytes:
            raise RuntimeError("the terminal is gone")

    with pytest.raises(RuntimeError, match="terminal"):
        client.pull("team/m", progress=fail)
    assert client.pull("team/m").path.is_dir()


# ---- several at once ----


def test_two_pulls_at_once_bring_the_bytes_once(client: Client, other_client: Client, new_graph: NewGraph) -> None:
    path = new_graph("graph.pb", 30, 40 * KIB)
    made = client.push(path, "team/m")
    results: list[Pulled] = []
    threads = [
        threading.Thread(target=lambda each=each: results.append(each.pull("team/m"))) for each in (client, other_client) * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(result.received_bytes for result in results) == made.sent_bytes
    assert {result.path.read_bytes() for result in results} == {path.read_bytes()}


def test_the_cache_is_where_the_program_the_environment_or_the_home_says() -> None:
    everything = {"TFREG_CACHE": "/c", "XDG_CACHE_HOME": "/x"}
    assert cache_root("/told", everything) == Path("/told")
    assert cache_root(None, everything) == Path("/c")
    assert cache_root(None, {"TFREG_CACHE": "", "XDG_CACHE_HOME": "/x"}) == Path("/x/tfreg")
    assert cache_root(None, {}) == Path.home() / ".cache" / "tfreg"


def test_buffers_are_kept_for_large_pulls_only(client: Client, new_graph: NewGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[bool] = []
    monkeypatch.setattr("tfreg.client.pull.receiving.keep_buffers", lambda: kept.append(True))
    client.push(new_graph("small.pb", 1, 40 * KIB), "team/small")
    client.push(new_graph("large.pb", 2, 4 * KIB * KIB), "team/large")
    client.pull("team/small")
    assert kept == []
    client.pull("team/large")
    assert kept == [True]
