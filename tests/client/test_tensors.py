"""Tensors by the Python client: arrays, files, lists of nodes; and a server that stops in between."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tfreg.client import AsyncClient, Client, tensors
from tfreg.client.arrays import array_of
from tfreg.client.patience import patiently
from tfreg.client.scope import Scope
from tfreg.core.errors import (
    DeadlineExceededError,
    InternalError,
    ReferenceInvalidError,
    RequestInvalidError,
    SliceInvalidError,
    TensorNotFoundError,
    TensorUnreadableError,
)
from tfreg.core.values.selection import Selection, ValueHeader
from tfreg.v1 import artifacts_pb2 as pb


@pytest.fixture
def parts(server: Any, models: Path) -> Any:
    """A client of a server that holds partitioned variables."""
    with Client(server.target) as client:
        client.push(models / "tf1_partitioned", "team/parts")
        client.push(models / "checkpoint_types", "team/types")
        client.push(models / "frozen_functions.pb", "team/calls")
        yield client


def test_a_tensor_is_an_array_and_a_box_of_it_a_part_of_that_array(parts: Client) -> None:
    matrix = parts.read_tensor("team/parts", "matrix")
    assert (matrix.dtype, matrix.shape) == (np.float32, (8, 6))
    np.testing.assert_array_equal(parts.read_tensor("team/parts", "matrix", begin=[2, 1], size=[3, -1]), matrix[2:5, 1:])
    matrix[0, 0] = 1  # it is the caller's own


def test_several_tensors_come_by_the_names_asked_for(parts: Client) -> None:
    found = parts.read_tensors("team/parts", ["matrix", "embedding:0"])
    assert {name: array.shape for name, array in found.items()} == {"matrix": (8, 6), "embedding:0": (10, 8)}
    assert parts.read_tensors("team/parts", []) == {}


def test_texts_are_bytes_and_rare_types_are_those_of_ml_dtypes(parts: Client) -> None:
    texts = parts.read_tensor("team/types", "string")
    assert texts.dtype == object
    assert texts[0, 0] == b"a"
    assert parts.read_tensor("team/types", "bfloat16").dtype.name == "bfloat16"
    assert parts.read_tensor("team/types", "int4").astype(int).tolist() == [1, 2, 3]


def test_errors_name_what_there_is(parts: Client) -> None:
    with pytest.raises(TensorNotFoundError) as caught:
        parts.read_tensor("team/parts", "embeding")
    assert caught.value.metadata["nearest"] == "embedding"
    with pytest.raises(SliceInvalidError):
        parts.read_tensor("team/parts", "matrix", begin=[9])
    with pytest.raises(ReferenceInvalidError):
        parts.read_tensor("./parts", "matrix")


def test_values_are_saved_as_their_suffix_says(parts: Client, tmp_path: Path) -> None:
    saved = parts.save_tensors("team/parts", tmp_path / "all.npz")
    with np.load(saved.path) as found:
        np.testing.assert_array_equal(found["embedding"], parts.read_tensor("team/parts", "embedding"))
    assert {header.name for header in saved.headers} == {"embedding", "matrix"}
    parts.save_tensors("team/parts", tmp_path / "one.npy", "matrix")
    assert np.load(tmp_path / "one.npy").shape == (8, 6)


def test_tensors_are_listed_by_prefix_and_with_digests(parts: Client) -> None:
    assert {tensor.part.name for tensor in parts.tensors("team/parts", prefix="emb") if tensor.part} == {"embedding"}
    assert all(tensor.digest for tensor in parts.tensors("team/parts", with_digests=True))


def test_nodes_are_listed_with_those_of_functions(parts: Client) -> None:
    assert {node.op for node in parts.nodes("team/calls", ops="Placeholder")} == {"Placeholder"}
    top, everything = list(parts.nodes("team/calls")), list(parts.nodes("team/calls", with_functions=True))
    assert everything[: len(top)] == top
    assert all(node.function for node in everything[len(top) :])


def test_the_streams_of_values_give_what_was_left_of_one_before_the_next(parts: Client) -> None:
    values = parts.tensor_values("team/parts")
    seen = [header.name for header, _ in values.streams([Selection("matrix"), Selection("embedding")])]
    assert seen == ["matrix", "embedding"]


def test_asyncio_reads_them_too(server: Any, parts: Client) -> None:
    async def run() -> tuple[tuple[int, ...], int]:
        async with AsyncClient(server.target) as client:
            matrix = await client.read_tensor("team/parts", "matrix")
            return matrix.shape, len([node async for node in client.nodes("team/calls")])

    shape, count = asyncio.run(run())
    assert shape == (8, 6)
    assert count > 3


def test_bytes_that_do_not_fit_their_header_are_no_array() -> None:
    for header, content in (
        (ValueHeader("x", "float32", (2,), 8), b"1234"),
        (ValueHeader("x", "string", (1,), None), b"\x05\0\0\0\0\0\0\0ab"),
        (ValueHeader("x", "string", (2,), None), b"\x01\0\0\0\0\0\0\0a"),
    ):
        with pytest.raises(TensorUnreadableError):
            array_of(header, [content])


def test_without_ml_dtypes_bfloat16_is_float32_and_float8_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ml_dtypes", None)
    assert array_of(ValueHeader("x", "bfloat16", (2,), 4), [b"\x80\x3f\x00\xc0"]).tolist() == [1.0, -2.0]
    assert array_of(ValueHeader("x", "int4", (1,), 1), [b"\xff"]).tolist() == [-1]
    with pytest.raises(RequestInvalidError, match="ml_dtypes"):
        array_of(ValueHeader("x", "float8_e5m2", (1,), 1), [b"\xff"])


class Lying:
    """Calls of a server that answers ReadTensors with any messages."""

    deadline_s = 5.0

    def __init__(self, *messages: pb.ReadTensorsResponse) -> None:
        self.messages = messages
        self.connection = SimpleNamespace(artifacts=SimpleNamespace(ReadTensors=lambda _: self))
        self.scope = Scope()

    def __iter__(self) -> Iterator[pb.ReadTensorsResponse]:
        return iter(self.messages)

    def cancel(self) -> None:
        pass

    def retrying(self, attempt: Any, deadline_s: float) -> Any:
        return attempt(deadline_s)

    def translated_errors(self) -> Any:
        return nullcontext()


def header(size_bytes: int) -> pb.ReadTensorsResponse:
    return pb.ReadTensorsResponse(header=pb.TensorHeader(name="x", dtype="uint8", size_bytes=size_bytes))


def content(data: bytes) -> pb.ReadTensorsResponse:
    return pb.ReadTensorsResponse(content=data)


@pytest.mark.parametrize(
    ("messages", "error"),
    [
        ([], InternalError),
        ([content(b"a")], InternalError),
        ([header(1), content(b"a")], InternalError),
        ([header(2), content(b"a"), header(1), content(b"b")], TensorUnreadableError),
        ([header(1), content(b"ab"), header(1), content(b"b")], TensorUnreadableError),
    ],
)
def test_a_server_that_sends_more_or_less_than_it_says_is_found_out(
    messages: list[pb.ReadTensorsResponse], error: type[Exception]
) -> None:
    def take() -> list[bytes]:
        found = tensors.read(Lying(*messages), "team/m", [Selection("x"), Selection("y")], ())  # type: ignore[arg-type]
        return [b"".join(chunks) for _, chunks in found]

    with pytest.raises(error):
        take()


class Stalled:
    """A stream that sends two messages and then nothing, until it is given up."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()

    def __iter__(self) -> Any:
        yield 1
        yield 2
        self.cancelled.wait(30)
        raise RuntimeError("given up")

    def cancel(self) -> None:
        self.cancelled.set()


def test_a_stream_that_brings_nothing_for_long_is_given_up() -> None:
    stream = Stalled()
    messages = iter(patiently(stream, 0.5))
    assert [next(messages), next(messages)] == [1, 2]
    with pytest.raises(DeadlineExceededError):
        next(messages)
    assert stream.cancelled.is_set()


def test_time_that_the_caller_takes_does_not_count() -> None:
    stream = Stalled()
    messages = iter(patiently(stream, 0.5))
    assert next(messages) == 1
    threading.Event().wait(1.0)
    assert not stream.cancelled.is_set()
    assert next(messages) == 2
    messages.close()  # type: ignore[attr-defined]
