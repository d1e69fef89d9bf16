"""The size of a commit is known before anything is hashed or sent."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tfreg.client import Client
from tfreg.client.push import pushing
from tfreg.client.push.sizing import LEASE_ID
from tfreg.core.errors import LimitExceededError
from tfreg.core.records import Limits, NewVersion
from tfreg.translate.registry import new_version_to_proto


def limit_to(size_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tfreg.client.push.sizing.Limits", lambda: Limits(max_commit_bytes=size_bytes))


def test_the_foretold_commit_is_as_large_as_the_one_that_is_sent(
    client: Client, new_graph: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    leases: list[str] = []

    def note(new: NewVersion) -> None:
        sizes.append(new_version_to_proto(new).ByteSize() - len(new.lease_id))
        leases.append(new.lease_id)

    commit = pushing.commit
    monkeypatch.setattr(pushing, "check_commit_size", note)
    monkeypatch.setattr(pushing, "commit", lambda calls, new, **options: (note(new), commit(calls, new, **options))[1])
    (tmp_path / "words.txt").write_text("a\n")
    client.push(
        new_graph("graph.pb", 20, 40_000),
        "team/m",
        aliases=["prod"],
        labels={"a": "b"},
        attachments=[("words", tmp_path / "words.txt")],
        expected_newest_version=0,
    )
    assert sizes[0] == sizes[1]
    assert len(leases[1]) <= len(LEASE_ID) == len(leases[0])


def test_a_model_of_too_many_tensors_is_refused_before_anything_is_sent(
    client: Client, graph_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = graph_of("graph.pb", [random.Random(index).randbytes(20_000) for index in range(100)])
    seen: list[str] = []
    limit_to(8_000, monkeypatch)
    with pytest.raises(LimitExceededError, match="max_commit_bytes is 8000") as caught:
        client.push(path, "team/m", progress=lambda phase, *_: seen.append(phase))
    assert seen == []
    assert caught.value.hint
    limit_to(int(caught.value.metadata["size_bytes"]), monkeypatch)
    assert client.push(path, "team/m").created
