"""When a call is repeated, how long it may take, and what a caller is told when nobody answers."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.client import Client, RetryPolicy
from tfreg.core.errors import (
    AliasConflictError,
    DeadlineExceededError,
    InvalidArgumentError,
    ModelNotFoundError,
    ReferenceInvalidError,
    RequestInvalidError,
    ServerUnavailableError,
    SignatureNotFoundError,
)
from tfreg.core.names import Alias
from tfreg.core.records import AliasMove


@pytest.fixture
def relayed(relay) -> Iterator[Client]:
    with Client(relay.target, retry=RetryPolicy(attempts=4, first_pause_s=0.2, longest_pause_s=0.3)) as client:
        yield client


def test_a_server_that_is_down_is_told_by_its_address_within_seconds(short_folder: Path) -> None:
    start = time.monotonic()
    with Client(f"unix:{short_folder}/nobody") as client, pytest.raises(ServerUnavailableError, match="nobody") as caught:
        client.resolve("team/m")
    assert time.monotonic() - start < 25
    assert caught.value.hint


def test_a_server_that_accepts_and_says_nothing_is_told_within_seconds() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        start = time.monotonic()
        with Client(f"127.0.0.1:{silent.getsockname()[1]}") as client, pytest.raises(ServerUnavailableError):
            client.resolve("team/m")
        assert time.monotonic() - start < 28


@pytest.mark.parametrize("target", ["", "localhost", "http://localhost:1", "localhost:port", "a b:1"])
def test_what_is_no_address_is_refused_at_once(target: str) -> None:
    with pytest.raises(RequestInvalidError):
        Client(target)


def test_a_call_that_reads_is_repeated_when_the_connection_broke(relayed: Client, relay) -> None:
    relay.break_up = [0]
    assert list(relayed.models()) == []
    assert relay.break_up == []


def test_a_deletion_is_never_repeated(relayed: Client, relay, models: Path) -> None:
    relayed.push(models / "tf1_saved_model", "team/m")
    relay.break_down = [0, *[10_000] * 3]
    with pytest.raises(ServerUnavailableError):
        relayed.delete_version("team/m", 1)
    assert len(relay.break_down) == 3, "one connection broke, and nobody tried again"


def test_a_call_gives_up_at_its_deadline(relay, server) -> None:
    with Client(relay.target, deadline_s=3.0) as client:
        client.capabilities()
        relay.stop_down = 0
        with pytest.raises(DeadlineExceededError):
            client.capabilities()


def test_an_error_of_the_server_arrives_as_itself(client: Client, models: Path) -> None:
    with pytest.raises(ModelNotFoundError):
        client.version("team/nothing")
    client.push(models / "tf1_saved_model", "team/m")
    with pytest.raises(SignatureNotFoundError) as caught:
        client.resolve("team/m", signature="serving")
    assert "serving_default" in caught.value.metadata["existing"]


def test_a_reference_is_checked_before_a_call(client: Client) -> None:
    with pytest.raises(ReferenceInvalidError):
        client.resolve("Team/M")


@given(attempts=st.integers(1, 12), first=st.floats(0.001, 5), longest=st.floats(0.001, 5))
def test_pauses_grow_and_keep_their_bound(attempts: int, first: float, longest: float) -> None:
    pauses = list(RetryPolicy(attempts, first, longest).pauses_s())
    assert len(pauses) == attempts - 1
    for failed, pause in enumerate(pauses):
        most = min(first * 2**failed, longest)
        assert most / 2 <= pause <= most


# ---- the registry's own verbs ----


def test_versions_and_aliases_are_listed_moved_and_told(client: Client, models: Path, new_graph) -> None:
    client.push(models / "tf1_saved_model", "team/m", aliases=["prod"])
    client.push(new_graph("graph.pb", 1, 40_000), "team/m")
    client.push(new_graph("graph.pb", 1, 40_000), "other/n")
    assert [version.number for version in client.versions("team/m")] == [2, 1]
    assert [model.name for model in client.models()] == ["other/n", "team/m"]
    assert [model.name for model in client.models("team/")] == ["team/m"]
    assert client.version("team/m").number == 2
    assert client.version("team/m@prod").number == 1
    assert client.set_aliases("team/m", [AliasMove(Alias("prod"), 2, expected_version=1)]).aliases == {"prod": 2}
    with pytest.raises(AliasConflictError):
        client.set_aliases("team/m", [AliasMove(Alias("prod"), 1, expected_version=1)])
    assert [(move.from_version, move.to_version) for move in client.alias_moves("team/m", "prod")] == [(1, 2), (0, 1)]


def test_a_deleted_version_can_be_taken_back(client: Client, models: Path) -> None:
    client.push(models / "tf1_saved_model", "team/m")
    assert client.delete_version("team/m", 1).deleted_at_ms is not None
    assert list(client.versions("team/m")) == []
    assert [version.number for version in client.versions("team/m", include_deleted=True)] == [1]
    assert client.undelete_version("team/m", 1).deleted_at_ms is None


def test_an_artifact_is_resolved_inspected_and_its_tensors_listed(client: Client, models: Path) -> None:
    client.push(models / "tf1_saved_model", "team/m")
    resolved = client.resolve("team/m")
    assert resolved.binding.signature == "serving_default"
    assert client.resolve_if_changed("team/m", known_revision=resolved.revision) is None
    assert client.resolve_if_changed("team/m", known_revision="other") == resolved
    inspected = client.inspect("team/m")
    tensors = list(client.tensors("team/m"))
    assert inspected.tensor_count == len(tensors) > 0
    assert [tensor.name for tensor in tensors] == sorted(tensor.name for tensor in tensors)
    assert client.artifact("team/m").artifact.digest == resolved.artifact_digest
    assert "saved_model" in client.capabilities().formats


@pytest.mark.parametrize("method", ["versions", "alias_moves", "tensors"])
def test_a_name_is_checked_before_the_first_item_of_a_list_is_taken(short_folder: Path, method: str) -> None:
    with Client(f"unix:{short_folder}/nobody") as client, pytest.raises(InvalidArgumentError):
        getattr(client, method)("Team/M")


def test_a_model_that_is_not_there_is_told_when_the_first_item_is_taken(client: Client) -> None:
    found = client.versions("team/nothing")
    with pytest.raises(ModelNotFoundError):
        next(found)
