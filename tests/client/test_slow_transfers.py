"""A transfer that takes longer than one call may is resumed for as long as it moves; one that does not move ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tfreg.client import Client, connection
from tfreg.client.calls import Calls
from tfreg.client.push import batches
from tfreg.core.errors import DeadlineExceededError

KIB = 1024
NewGraph = Callable[..., Path]


@pytest.fixture
def impatient(server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A client that gives a stream two seconds, whatever its size."""
    monkeypatch.setattr("tfreg.client.calls.SLOWEST_BYTES_PER_S", 10**12)
    with Client(server.target, cache_dir=tmp_path / "cache", deadline_s=2.0) as made:
        yield made


def slowly(phase: str, done_bytes: int, total_bytes: int) -> None:
    if phase in ("receive", "send") and done_bytes:
        time.sleep(0.3)


def count(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> list[float]:
    """Counts the calls of a method."""
    calls: list[float] = []
    method = getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda *args, **named: (calls.append(time.monotonic()), method(*args, **named))[1])
    return calls


def test_a_pull_that_is_slower_than_its_deadline_goes_on(
    impatient: Client, client: Client, new_graph: NewGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = new_graph("graph.pb", 12, 64 * KIB)
    made = client.push(path, "team/m")
    retried = count(monkeypatch, Calls, "retrying")
    pulled = impatient.pull("team/m", progress=slowly)
    assert pulled.path.read_bytes() == path.read_bytes()
    assert pulled.received_bytes == made.sent_bytes, "nothing came twice"
    assert len(retried) > 2, "GetArtifact, and more streams than one"


def test_a_push_that_is_slower_than_its_deadline_goes_on(
    impatient: Client, client: Client, new_graph: NewGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tfreg.client.push.writing.MESSAGE_BYTES", 16 * KIB)
    path = new_graph("graph.pb", 4, 64 * KIB)
    streams = count(monkeypatch, batches, "write_blobs")
    made = impatient.push(path, "team/m", progress=slowly)
    assert made.created
    assert len(streams) > 1
    assert client.pull("team/m").path.read_bytes() == path.read_bytes()


def test_a_transfer_that_does_not_move_ends_at_its_deadline(
    relay, server, client: Client, new_graph: NewGraph, tmp_path: Path
) -> None:
    client.push(new_graph("graph.pb", 4, 64 * KIB), "team/m")
    with Client(relay.target, cache_dir=tmp_path / "other", deadline_s=3.0) as stuck:
        stuck.artifact("team/m")
        relay.stop_down = 0
        with pytest.raises(DeadlineExceededError):
            stuck.pull("team/m")


def test_a_server_that_vanished_without_a_word_is_noticed_and_the_pull_resumed(
    relay, client: Client, new_graph: NewGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = {"grpc.keepalive_time_ms": 200, "grpc.keepalive_timeout_ms": 200, "grpc.http2.ping_timeout_ms": 200}
    monkeypatch.setattr(connection, "_OPTIONS", tuple((key, soon.get(key, value)) for key, value in connection._OPTIONS))
    path = new_graph("graph.pb", 60, 64 * KIB)
    client.push(path, "team/m")
    relay.stop_down = 2000 * KIB

    def come_back(phase: str, done_bytes: int, total_bytes: int) -> None:
        if done_bytes > 1000 * KIB and relay.stop_down is not None:
            relay.stopped.wait(30)
            relay.stop_down = None

    start = time.monotonic()
    with Client(relay.target, cache_dir=tmp_path / "other") as cut_off:
        assert cut_off.pull("team/m", progress=come_back).path.read_bytes() == path.read_bytes()
    assert time.monotonic() - start < 30, "and not at the deadline"
