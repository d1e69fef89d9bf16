"""Client.watch: events for as long as the caller likes, whatever becomes of the connection."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tfreg.app.stores import Stores
from tfreg.client import (
    Alias,
    AliasMove,
    AsyncClient,
    Client,
    Event,
    EventKind,
    RequestInvalidError,
    RetryPolicy,
    SequenceUnknownError,
    ServerUnavailableError,
    Watching,
    watching,
)
from tfreg.core.errors import DeadlineExceededError
from tfreg.server.embedded import EmbeddedServer
from tfreg.store.blobs.memory import MemoryBlobStore
from tfreg.store.catalog.memory import MemoryCatalog

LIMIT_S = 60.0
QUICK = RetryPolicy(first_pause_s=0.01, longest_pause_s=0.05)


def move(stores: Stores, count: int = 1) -> None:
    """Makes events: an alias is made and removed."""
    for _ in range(count):
        there = stores.catalog.model("team/m").aliases
        stores.catalog.set_aliases("team/m", [AliasMove(Alias("prod"), 0 if there else 1)], 5)


@pytest.fixture
def model(client: Client, new_graph) -> Path:
    """A model that was pushed: event 1."""
    path = new_graph("graph.pb", 1, 40)
    client.push(path, "team/m")
    return path


def numbers(events: list[Event]) -> list[int]:
    return [event.sequence for event in events]


def take(events: Watching, count: int) -> list[int]:
    return [next(events).sequence for _ in range(count)]


def test_what_happens_after_the_call_is_told(client: Client, model: Path, stores: Stores) -> None:
    with client.watch() as events:
        assert events.sequence == 1
        client.set_aliases("team/m", [AliasMove(Alias("prod"), 1)])
        event = next(events)
    assert (event.sequence, event.model, event.kind, event.version) == (2, "team/m", EventKind.ALIAS_MOVED, 1)
    assert (event.alias, event.from_version, event.at_ms > 0) == ("prod", 0, True)
    assert list(events) == [], "it is closed"


def test_models_and_a_prefix_choose(client: Client, model: Path) -> None:
    client.push(model, "other/a")
    client.push(model, "other/b")
    with client.watch("team/m", prefix="other/b", after_sequence=0) as events:
        assert take(events, 2) == [1, 3]
    with client.watch(["other/a"], after_sequence=1) as events:
        assert take(events, 1) == [2]


def test_the_number_to_come_back_with_follows_what_was_given_out(client: Client, model: Path, stores: Stores) -> None:
    move(stores, 4)
    with client.watch(after_sequence=1) as events:
        assert events.sequence == 1
        assert take(events, 2) == [2, 3]
        assert events.sequence == 3
    with client.watch(after_sequence=events.sequence) as events:
        assert take(events, 2) == [4, 5]


def test_errors_of_the_call_come_at_once(client: Client, model: Path) -> None:
    with pytest.raises(SequenceUnknownError) as caught:
        client.watch(after_sequence=99)
    assert caught.value.metadata["newest_sequence"] == "1"
    with pytest.raises(RequestInvalidError):
        client.watch([f"m{number}" for number in range(1001)])
    for number in (-1, 2**63):
        with pytest.raises(RequestInvalidError, match="no sequence number"):
            client.watch(after_sequence=number)
    with pytest.raises(RequestInvalidError):
        client.watch(3)  # type: ignore[arg-type]
    with Client("localhost:1", retry=RetryPolicy(attempts=1)) as nobody, pytest.raises(ServerUnavailableError):
        nobody.watch()


def test_a_connection_that_breaks_again_and_again_loses_and_doubles_nothing(
    relay, stores: Stores, client: Client, model: Path
) -> None:
    relay.break_down = [3000] * 20
    with Client(relay.target, retry=QUICK) as far, far.watch(after_sequence=0) as events:
        mover = threading.Thread(target=move, args=(stores, 600))
        mover.start()
        assert take(events, 601) == list(range(1, 602))
        mover.join()
    assert len(relay.break_down) < 20


def test_a_server_that_says_nothing_any_more_is_left(
    relay, client: Client, model: Path, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "PATIENCE_S", 2.0)
    with Client(relay.target, retry=RetryPolicy(attempts=1)) as far, far.watch() as events, pytest.raises(DeadlineExceededError):
        next(events)
    with Client(relay.target, retry=QUICK) as far, far.watch() as events, ThreadPoolExecutor(1) as pool:
        told = pool.submit(next, events)
        move(stores)
        assert told.result(LIMIT_S).sequence == 2


def test_a_stream_that_ends_for_no_reason_is_begun_anew(client: Client, model: Path, stores: Stores) -> None:
    with client.watch() as events:
        events._groups.close()
        move(stores)
        assert next(events).sequence == 2


def test_a_server_that_starts_anew_is_found_again(stores: Stores, short_folder: Path, new_graph) -> None:
    graph = new_graph("graph.pb", 1, 40)
    place = short_folder / "here"
    with ExitStack() as running, Client(f"unix:{place}", retry=QUICK) as client:

        def start() -> None:
            server = running.enter_context(EmbeddedServer(stores))
            place.unlink(missing_ok=True)
            place.symlink_to(server.target.removeprefix("unix:"))

        start()
        client.push(graph, "team/m")
        with client.watch() as events:
            for restart in range(3):
                move(stores)
                assert next(events).sequence == 2 + 2 * restart
                running.close()
                move(stores)
                start()
                assert next(events).sequence == 3 + 2 * restart


def test_another_registry_in_the_same_place_is_told(
    stores: Stores, short_folder: Path, client: Client, model: Path, server
) -> None:
    place = short_folder / "here"
    place.symlink_to(server.target.removeprefix("unix:"))
    with (
        EmbeddedServer(Stores(MemoryBlobStore(), MemoryCatalog())) as other,
        Client(f"unix:{place}", retry=QUICK) as far,
        far.watch() as events,
    ):
        place.unlink()
        place.symlink_to(other.target.removeprefix("unix:"))
        server.__exit__(None, None, None)
        with pytest.raises(SequenceUnknownError):
            next(events)


def test_closing_from_another_thread_ends_the_wait(client: Client) -> None:
    events = client.watch()
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(list, events)
        events.close()
        assert told.result(LIMIT_S) == []
    assert client.capabilities(), "the client goes on"


def test_closing_while_the_server_is_away_ends_the_wait_too(server: EmbeddedServer) -> None:
    with Client(server.target) as client:
        events = client.watch()
        server.__exit__(None, None, None)
        with ThreadPoolExecutor(1) as pool:
            told = pool.submit(list, events)
            events.close()
            assert told.result(LIMIT_S) == []


def test_closing_the_client_ends_the_wait_with_its_own_words(client: Client) -> None:
    events = client.watch()
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(list, events)
        client.close()
        with pytest.raises(RequestInvalidError, match="is closed"):
            told.result(LIMIT_S)


def test_a_watch_that_nobody_holds_ends_here_and_at_the_server(client: Client) -> None:
    for _ in range(3):
        client.watch()
    gc.collect()
    deadline = time.monotonic() + LIMIT_S
    while {"tfreg-watch", "tfreg-patience"} & {thread.name for thread in threading.enumerate()}:
        assert time.monotonic() < deadline
        time.sleep(0.01)


class TestAsync:
    def test_events_are_iterated_over(self, server: EmbeddedServer, model: Path, stores: Stores) -> None:
        async def use() -> list[int]:
            async with AsyncClient(server.target) as client, await client.watch("team/m", after_sequence=0) as events:
                move(stores, 3)
                told = []
                async for event in events:
                    told.append(event.sequence)
                    if event.sequence == 4:
                        break
                assert events.sequence == 4
                return told

        assert asyncio.run(use()) == [1, 2, 3, 4]

    def test_a_wait_that_is_given_up_loses_nothing(self, server: EmbeddedServer, model: Path, stores: Stores) -> None:
        async def use() -> int:
            async with AsyncClient(server.target) as client, await client.watch() as events:
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(anext(events), 0.01)
                move(stores)
                return (await asyncio.wait_for(anext(events), LIMIT_S)).sequence

        assert asyncio.run(use()) == 2

    def test_closing_ends_the_wait(self, server: EmbeddedServer) -> None:
        async def use() -> None:
            async with AsyncClient(server.target) as client:
                events = await client.watch()
                waiting = asyncio.ensure_future(_all(events))
                await asyncio.sleep(0)
                await events.close()
                assert await asyncio.wait_for(waiting, LIMIT_S) == []

        asyncio.run(use())

    def test_many_watches_leave_the_threads_to_other_calls(self, server: EmbeddedServer, model: Path, stores: Stores) -> None:
        async def use() -> list[int]:
            async with AsyncClient(server.target, threads=2) as client:
                watches = [await client.watch() for _ in range(8)]
                waiting = [asyncio.ensure_future(anext(events)) for events in watches]
                assert (await client.model("team/m")).newest_version == 1
                move(stores)
                told = [(await asyncio.wait_for(one, LIMIT_S)).sequence for one in waiting]
                for events in watches:
                    await events.close()
                return told

        assert asyncio.run(use()) == [2] * 8

    def test_errors_come_when_it_is_awaited(self, server: EmbeddedServer) -> None:
        async def use() -> None:
            async with AsyncClient(server.target) as client:
                with pytest.raises(SequenceUnknownError):
                    await client.watch(after_sequence=5)

        asyncio.run(use())


async def _all(events) -> list[Event]:
    return [event async for event in events]
