"""Conversions by the Python client."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tfreg.client import AsyncClient, Client
from tfreg.client.calls import Calls
from tfreg.client.conversion_client import CONVERSION_TIMEOUT_S
from tfreg.core.conversions.options import ConversionOptions, NamedTensor
from tfreg.core.conversions.records import Job
from tfreg.core.conversions.requests import CheckMode
from tfreg.core.errors import JobNotFoundError, NoRouteError, RequestInvalidError
from tfreg.server.embedded import EmbeddedServer


@pytest.fixture
def pushed(client: Client, models: Path) -> Client:
    client.push(models / "tf1_saved_model", "team/m")
    client.push(models / "checkpoint_tf1", "team/checkpoint")
    return client


def test_a_version_is_converted_listed_and_pulled(pushed: Client) -> None:
    jobs: list[Job] = []
    made = pushed.convert("team/m", "frozen_graph", check=CheckMode.NONE, progress=jobs.append)
    assert pushed.conversions("team/m") == [made]
    assert pushed.job(jobs[-1].id).artifact_digest == made.derived.artifact_digest
    assert pushed.cancel_job(jobs[-1].id).state.value == "done", "what has ended stays as it is"
    assert pushed.pull("team/m", formats="frozen_graph").path.stat().st_size == made.derived.size_bytes
    assert pushed.plan_conversion("team/m", "frozen_graph").stored == made.derived.artifact_digest
    with pytest.raises(JobNotFoundError):
        pushed.job("unknown")
    with pytest.raises(NoRouteError):
        pushed.convert("team/m", "tensorrt")


def test_local_files_go_into_the_conversion_of_a_version(pushed: Client, models: Path, tmp_path: Path) -> None:
    options = ConversionOptions(outputs=(NamedTensor("pred_prob:0"),))
    made = pushed.convert(
        "team/checkpoint", "frozen_graph", options=options, inputs={"graph": models / "frozen_tf1.pb"}, check=CheckMode.NONE
    )
    by_reference = pushed.push(models / "frozen_tf1.pb", "team/graph").version
    assert made.derived.provenance.inputs == {"graph": by_reference.artifact_digest}
    again = pushed.convert(
        "team/checkpoint", "frozen_graph", options=options, inputs={"graph": "team/graph"}, check=CheckMode.NONE
    )
    assert again == made, "the same graph, wherever it comes from"
    with pytest.raises(RequestInvalidError, match="is a folder"):
        pushed.convert("team/m", "tflite", inputs={"samples": tmp_path})


def test_who_resolves_or_pulls_waits_as_long_as_who_converts(pushed: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    original = Calls.retrying

    def retrying(self: Calls, attempt: object, deadline_s: float, **named: object) -> object:
        waited.append(deadline_s)
        return original(self, attempt, deadline_s, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Calls, "retrying", retrying)
    pushed.resolve("team/m", formats="frozen_graph", convert=True)
    pushed.artifact("team/m", formats="frozen_graph", convert=True)
    assert min(waited) > CONVERSION_TIMEOUT_S
    pushed.resolve("team/m")
    assert min(waited) < CONVERSION_TIMEOUT_S


def test_a_coroutine_converts_too(pushed: Client, server: EmbeddedServer) -> None:
    async def converted() -> None:
        async with AsyncClient(server.target) as client:
            made = await client.convert("team/m", "frozen_graph", check=CheckMode.NONE)
            assert await client.conversions("team/m") == [made]
            found = await client.resolve("team/m", formats="frozen_graph", convert=True)
            assert found.artifact_digest == made.derived.artifact_digest

    asyncio.run(converted())
