"""Watch over the wire: streams that last, beside calls that must not wait for them."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from tfreg.app import watch
from tfreg.app.stores import Stores
from tfreg.core.errors import ModelNameInvalidError, RequestInvalidError, SequenceUnknownError, ServerUnavailableError
from tfreg.server.compose import RegistryServer, ServerOptions, open_stores
from tfreg.server.embedded import close_stores
from tfreg.store.blobs.memory import MemoryBlobStore
from tfreg.store.catalog.memory import MemoryCatalog
from tfreg.translate.errors import from_grpc
from tfreg.v1 import registry_pb2 as pb
from tfreg.v1.bindings_pb2 import ResolveRequest
from tfreg.v1.registry_pb2_grpc import RegistryServiceStub

LIMIT_S = 60.0
PROGRAM = """
import sys
from tfreg.core.records import AliasMove
from tfreg.store.data_folder import open_data_folder
_, catalog = open_data_folder(sys.argv[1])
for number in range(int(sys.argv[3])):
    catalog.set_aliases("team/bert", [AliasMove(sys.argv[2], 1 - number % 2)], 5)
"""


def move(caller, version: int, alias: str = "prod") -> None:
    caller.registry.SetAliases(pb.SetAliasesRequest(model="team/bert", moves=[pb.AliasMove(alias=alias, version=version)]))


def sequences(stream: Iterator[pb.WatchResponse], last: int) -> list[int]:
    """The numbers of the events up to one."""
    told: list[int] = []
    for response in stream:
        told += [event.sequence for event in response.events]
        if response.sequence >= last:
            return told
    raise AssertionError("the stream ended")


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether something comes true; only a failure takes long."""
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture
def memory() -> Stores:
    return Stores(MemoryBlobStore(), MemoryCatalog())


@pytest.fixture
def pushed(memory, serve, frozen) -> Callable[..., object]:
    """Serves stores with one model, as the options say."""

    def start(**options: object):
        caller = serve(memory, **options)
        caller.push("team/bert", frozen)
        return caller

    return start


@pytest.fixture
def running() -> Iterator[Callable[[Stores], tuple[RegistryServer, RegistryServiceStub]]]:
    """Starts a server that the test stops, and returns a stub."""
    channels = []

    def start(stores: Stores):
        server = RegistryServer(stores, ServerOptions())
        channels.append(grpc.insecure_channel(server.bind("127.0.0.1:0")))
        server.start()
        return server, RegistryServiceStub(channels[-1])

    yield start
    for channel in channels:
        channel.close()


def test_events_are_told_as_they_happen(caller, frozen):
    stream = caller.registry.Watch(pb.WatchRequest())
    assert next(stream) == pb.WatchResponse(sequence=0)
    caller.push("team/bert", frozen, alias_moves=[pb.AliasMove(alias="prod")])
    told = next(stream).events  # of one transaction, so told together
    assert [(event.sequence, event.kind, event.model, event.version) for event in told] == [
        (1, pb.EVENT_KIND_VERSION_CREATED, "team/bert", 1),
        (2, pb.EVENT_KIND_ALIAS_MOVED, "team/bert", 1),
    ]
    assert (told[1].alias, told[1].from_version, told[1].HasField("happened_at")) == ("prod", 0, True)
    stream.cancel()


def test_refusals_name_their_reasons(pushed):
    caller = pushed()

    def failure(**request: object):
        return caller.failure(caller.registry.Watch, pb.WatchRequest(**request))

    assert isinstance(failure(after_sequence=2), SequenceUnknownError)
    assert isinstance(failure(after_sequence=-1), RequestInvalidError)
    assert isinstance(failure(models=["Not a name"]), ModelNameInvalidError)
    assert isinstance(failure(models=[f"m{number}" for number in range(1001)]), RequestInvalidError)


def test_a_caller_that_leaves_is_forgotten(memory, running):
    server, stub = running(memory)
    streams = [stub.Watch(pb.WatchRequest()) for _ in range(5)]
    for stream in streams:
        next(stream)
    assert server._watchers.watcher_count == 5
    for stream in streams:
        stream.cancel()
    assert eventually(lambda: server._watchers.watcher_count == 0)
    server.stop()


