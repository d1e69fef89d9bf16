"""The client's runtime: registered once, then a name to ask with."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tfreg.client.async_client import AsyncClient
from tfreg.client.client import Client
from tfreg.core.errors import FormatNotStoredError, RuntimeInvalidError, RuntimeNotFoundError
from tfreg.core.runtimes.known import known_runtime

PROFILE, OPS = known_runtime("tensorflow-java-1.1.0")


@pytest.fixture
def client(server, tmp_path):
    with Client(server.target, cache_dir=tmp_path / "cache") as made:
        yield made


def test_a_runtime_is_registered_and_asked_with(client, models) -> None:
    client.push(models / "unfit_function", "team/m")
    runtime = client.register_runtime(PROFILE, OPS)
    assert runtime == PROFILE.digest == client.register_runtime(replace(PROFILE, op_list_digest=None), OPS)
    found = client.diagnose("team/m", runtime=runtime)
    assert (found.model, found.version, found.format, found.fits) == ("team/m", 1, "saved_model", False)
    assert [(one.code, one.place.operation) for one in found.diagnostics] == [("TFR304", "DecodeWebP")]
    assert found.artifact_digest == client.resolve("team/m", runtime=runtime).artifact_digest


def test_the_list_of_ops_is_sent_only_if_the_server_lacks_it(client) -> None:
    with pytest.raises(RuntimeInvalidError) as caught:
        client.register_runtime(PROFILE)
    assert "op_list" in caught.value.hint
    client.register_runtime(PROFILE, OPS)
    assert client.register_runtime(PROFILE) == PROFILE.digest


def test_a_runtime_that_the_server_does_not_know_is_told(client, models) -> None:
    client.push(models / "tf1_saved_model", "team/m")
    with pytest.raises(RuntimeNotFoundError):
        client.diagnose("team/m", runtime=PROFILE.digest)
    with pytest.raises(RuntimeNotFoundError):
        client.resolve("team/m", runtime=PROFILE.digest)


def test_resolve_asks_for_the_formats_of_the_runtime(client, models) -> None:
    client.push(models / "tflite_keras_float.tflite", "team/m")
    runtime = client.register_runtime(PROFILE, OPS)
    with pytest.raises(FormatNotStoredError, match="saved_model"):
        client.resolve("team/m", runtime=runtime)
    assert client.resolve("team/m", runtime=runtime, formats="tflite").binding.format == "tflite"


def test_the_client_for_asyncio_does_the_same(client, models) -> None:
    client.push(models / "unfit_op", "team/m")

    async def run() -> bool:
        async with AsyncClient(client.target) as asynchronous:
            runtime = await asynchronous.register_runtime(PROFILE, OPS)
            return (await asynchronous.diagnose("team/m", runtime=runtime)).fits

    assert not asyncio.run(run())
