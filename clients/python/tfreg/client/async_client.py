"""The client for asyncio."""

from __future__ import annotations

import asyncio
import contextvars
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Self, TypeVar

from tfreg.client.arguments import PathLike
from tfreg.client.client import OPERATION_SCOPE, Client
from tfreg.client.retrying import RetryPolicy
from tfreg.client.scope import Scope

if TYPE_CHECKING:
    from tfreg.client.async_watching import AsyncWatching
    from tfreg.client.watching import Watching

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Item = TypeVar("Item")

_ITEMS_AT_ONCE = 256


def _awaitable(
    method: Callable[Concatenate[Client, Arguments], Result],
) -> Callable[Concatenate[AsyncClient, Arguments], Awaitable[Result]]:
    """Makes a method of Client one of AsyncClient, with the same arguments and documentation."""

    @functools.wraps(method)
    async def run(self: AsyncClient, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        return await self._run(functools.partial(method, self._client, *args, **kwargs), Scope())

    return run


def _iterable(
    method: Callable[Concatenate[Client, Arguments], Iterator[Item]],
) -> Callable[Concatenate[AsyncClient, Arguments], AsyncIterator[Item]]:
    """Makes a method of Client that yields one of AsyncClient that yields asynchronously."""

    @functools.wraps(method)
    async def run(self: AsyncClient, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> AsyncIterator[Item]:
        scope = Scope()
        found = await self._run(functools.partial(method, self._client, *args, **kwargs), scope)
        while items := await self._run(lambda: list(islice(found, _ITEMS_AT_ONCE)), scope):
            for item in items:
                yield item

    return run


def _watchable(
    method: Callable[Concatenate[Client, Arguments], Watching],
) -> Callable[Concatenate[AsyncClient, Arguments], Awaitable[AsyncWatching]]:
    """Makes a method of Client that watches one of AsyncClient, to await and then to iterate over."""

    @functools.wraps(method)
    async def run(self: AsyncClient, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> AsyncWatching:
        from tfreg.client.async_watching import AsyncWatching

        return AsyncWatching(await self._run(functools.partial(method, self._client, *args, **kwargs), Scope()))

    return run


class AsyncClient:
    """`Client` for asyncio: the same methods with the same arguments, to await or to iterate over by `async for`.

    Each operation runs in a thread of its own, at most `threads` at once. A task that is cancelled gives up its calls to the server
    and ends once they have ended; a push or pull that was given up can be repeated, and goes on where it stopped. Errors of what is
    iterated over are raised when its first item is taken, those of names too.

    What `watch` returns when it is awaited waits in a thread of its own, beyond `threads`.

    What `tensor_values` returns is the one of Client, whose methods wait: call them by `asyncio.to_thread`.

    Args:
        target: As for Client.
        deadline_s: As for Client.
        cache_dir: As for Client.
        retry: As for Client.
        threads: How many operations run at once.
    """

    def __init__(
        self,
        target: str,
        *,
        deadline_s: float = 30.0,
        cache_dir: PathLike | None = None,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 a frozen value
        threads: int = 32,
    ) -> None:
        self._client = Client(target, deadline_s=deadline_s, cache_dir=cache_dir, retry=retry)
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="tfreg-async")

    @property
    def target(self) -> str:
        """The server's address."""
        return self._client.target

    resolve = _awaitable(Client.resolve)
    resolve_if_changed = _awaitable(Client.resolve_if_changed)
    register_runtime = _awaitable(Client.register_runtime)
    diagnose = _awaitable(Client.diagnose)
    sign = _awaitable(Client.sign)
    withdraw_signature = _awaitable(Client.withdraw_signature)
    signature_declarations = _iterable(Client.signature_declarations)
    push = _awaitable(Client.push)
    push_all = _awaitable(Client.push_all)
    pull = _awaitable(Client.pull)
    artifact = _awaitable(Client.artifact)
    inspect = _awaitable(Client.inspect)
    tensors = _iterable(Client.tensors)
    read_tensor = _awaitable(Client.read_tensor)
    read_tensors = _awaitable(Client.read_tensors)
    save_tensors = _awaitable(Client.save_tensors)
    tensor_values = _awaitable(Client.tensor_values)
    nodes = _iterable(Client.nodes)
    capabilities = _awaitable(Client.capabilities)
    compare = _awaitable(Client.compare)
    same_versions = _iterable(Client.same_versions)
    plan_conversion = _awaitable(Client.plan_conversion)
    convert = _awaitable(Client.convert)
    conversions = _awaitable(Client.conversions)
    job = _awaitable(Client.job)
    cancel_job = _awaitable(Client.cancel_job)
    watch = _watchable(Client.watch)
    model = _awaitable(Client.model)
    models = _iterable(Client.models)
    version = _awaitable(Client.version)
    versions = _iterable(Client.versions)
    aliases = _awaitable(Client.aliases)
    set_aliases = _awaitable(Client.set_aliases)
    alias_moves = _iterable(Client.alias_moves)
    delete_version = _awaitable(Client.delete_version)
    undelete_version = _awaitable(Client.undelete_version)

    async def close(self) -> None:
        """Closes the connection; calls under way are given up."""
        self._client.close()
        await asyncio.to_thread(self._executor.shutdown)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def _run(self, operation: Callable[[], Result], scope: Scope) -> Result:
        self._client._connection.check_open()  # else the executor would say it, in its own words
        future = asyncio.get_running_loop().run_in_executor(self._executor, _in_scope(operation, scope))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            scope.cancel()
            await asyncio.wait([future])
            if not future.cancelled():
                future.exception()  # seen: it says only that the operation was given up
            raise


def _in_scope(operation: Callable[[], Result], scope: Scope) -> Callable[[], Result]:
    context = contextvars.copy_context()
    context.run(OPERATION_SCOPE.set, scope)
    return functools.partial(context.run, operation)
