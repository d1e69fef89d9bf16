"""A closed client says so; one that is closed during an operation ends it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tfreg.client import AsyncClient, CancelledError, Client, RequestInvalidError

USES: list[Callable[[Client], object]] = [
    lambda client: client.capabilities(),
    lambda client: client.resolve("team/m"),
    lambda client: client.pull("team/m"),
    lambda client: client.push("/nothing", "team/m"),
    lambda client: client.models(),
    lambda client: client.tensors("team/m"),
]


@pytest.mark.parametrize("use", USES)
def test_a_closed_client_says_so(client: Client, use: Callable[[Client], object]) -> None:
    client.capabilities()
    client.close()
    with pytest.raises(RequestInvalidError, match="is closed") as caught:
        use(client)
    assert caught.value.hint


def test_closing_twice_does_no_harm(client: Client) -> None:
    client.close()
    client.close()


def test_a_list_that_was_begun_says_so_too(client: Client) -> None:
    models = client.models()
    client.close()
    with pytest.raises(RequestInvalidError, match="is closed"):
        next(models)


def test_a_push_during_which_the_client_is_closed_ends_with_an_error_of_ours(
    client: Client, new_graph: Callable[..., Path]
) -> None:
    def close(phase: str, done_bytes: int, total_bytes: int) -> None:
        if done_bytes:
            client.close()

    with pytest.raises((CancelledError, RequestInvalidError)):
        client.push(new_graph("graph.pb", 40, 40_000), "team/m", progress=close)


def test_a_call_under_way_is_given_up(relay, server) -> None:
    with Client(relay.target) as client:
        client.capabilities()
        relay.stop_down = 0
        closing = threading.Thread(target=lambda: relay.stopped.wait() and client.close())
        closing.start()
        with pytest.raises((CancelledError, RequestInvalidError)):  # as the call was sent before the closing, or just not
            client.capabilities()
        closing.join()


def test_a_closed_async_client_says_so(server) -> None:
    async def use() -> None:
        client = AsyncClient(server.target)
        await client.capabilities()
        await client.close()
        with pytest.raises(RequestInvalidError, match="is closed"):
            await client.capabilities()
        with pytest.raises(RequestInvalidError, match="is closed"):
            _ = [model async for model in client.models()]

    asyncio.run(use())
