"""A large file goes to the disk while it is still coming."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tfreg.client import Client
from tfreg.client.pull.write_behind import WriteBehind
from tfreg.core.errors import StorageFullError

KIB = 1024


def test_a_file_is_synced_before_it_is_whole(
    client: Client, new_graph: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tfreg.client.pull.write_behind.STEP_BYTES", 1024 * KIB)
    path = new_graph("graph.pb", 2, 4096 * KIB)
    client.push(path, "team/m")
    synced: list[str] = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (synced.append(threading.current_thread().name), fsync(descriptor))[1])
    assert client.pull("team/m").path.read_bytes() == path.read_bytes()
    assert any(name.startswith("tfreg-sync") for name in synced)


def test_no_thread_starts_for_a_small_file(tmp_path: Path) -> None:
    before = threading.active_count()
    with (tmp_path / "file").open("wb") as file, WriteBehind(file.fileno()) as disk:
        disk.filled(1000)
        assert threading.active_count() == before


def test_a_disk_that_fails_meanwhile_fails_the_pull(
    client: Client, new_graph: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tfreg.client.pull.write_behind.STEP_BYTES", 1024 * KIB)
    client.push(new_graph("graph.pb", 2, 4096 * KIB), "team/m")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFullError):
        client.pull("team/m")
