"""The world misbehaves: callers vanish, disks fill, two push at once. Nothing is ever half there."""

import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from tfreg.app.inspecting import Inspections
from tfreg.app.receiving import Reception
from tfreg.app.stores import Stores
from tfreg.core.digests import digest_of
from tfreg.store.blobs.memory import MemoryBlobStore
from tfreg.store.catalog.memory import MemoryCatalog
from tfreg.v1 import registry_pb2


def test_a_caller_that_vanishes_mid_blob_leaves_only_whole_blobs(caller, stores, wire) -> None:
    whole, half = b"w" * 5000, b"h" * 5000
    lease_id = caller.lease(whole, half).lease_id
    sent, gone = threading.Event(), threading.Event()

    def requests():
        yield from wire.messages(lease_id, whole)
        yield next(iter(wire.messages(lease_id, half)))
        sent.set()
        gone.wait(10)

    call = caller.blobs.Write.future(requests())
    assert sent.wait(60)
    call.cancel()
    gone.set()
    with pytest.raises(grpc.FutureCancelledError):
        call.result()
    assert stores.blobs.size_bytes(digest_of(half)) is None
    assert digest_of(half) in caller.lease(whole, half, lease_id=lease_id).missing
    caller.send(lease_id, half, whole)
    assert caller.lease(whole, half).missing == []


def test_a_deadline_ends_a_stream(caller, wire) -> None:
    content = b"x" * 5000
    lease_id = caller.lease(content).lease_id
    never = threading.Event()

    def requests():
        yield next(iter(wire.messages(lease_id, content)))
        never.wait(10)

    with pytest.raises(grpc.RpcError) as caught:
        caller.blobs.Write(requests(), timeout=0.2)
    never.set()
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert caller.lease(content, lease_id=lease_id).missing == [digest_of(content)]


def test_a_commit_that_was_given_up_is_not_made(caller, stores, wire, frozen, monkeypatch) -> None:
    begun, given_up, ended, take = threading.Event(), threading.Event(), threading.Event(), Inspections.take

    def slow(*args):
        begun.set()
        given_up.wait(60)
        return take(*args)

    monkeypatch.setattr(Inspections, "take", slow)
    monkeypatch.setattr("tfreg.server.registration.refuse", lambda *_: ended.set())
    request = wire.creation("team/bert", frozen, lease_id=caller.upload(frozen))
    call = caller.registry.CreateVersion.future(request)
    assert begun.wait(60)
    call.cancel()
    _until_the_server_knows(caller)
    given_up.set()
    assert ended.wait(60)
    assert stores.catalog.model("team/bert") is None


def test_transfers_never_keep_questions_waiting_and_too_many_are_told_to_come_back(stores, serve, wire, monkeypatch) -> None:
    caller = serve(stores, threads=1, streams=2)
    contents = [b"%d" % index * 5000 for index in range(2)]
    lease_id = caller.lease(*contents).lease_id
    begun, go_on, start = threading.Barrier(3), threading.Event(), Reception.start
    monkeypatch.setattr(Reception, "start", lambda self, blob: (start(self, blob), begun.wait(60)))

    def requests(content: bytes):
        first, *rest = wire.messages(lease_id, content)
        yield first
        go_on.wait(60)
        yield from rest

    calls = [caller.blobs.Write.future(requests(content)) for content in contents]
    begun.wait(60)
    assert caller.registry.ListModels(registry_pb2.ListModelsRequest(), timeout=10).models == []
    error = caller.failure(caller.send, lease_id, b"x")
    assert (error.reason, error.kind.value) == ("SERVER_UNAVAILABLE", "UNAVAILABLE")
    assert caller.failure(caller.read, digest_of(b"x")).reason == "SERVER_UNAVAILABLE"
    go_on.set()
    assert [call.result(60).blob_count for call in calls] == [1, 1]
    assert caller.failure(caller.read, digest_of(b"x")).reason == "BLOB_NOT_FOUND"


