"""A push whose connection breaks goes on; one that is given up goes on when it is repeated."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tfreg.app.stores import Stores
from tfreg.client import Client, RetryPolicy
from tfreg.client.push import batches, uploading
from tfreg.core.errors import ServerUnavailableError, StorageFullError

KIB = 1024
SOON = RetryPolicy(attempts=4, first_pause_s=0.2, longest_pause_s=0.3)


@pytest.fixture
def relayed(relay, tmp_path: Path) -> Iterator[Client]:
    with Client(relay.target, cache_dir=tmp_path / "cache", retry=SOON) as client:
        yield client


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tfreg.client.push.uploading.BATCH_BYTES", 256 * KIB)
    monkeypatch.setattr("tfreg.client.push.writing.MESSAGE_BYTES", 16 * KIB)


@pytest.mark.parametrize("broken_at", [1, 30 * KIB, 300 * KIB, 1500 * KIB])
def test_a_broken_stream_is_resumed(relayed: Client, relay, new_graph: Callable[..., Path], broken_at: int) -> None:
    path = new_graph("graph.pb", 40, 64 * KIB)
    relay.break_up = [broken_at]
    made = relayed.push(path, "team/m")
    assert made.created
    assert relay.break_up == []
    assert made.sent_bytes <= made.size_bytes + 4 * 256 * KIB, "only what did not arrive goes again"
    assert relayed.pull("team/m").path.read_bytes() == path.read_bytes()


def test_progress_counts_repetitions_once(relayed: Client, relay, new_graph: Callable[..., Path]) -> None:
    seen: list[tuple[int, int]] = []
    relay.break_up = [1500 * KIB]
    relayed.push(
        new_graph("graph.pb", 40, 64 * KIB),
        "team/m",
        progress=lambda phase, *counts: seen.append(counts) if phase == "send" else None,
    )
    assert seen[-1][0] == seen[-1][1]


def test_a_push_that_failed_sends_only_the_rest_when_it_is_repeated(
    relayed: Client, relay, client: Client, new_graph: Callable[..., Path]
) -> None:
    path = new_graph("graph.pb", 40, 64 * KIB)

    relay.break_up = [1500 * KIB, *[0] * 20]
    with pytest.raises(ServerUnavailableError):
        relayed.push(path, "team/m")
    assert list(client.models()) == [], "nothing is half-visible"
    again = client.push(path, "team/m")
    assert again.created
    assert 0 < again.sent_bytes < again.size_bytes - 256 * KIB


def test_what_gave_a_push_up_is_told_and_not_that_it_was_given_up(
    client: Client, new_graph: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = threading.Event()

    def no_room(*_: object) -> None:
        raise StorageFullError("The disk is full.")

    def fail(upload: uploading.Upload, error: BaseException, told: Callable[..., None] = uploading.Upload._fail) -> None:
        told(upload, error)
        failed.set()

    monkeypatch.setattr(uploading, "find_missing", no_room)
    monkeypatch.setattr(uploading.Upload, "_fail", fail)
    path = new_graph("graph.pb", 4, 1024 * KIB)
    with pytest.raises(StorageFullError, match=r"The whole push has 4\.2 MB, of which 0\.0 MB were sent\.") as caught:
        client.push(path, "team/m", progress=lambda *_: failed.wait(10))  # while the second chunk is hashed
    assert caught.value.metadata["push_bytes"] == str(path.stat().st_size)


def test_a_lease_that_expired_meanwhile_is_taken_anew(
    client: Client, stores: Stores, new_graph: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    leases: list[str] = []
    ask = batches.find_missing

    def ask_and_forget(*args, **kwargs):
        lease_id, missing = ask(*args, **kwargs)
        leases.append(lease_id)
        if len(leases) == 3:
            stores.catalog.release_lease(lease_id)
        return lease_id, missing

    monkeypatch.setattr("tfreg.client.push.uploading.find_missing", ask_and_forget)
    assert client.push(new_graph("graph.pb", 40, 64 * KIB), "team/m").created
    assert len(set(leases)) == 2
