"""The client for asyncio has the same operations, and gives its calls up when its task is cancelled."""

from __future__ import annotations

import asyncio
import inspect
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tfreg.client import AsyncClient, Client
from tfreg.core.errors import ModelNotFoundError

KIB = 1024


def test_it_has_all_operations_of_the_client() -> None:
    public = {name for name, _ in inspect.getmembers(Client) if not name.startswith("_")}
    assert public <= {name for name, _ in inspect.getmembers(AsyncClient)}
    assert AsyncClient.push.__doc__ == Client.push.__doc__


def test_operations_are_awaited_and_lists_iterated(server, models: Path, tmp_path: Path) -> None:
    async def use() -> None:
        async with AsyncClient(server.target, cache_dir=tmp_path / "cache") as client:
            await client.push(models / "tf1_saved_model", "team/m", aliases=["prod"])
            resolved, pulled = await asyncio.gather(client.resolve("team/m@prod"), client.pull("team/m"))
            assert resolved.version == pulled.stored.version == 1
            assert [model.name async for model in client.models()] == ["team/m"]
            assert len([tensor async for tensor in client.tensors("team/m")]) == (await client.inspect("team/m")).tensor_count
            with pytest.raises(ModelNotFoundError):
                await client.version("team/nothing")

    asyncio.run(use())


def test_a_cancelled_task_ends_its_call(relay, server) -> None:
    async def use() -> None:
        async with AsyncClient(relay.target) as client:
            await client.capabilities()
            relay.stop_down = 0
            task = asyncio.create_task(client.resolve("team/m"))
            await asyncio.to_thread(relay.stopped.wait)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(task, 5)

    asyncio.run(use())


def test_a_cancelled_pull_ends_and_goes_on_when_it_is_repeated(
    relay, client: Client, new_graph: Callable[..., Path], tmp_path: Path
) -> None:
    path = new_graph("graph.pb", 60, 64 * KIB)
    client.push(path, "team/m")

    async def use() -> None:
        async with AsyncClient(relay.target, cache_dir=tmp_path / "cache") as slow:
            relay.stop_down = 2000 * KIB
            received = threading.Event()

            def watch(phase: str, done_bytes: int, total_bytes: int) -> None:
                if done_bytes > 1000 * KIB:
                    received.set()

            task = asyncio.create_task(slow.pull("team/m", tmp_path / "out.pb", progress=watch))
            await asyncio.to_thread(relay.stopped.wait)
            await asyncio.to_thread(received.wait)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(task, 5)

    asyncio.run(use())
    assert not (tmp_path / "out.pb").exists()
    assert os.listdir(tmp_path / "cache" / "v1" / "artifacts") == []
    again = client.pull("team/m", tmp_path / "out.pb")
    assert again.path.read_bytes() == path.read_bytes()
    assert again.received_bytes < path.stat().st_size - 500 * KIB


def test_a_cancelled_push_makes_no_version(relay, client: Client, new_graph: Callable[..., Path]) -> None:
    path = new_graph("graph.pb", 60, 64 * KIB)

    async def use() -> None:
        async with AsyncClient(relay.target) as slow:
            await slow.capabilities()
            relay.stop_down = 0
            task = asyncio.create_task(slow.push(path, "team/m"))
            await asyncio.to_thread(relay.stopped.wait)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(task, 5)

    asyncio.run(use())
    assert list(client.models()) == []