def test_a_stop_ends_watchers_at_once_and_tells_them_to_come_back(memory, running):
    server, stub = running(memory)
    streams = [stub.Watch(pb.WatchRequest()) for _ in range(3)]
    for stream in streams:
        next(stream)
    with ThreadPoolExecutor(3) as pool:
        ends = [pool.submit(lambda stream=stream: list(stream)) for stream in streams]
        server.stop(grace_s=200)  # it does not wait so long: that would end the test
        for end in ends:
            with pytest.raises(grpc.RpcError) as caught:
                end.result(LIMIT_S)
            assert isinstance(from_grpc(caught.value, "server"), ServerUnavailableError)
    assert server._watchers.watcher_count == 0


def test_more_watchers_than_there_is_room_for_are_told_to_come_back(pushed):
    caller = pushed(watchers=1, streams=1)
    first = caller.registry.Watch(pb.WatchRequest())
    next(first)
    refused = caller.failure(caller.registry.Watch, pb.WatchRequest())
    assert isinstance(refused, ServerUnavailableError)
    assert "watchers" in refused.message
    assert caller.pull("team/bert"), "transfers have room of their own"
    first.cancel()

    def has_room() -> bool:
        second = caller.registry.Watch(pb.WatchRequest())
        try:
            next(second)
            second.cancel()
            return True
        except grpc.RpcError:
            return False

    assert eventually(has_room)


def test_two_hundred_watchers_leave_the_threads_to_those_who_ask(pushed):
    caller = pushed(threads=1, streams=1, watchers=200)
    streams = [caller.registry.Watch(pb.WatchRequest(after_sequence=0)) for _ in range(200)]
    for stream in streams:
        next(stream)
    for _ in range(20):
        assert caller.bindings.Resolve(ResolveRequest(reference="team/bert")).binding.format == "frozen_graph"
    move(caller, 1)
    for stream in streams:
        assert sequences(stream, 2) == [1, 2]
        stream.cancel()


def test_a_caller_that_reads_slowly_keeps_nobody_waiting_and_misses_nothing(pushed, memory, monkeypatch):
    monkeypatch.setattr(watch, "MAX_EVENTS", 50)
    caller = pushed()
    slow, quick = (caller.registry.Watch(pb.WatchRequest(after_sequence=0)) for _ in range(2))
    for number in range(3000):
        move(caller, 1 - number % 2) if number < 20 else _move_here(memory, 1 - number % 2)
    assert sequences(quick, 3001) == list(range(1, 3002))
    assert sequences(slow, 3001) == list(range(1, 3002))
    slow.cancel()
    quick.cancel()


def _move_here(stores: Stores, version: int) -> None:
    from tfreg.core.records import AliasMove

    stores.catalog.set_aliases("team/bert", [AliasMove("prod", version)], 5)


@pytest.fixture
def opened_twice(tmp_path) -> Iterator[list[Stores]]:
    """A data folder as two servers have it."""
    opened = [open_stores(tmp_path / "data") for _ in range(2)]
    yield opened
    for stores in opened:
        close_stores(stores)


def test_servers_over_one_folder_tell_what_any_process_does(opened_twice, serve, tmp_path, frozen):
    callers = [serve(stores) for stores in opened_twice]
    callers[0].push("team/bert", frozen)
    streams = [caller.registry.Watch(pb.WatchRequest(after_sequence=0)) for caller in callers for _ in range(2)]
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "data")]
    others = [subprocess.Popen([*command, alias, "40"]) for alias in "ab"]
    mover = threading.Thread(target=lambda: [move(callers[0], 1 - number % 2, "c") for number in range(40)])
    mover.start()
    last = 1 + 3 * 40
    assert [sequences(stream, last) for stream in streams] == [list(range(1, last + 1))] * 4
    mover.join()
    assert [other.wait(LIMIT_S) for other in others] == [0, 0]
    for stream in streams:
        stream.cancel()