def test_a_read_that_is_given_up_frees_the_server(caller) -> None:
    content = bytes(3_000_000)
    caller.send(caller.lease(content).lease_id, content)
    for _ in range(200):  # more than the server takes streams
        stream = caller.blobs.Read(_whole(content))
        next(stream)
        stream.cancel()
    assert caller.read(digest_of(content)) == content


def test_a_full_disk_refuses_the_push_before_and_while_it_sends(serve) -> None:
    caller = serve(Stores(MemoryBlobStore(capacity_bytes=10_000), MemoryCatalog()))
    small, large = b"s" * 6000, b"l" * 6000
    assert caller.failure(caller.lease, b"x" * 20_000).reason == "STORAGE_FULL"
    lease_id = caller.lease(small).lease_id
    caller.lease(b"m" * 3000, lease_id=lease_id)
    assert caller.failure(caller.send, lease_id, small, large).reason == "STORAGE_FULL"
    assert caller.read(digest_of(small)) == small
    assert caller.failure(caller.read, digest_of(large)).reason == "BLOB_NOT_FOUND"


def test_a_disk_that_fills_while_blobs_are_made_durable_promises_nothing(serve) -> None:
    from tfreg.core.errors import StorageFullError

    class FullAtSeal(MemoryBlobStore):
        def seal(self, lease_id, digests) -> None:
            raise StorageFullError("The disk is full.")

    caller = serve(Stores(FullAtSeal(), MemoryCatalog()))
    lease_id = caller.lease(b"content").lease_id
    assert caller.failure(caller.send, lease_id, b"content").reason == "STORAGE_FULL"
    assert caller.lease(b"content").missing == [digest_of(b"content")]


def test_pushers_of_one_artifact_at_once_get_the_same_version(caller, frozen) -> None:
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: caller.push("team/bert", frozen), range(6)))
    assert {answer.version.number for answer in made} == {1}
    assert sum(answer.created for answer in made) == 1
    assert caller.pull("team/bert") == frozen


def test_pushers_of_different_artifacts_at_once_get_versions_of_their_own(caller, saved_model) -> None:
    def push(index: int):
        return caller.push("team/bert", {**saved_model, "assets.extra/n": b"%d" % index}).version.number

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(push, range(6))) == [1, 2, 3, 4, 5, 6]


def test_of_two_that_expect_the_same_newest_version_one_wins(caller, saved_model) -> None:
    def push(index: int):
        try:
            files = {**saved_model, "assets.extra/n": b"%d" % index}
            return caller.push("team/bert", files, expected_newest_version=0).version.number
        except grpc.RpcError as error:
            return error.code()

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(push, range(4)))
    assert sorted(map(str, results)) == ["1"] + ["StatusCode.ABORTED"] * 3


def test_a_restarted_server_goes_on_with_a_push(stores, serve, wire, frozen) -> None:
    lease_id = serve(stores).upload(frozen)
    restarted = serve(stores)
    made = restarted.registry.CreateVersion(wire.creation("team/bert", frozen, lease_id=lease_id))
    assert made.created
    assert restarted.pull("team/bert") == frozen


def test_a_commit_repeated_after_its_answer_was_lost_is_the_same_version(caller, wire, frozen) -> None:
    request = wire.creation("team/bert", frozen, lease_id=caller.upload(frozen))
    first = caller.registry.CreateVersion(request)
    request.lease_id = ""
    again = caller.registry.CreateVersion(request)
    assert (again.version.number, again.created) == (first.version.number, False)
    assert len(caller.registry.ListVersions(registry_pb2.ListVersionsRequest(model="team/bert")).versions) == 1


def _until_the_server_knows(caller) -> None:
    """A cancellation is on its way before this question, over the same connection."""
    for _ in range(3):
        caller.registry.ListModels(registry_pb2.ListModelsRequest())


def _whole(content: bytes):
    from tfreg.v1 import blobs_pb2

    return blobs_pb2.ReadRequest(ranges=[blobs_pb2.BlobRange(digest=digest_of(content))])
