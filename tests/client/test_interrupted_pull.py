"""A pull whose connection breaks goes on; one that is killed goes on when it is repeated, and nothing of it is seen meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tfreg.client import Client, Progress, RetryPolicy
from tfreg.core.digests import hex_of
from tfreg.core.errors import ServerUnavailableError

KIB = 1024
SOON = RetryPolicy(attempts=4, first_pause_s=0.2, longest_pause_s=0.3)
CHILD = """
import sys
from tfreg.client import Client
def watch(phase, done_bytes, total_bytes):
    if done_bytes > 1_000_000:
        print("half", flush=True)
Client(sys.argv[1], cache_dir=sys.argv[2]).pull("team/m", sys.argv[3], progress=watch)
"""


@pytest.fixture
def relayed(relay, tmp_path: Path) -> Iterator[Client]:
    with Client(relay.target, cache_dir=tmp_path / "cache", retry=SOON) as client:
        yield client


@pytest.fixture
def pushed(client: Client, new_graph: Callable[..., Path]) -> Path:
    path = new_graph("graph.pb", 60, 64 * KIB)
    client.push(path, "team/m")
    return path


def breaking_half_way(relay) -> Progress:
    """Lets 2,000 KiB pass, and closes the relay for good once the client has taken half of them."""
    relay.stop_down = 2000 * KIB

    def watch(phase: str, done_bytes: int, total_bytes: int) -> None:
        if done_bytes > 1000 * KIB:
            relay.stopped.wait(30)
            relay.close()

    return watch


@pytest.mark.parametrize("broken_at", [60 * KIB, 700 * KIB, 3000 * KIB])
def test_a_broken_stream_goes_on_where_it_broke(relayed: Client, relay, pushed: Path, broken_at: int) -> None:
    relay.break_down = [broken_at]
    pulled = relayed.pull("team/m")
    assert relay.break_down == []
    assert pulled.path.read_bytes() == pushed.read_bytes()
    assert pulled.received_bytes < pushed.stat().st_size + KIB


def test_a_pull_that_failed_brings_only_the_rest_when_it_is_repeated(
    relayed: Client, relay, client: Client, pushed: Path, tmp_path: Path
) -> None:
    with pytest.raises(ServerUnavailableError):
        relayed.pull("team/m", tmp_path / "out.pb", progress=breaking_half_way(relay))
    assert not (tmp_path / "out.pb").exists()
    assert os.listdir(tmp_path / "cache" / "v1" / "artifacts") == []
    again = client.pull("team/m", tmp_path / "out.pb")
    assert again.path.read_bytes() == pushed.read_bytes()
    assert 0 < again.received_bytes < pushed.stat().st_size - 900 * KIB


def test_a_pull_that_is_killed_leaves_nothing_to_be_seen_and_goes_on(relay, client: Client, pushed: Path, tmp_path: Path) -> None:
    relay.stop_down = 2000 * KIB
    command = [sys.executable, "-c", CHILD, relay.target, str(tmp_path / "cache"), str(tmp_path / "out.pb")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        assert child.stdout.readline() == "half\n"
        assert relay.stopped.wait(30)
        child.kill()
    assert not (tmp_path / "out.pb").exists()
    assert os.listdir(tmp_path / "cache" / "v1" / "artifacts") == []
    again = client.pull("team/m", tmp_path / "out.pb")
    assert again.path.read_bytes() == pushed.read_bytes()
    assert 0 < again.received_bytes < pushed.stat().st_size - 500 * KIB


def test_bytes_that_a_former_pull_left_wrong_are_brought_again(
    relayed: Client, relay, client: Client, pushed: Path, tmp_path: Path
) -> None:
    with pytest.raises(ServerUnavailableError):
        relayed.pull("team/m", progress=breaking_half_way(relay))
    digest = client.artifact("team/m").artifact.digest
    with (tmp_path / "cache" / "v1" / "incoming" / hex_of(digest) / "tree" / "graph.pb").open("r+b") as file:
        file.seek(100 * KIB)
        file.write(b"lost with the power")
    assert client.pull("team/m").path.read_bytes() == pushed.read_bytes()
