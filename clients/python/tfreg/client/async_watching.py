"""Watching for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from tfreg.client.watching import Watching
from tfreg.core.events import Event


class AsyncWatching(AsyncIterator[Event]):
    """As `Watching`, to iterate over by `async for`; `await client.watch(...)` makes it. It waits in a thread of its own.

    A wait that is cancelled, as by `asyncio.wait_for`, loses nothing: the next one gets the event.
    """

    def __init__(self, watching: Watching) -> None:
        self._watching = watching
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="tfreg-watch")
        self._pending: asyncio.Future[Event | None] | None = None

    @property
    def sequence(self) -> int:
        """As `Watching.sequence`. While an event is waited for, it is that of the wait's beginning or a later one."""
        return self._watching.sequence

    async def __anext__(self) -> Event:
        pending = self._pending
        if pending is None:
            pending = self._pending = asyncio.get_running_loop().run_in_executor(self._executor, next, self._watching, None)
        await asyncio.wait([pending])
        self._pending = None
        event = pending.result()
        if event is None:
            raise StopAsyncIteration
        return event

    async def close(self) -> None:
        """Ends it: whoever waits for the next event sees the end."""
        self._watching.close()
        if (pending := self._pending) is not None:
            await asyncio.wait([pending])
            pending.exception()  # seen: it says only that the client was closed
        self._executor.shutdown(wait=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    def __del__(self) -> None:
        """The thread must not outlive whoever could hear of it."""
        self._watching.close()
        self._executor.shutdown(wait=False)
