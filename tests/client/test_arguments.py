"""Arguments may be written as comes naturally; what cannot be understood is refused by a TfregError with a next step."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tfreg.client import AsyncClient, Client
from tfreg.core.errors import RequestInvalidError


@pytest.fixture
def nobody(tmp_path: Path) -> Iterator[Client]:
    """A client of a server that is not there: what it refuses was not sent."""
    with Client(f"unix:{tmp_path}/nobody") as made:
        yield made


def test_one_string_is_one_alias(client: Client, models: Path) -> None:
    client.push(models / "tf1_saved_model", "team/m", aliases="prod")
    assert client.aliases("team/m") == {"prod": 1}


def test_one_string_is_one_tag_one_output_and_one_format(client: Client, models: Path) -> None:
    client.push(models / "tf1_saved_model", "team/m")
    resolved = client.resolve("team/m", tags="serve", outputs="probabilities", formats="saved_model")
    assert resolved.binding.tags == ("serve",)
    assert [fetch.key for fetch in resolved.binding.fetches] == ["probabilities"]
    question = {"tags": "serve", "outputs": "probabilities", "formats": "saved_model"}
    assert client.resolve_if_changed("team/m", known_revision=resolved.revision, **question) is None
    assert client.pull("team/m", formats="saved_model").stored == client.artifact("team/m", formats="saved_model")
    assert client.inspect("team/m", formats="saved_model") == client.inspect("team/m")


def test_one_string_is_one_value_for_the_async_client_too(server, models: Path) -> None:
    async def use() -> None:
        async with AsyncClient(server.target) as client:
            await client.push(models / "tf1_saved_model", "team/m", aliases="prod")
            assert await client.aliases("team/m") == {"prod": 1}
            assert (await client.resolve("team/m@prod", tags="serve")).binding.tags == ("serve",)

    asyncio.run(use())


def test_strings_may_come_from_any_iterable(client: Client, models: Path) -> None:
    client.push(models / "tf1_saved_model", "team/m", aliases=(alias for alias in ("beta", "prod")))
    assert client.aliases("team/m") == {"beta": 1, "prod": 1}


def test_attachments_may_be_a_mapping(client: Client, models: Path, tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("a\n")
    client.push(models / "tf1_saved_model", "team/m", attachments={"vocabulary": tmp_path / "vocab.txt"})
    (attachment,) = client.artifact("team/m").attachments
    assert (attachment.role, attachment.file.path) == ("vocabulary", "vocab.txt")


@pytest.mark.parametrize(
    "arguments",
    [
        {"aliases": 3},
        {"aliases": ["prod", 3]},
        {"labels": {"epoch": 3}},
        {"labels": {3: "epoch"}},
        {"labels": ["epoch"]},
        {"attachments": "vocab.txt"},
        {"attachments": ["vocab.txt"]},
        {"attachments": [("vocabulary", 3)]},
        {"attachments": {"vocabulary": None}},
        {"attachments": 3},
    ],
    ids=str,
)
def test_an_argument_of_the_wrong_type_is_told_with_the_next_step(
    nobody: Client, models: Path, arguments: dict[str, Any]
) -> None:
    with pytest.raises(RequestInvalidError) as caught:
        nobody.push(models / "tf1_saved_model", "team/m", **arguments)
    assert caught.value.hint.startswith("Pass ")
    assert caught.value.metadata["argument"]


def test_a_label_that_is_a_number_is_named(nobody: Client, models: Path) -> None:
    with pytest.raises(RequestInvalidError, match=r"The label 'epoch' cannot be 3, of type int\. Pass a string\."):
        nobody.push(models / "tf1_saved_model", "team/m", labels={"epoch": 3})  # type: ignore[dict-item]
