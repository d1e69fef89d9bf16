"""A commit whose answer is lost is done once, whatever happened meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tfreg.client import Client, RetryPolicy
from tfreg.client.calls import Calls
from tfreg.core.errors import ServerUnavailableError
from tfreg.core.names import Alias
from tfreg.core.records import AliasMove

NewGraph = Callable[..., Path]
LoseAnswer = Callable[..., None]


@pytest.fixture
def client(server, tmp_path: Path):
    with Client(server.target, retry=RetryPolicy(attempts=3, first_pause_s=0.001), cache_dir=tmp_path / "cache") as made:
        yield made


@pytest.fixture
def graphs(new_graph: NewGraph) -> list[Path]:
    return [new_graph("a.pb", 1, 40_000), new_graph("b.pb", 1, 40_000, other=[0])]


@pytest.fixture
def lose_answer(monkeypatch: pytest.MonkeyPatch) -> LoseAnswer:
    """The next commit's answer (or the request itself) is lost, and `meanwhile` happens."""

    def lose(*, done: bool = True, meanwhile: Callable[[], object] = lambda: None) -> None:
        once = Calls.once

        def broken(calls, method, request, timeout_s):
            if type(request).__name__ != "CreateVersionRequest":
                return once(calls, method, request, timeout_s)
            monkeypatch.setattr(Calls, "once", once)
            if done:
                once(calls, method, request, timeout_s)
            meanwhile()
            raise ServerUnavailableError("The connection broke.")

        monkeypatch.setattr(Calls, "once", broken)

    return lose


def test_an_alias_that_was_moved_back_meanwhile_stays_where_it_is(
    client: Client, graphs: list[Path], lose_answer: LoseAnswer
) -> None:
    client.push(graphs[0], "team/m", aliases=["prod"])
    lose_answer(meanwhile=lambda: client.set_aliases("team/m", [AliasMove(Alias("prod"), 1)]))
    made = client.push(graphs[1], "team/m", aliases=["prod"])
    assert (made.version.number, made.created, made.version.aliases) == (2, True, ())
    assert client.aliases("team/m") == {"prod": 1}


def test_an_alias_moved_back_from_a_version_that_was_there_before_stays_too(
    client: Client, graphs: list[Path], lose_answer: LoseAnswer
) -> None:
    client.push(graphs[1], "team/m")
    client.push(graphs[0], "team/m", aliases=["prod"])
    lose_answer(meanwhile=lambda: client.set_aliases("team/m", [AliasMove(Alias("prod"), 2)]))
    made = client.push(graphs[1], "team/m", aliases=["prod"])
    assert (made.version.number, made.created) == (1, False)
    assert client.aliases("team/m") == {"prod": 2}


@pytest.mark.parametrize("done", [True, False], ids=["the answer is lost", "the request is lost"])
def test_a_version_is_made_once_and_its_alias_points_at_it(
    client: Client, graphs: list[Path], lose_answer: LoseAnswer, done: bool
) -> None:
    client.push(graphs[0], "team/m", aliases=["prod"])
    lose_answer(done=done)
    made = client.push(graphs[1], "team/m", aliases=["prod"], expected_newest_version=1)
    assert (made.version.number, made.created, made.version.aliases) == (2, True, ("prod",))
    assert [version.number for version in client.versions("team/m")] == [2, 1]


@pytest.mark.parametrize("done", [True, False], ids=["the answer is lost", "the request is lost"])
def test_an_alias_of_an_older_version_and_an_attachment_arrive(
    client: Client, graphs: list[Path], lose_answer: LoseAnswer, done: bool, tmp_path: Path
) -> None:
    (tmp_path / "words.txt").write_text("a\n")
    client.push(graphs[0], "team/m", aliases=["beta"])
    lose_answer(done=done)
    client.push(graphs[0], "team/m", aliases=["prod"])
    lose_answer(done=done)
    client.push(graphs[0], "team/m", aliases=["prod"], attachments=[("words", tmp_path / "words.txt")])
    version = client.version("team/m")
    assert (version.aliases, [attachment.role for attachment in version.attachments]) == (("beta", "prod"), ["words"])
