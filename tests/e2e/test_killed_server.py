"""A real server process is killed during a push: nothing is half there, and the push repeated succeeds and sends only what is missing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tfreg.app.examination import Fault
from tfreg.client import Client, RetryPolicy
from tfreg.core.errors import NotFoundError, UnavailableError
from tfreg.server.doctor import examine_data_folder

FILES, FILE_BYTES = 600, 20_000
PROGRAM = "import sys; from tfreg.server.serve import serve; serve('127.0.0.1:0', sys.argv[1], grace_s=5.0)"


class ServerProcess:
    """A server in a process of its own."""

    def __init__(self, data: Path) -> None:
        self._process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(data)], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.ready_line = self._process.stdout.readline().strip()
        self.target = self.ready_line.rpartition(" ")[2]

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def terminate(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(60)

    def close(self) -> None:
        if self._process.poll() is None:
            self.kill()
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], ServerProcess]]:
    """Starts a server on the test's data folder."""
    running: list[ServerProcess] = []

    def start() -> ServerProcess:
        running.append(ServerProcess(tmp_path / "data"))
        return running[-1]

    yield start
    for server in running:
        server.close()


@pytest.fixture
def model(tmp_path: Path, models: Path) -> Path:
    """A SavedModel with so many files that a push of it is made durable in several groups."""
    folder = tmp_path / "model"
    shutil.copytree(models / "tf1_saved_model", folder)
    (folder / "assets.extra").mkdir(exist_ok=True)
    for index in range(FILES):
        (folder / "assets.extra" / f"{index:04}").write_bytes(os.urandom(FILE_BYTES))
    return folder


def _push_until(server: ServerProcess, model: Path, share: float, delay_s: float = 0.0) -> None:
    """Pushes, and kills the server when a share of the bytes has gone out."""
    killer = threading.Timer(delay_s, server.kill)
    started = threading.Event()

    def progress(phase: str, done_bytes: int, total_bytes: int) -> None:
        if phase == "send" and done_bytes >= share * FILES * FILE_BYTES and not started.is_set():
            started.set()
            killer.start()

    with Client(server.target, retry=RetryPolicy(attempts=1)) as client, pytest.raises(UnavailableError):  # noqa: PT012
        client.push(model, "team/bert", progress=progress)
        server.kill()  # the push was faster than the killer
        client.model("team/bert")
    killer.join()


def _faults(tmp_path: Path) -> set[Fault]:
    return {finding.fault for finding in examine_data_folder(tmp_path / "data").findings} - {Fault.STRANGER}


@pytest.mark.parametrize(("share", "delay_s"), [(0.05, 0.0), (0.6, 0.0), (1.0, 0.0), (1.0, 0.03)])
def test_nothing_is_half_there_and_the_push_goes_on(start, tmp_path: Path, model: Path, share: float, delay_s: float) -> None:
    _push_until(start(), model, share, delay_s)
    assert _faults(tmp_path) == set()
    with Client(start().target, cache_dir=tmp_path / "cache") as client:
        with suppress(NotFoundError):  # or all of it is there, as the pull below shows
            assert client.version("team/bert").number == 1
        stored_bytes = examine_data_folder(tmp_path / "data", read=False).size_bytes
        again = client.push(model, "team/bert")
        assert again.version.number == 1
        assert again.sent_bytes <= again.size_bytes - stored_bytes
        pulled = client.pull("team/bert", tmp_path / "pulled")
        assert _content(pulled.path) == _content(model)
    assert _faults(tmp_path) == set()


def test_sigterm_ends_a_server_in_order(start) -> None:
    server = start()
    assert server.ready_line.startswith("tfreg 0.1.0 serving ")
    with Client(server.target) as client:
        assert client.capabilities().server_version == "0.1.0"
    assert server.terminate() == 0


def _content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
