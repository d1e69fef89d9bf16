"""A server process is killed and started again under a watching client: no event is missed, none is told twice."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import pytest

from tfreg.client import Alias, AliasMove, Client, RetryPolicy

PROGRAM = "import sys; from tfreg.server.serve import serve; serve(sys.argv[1], sys.argv[2], grace_s=5.0)"
LIMIT_S = 100.0


@pytest.fixture
def address() -> Iterator[str]:
    """An address that each server can have again."""
    with tempfile.TemporaryDirectory(prefix="tfreg-", dir="/tmp") as folder:
        yield f"unix:{folder}/server"


@pytest.fixture
def start(address: str, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts a server on the test's data folder, and returns when it serves."""
    running: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", PROGRAM, address, str(tmp_path / "data")]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert running[-1].stdout is not None
        assert "serving" in running[-1].stdout.readline()
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_a_server_that_is_killed_again_and_again(start, address: str, models: Path) -> None:
    server = start()
    with (
        Client(address, retry=RetryPolicy(attempts=1000, first_pause_s=0.02, longest_pause_s=0.1), deadline_s=LIMIT_S) as client,
        ThreadPoolExecutor(2) as pool,
        client.watch() as events,
    ):
        client.push(models / "frozen_tf1.pb", "team/bert", aliases="prod")
        client.push(models / "frozen_keras.pb", "team/bert")
        watched = pool.submit(lambda: list(islice(events, 3 + 3 * 25)))
        made = 0
        for _ in range(3):
            moving = pool.submit(_move, client, made, 25)
            server.kill()  # in the middle of it, or before, or after
            server.wait()
            server = start()
            made += moving.result(LIMIT_S)
        assert [event.sequence for event in watched.result(LIMIT_S)] == list(range(1, 79))
        assert [move.sequence for move in client.alias_moves("team/bert")] == [*range(78, 3, -1), 2]


def _move(client: Client, start: int, count: int) -> int:
    """Moves an alias to and fro, each time once, though the server may be killed between the move and its answer."""
    for number in range(start, start + count):
        here, there = 1 + number % 2, 2 - number % 2
        client.set_aliases("team/bert", [AliasMove(Alias("prod"), there, expected_version=here)])
    return count
