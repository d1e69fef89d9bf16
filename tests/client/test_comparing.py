"""What is the same, and what differs, for Python callers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tfreg.client import AsyncClient, Client
from tfreg.core.comparing.difference import TensorChangeKind
from tfreg.core.errors import ModelNotFoundError, ReferenceInvalidError
from tfreg.core.records import Sameness


@pytest.fixture
def pushed(client: Client, models: Path) -> Client:
    client.push(models / "checkpoint_tf1", "team/before")
    client.push(models / "checkpoint_training", "team/after")
    client.push(models / "tf1_saved_model", "team/exported")
    return client


def test_compare_tells_which_tensors_changed_and_by_how_much(pushed: Client) -> None:
    found = pushed.compare("team/before", "team/after", with_max_abs_difference=True)
    changed = {
        change.after.name: change for change in found.tensor_changes if change.after and change.kind == TensorChangeKind.CHANGED
    }
    assert changed["output_weights"].max_abs_difference == pytest.approx(0.03)
    assert (found.breaking, found.equal_tensor_count, found.equal_fingerprints) == (False, 8, ("program",))


def test_same_versions_are_found_in_any_format(pushed: Client) -> None:
    (same,) = pushed.same_versions("team/before")
    assert (same.version.model, same.version.format, same.sameness) == ("team/exported", "saved_model", Sameness.MODEL)


def test_names_are_checked(pushed: Client) -> None:
    with pytest.raises(ReferenceInvalidError):
        pushed.compare("Not A Name", "team/after")
    with pytest.raises(ReferenceInvalidError):
        pushed.same_versions("Not A Name")
    with pytest.raises(ModelNotFoundError):
        list(pushed.same_versions("team/nothing"))


def test_an_async_client_has_both(pushed: Client) -> None:
    async def asked() -> tuple[bool, list[str]]:
        async with AsyncClient(pushed.target) as client:
            difference = await client.compare("team/before", "team/after")
            return difference.breaking, [same.version.model async for same in client.same_versions("team/before")]

    assert asyncio.run(asked()) == (False, ["team/exported"])
