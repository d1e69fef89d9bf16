"""Declared signatures by the Python client."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tfreg.client import AsyncClient, Client
from tfreg.core.errors import RequestInvalidError, SignatureExistsError, SignatureInvalidError, SignatureNotFoundError


@pytest.fixture
def signable(client: Client, models: Path) -> Client:
    client.push(models / "tf1_saved_model", "team/m")
    return client


def test_a_signature_is_declared_used_and_withdrawn(signable: Client) -> None:
    before = signable.resolve("team/m")
    signed = signable.sign("team/m", "embed", inputs={"ids": "input_ids"}, outputs={"vector": "fc3:0"})
    assert (signed.version, signed.additions, signed.changed) == (1, 1, True)
    assert signed.signature.outputs[0].shape == (None, 16)
    assert {finding.code for finding in signed.diagnostics} == {"TFR203"}
    assert str(signable.resolve("team/m", signature="embed").fetch("vector").ref) == "fc3:0"
    assert signable.resolve_if_changed("team/m", known_revision=before.revision) is not None
    (meta_graph,) = signable.inspect("team/m").inspection.meta_graphs
    assert [own.key for own in meta_graph.signatures if own.declared] == ["embed"]
    assert signable.withdraw_signature("team/m", "embed", tags="serve") == 2
    assert [(entry.addition, entry.withdrawn) for entry in signable.signature_declarations("team/m")] == [(2, True), (1, False)]
    with pytest.raises(SignatureNotFoundError):
        signable.withdraw_signature("team/m", "embed")


def test_a_pull_brings_what_was_pushed(signable: Client, models: Path) -> None:
    signable.sign("team/m", "embed", inputs={}, outputs={"vector": "fc3:0"}, targets="fc3")
    path = signable.pull("team/m").path
    assert (path / "saved_model.pb").read_bytes() == (models / "tf1_saved_model" / "saved_model.pb").read_bytes()


def test_a_wrong_tensor_names_the_one_that_may_be_meant(signable: Client) -> None:
    with pytest.raises(SignatureInvalidError) as caught:
        signable.sign("team/m", "embed", inputs={}, outputs={"vector": "fc3_1:0"})
    assert caught.value.metadata["nearest"] == "fc3:0"
    with pytest.raises(SignatureExistsError):
        signable.sign("team/m", "features", inputs={}, outputs={"vector": "fc3:0"})


@pytest.mark.parametrize("outputs", ["fc3", ["fc3"], {"vector": 3}, {3: "fc3"}, None])
def test_tensors_are_a_mapping_of_texts(signable: Client, outputs) -> None:
    with pytest.raises(RequestInvalidError):
        signable.sign("team/m", "embed", inputs={}, outputs=outputs)


def test_asynchronously_it_is_the_same(server, signable: Client) -> None:
    async def use() -> list[int]:
        async with AsyncClient(server.target) as client:
            await client.sign("team/m", "embed", inputs={}, outputs={"vector": "fc3:0"})
            await client.withdraw_signature("team/m", "embed")
            return [entry.addition async for entry in client.signature_declarations("team/m")]

    assert asyncio.run(use()) == [2, 1]
