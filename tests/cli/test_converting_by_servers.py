"""Conversions that a server works on, by the command line; and what only an embedded registry may be allowed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tfreg.core.rewrites import freezing
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten

Tfreg = Callable[..., Any]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A server over a folder of the test."""
    from tfreg.server.embedded import EmbeddedServer

    with EmbeddedServer(tmp_path / "served") as running:
        yield running.target


@pytest.fixture
def served(tfreg: Tfreg, server: str, models: Path) -> Tfreg:
    """`tfreg` with that server, which has a SavedModel and a checkpoint."""

    def run(*arguments: object) -> Any:
        return tfreg("--server", server, *arguments)

    assert run("push", models / "tf1_saved_model", "team/m").code == 0
    assert run("push", models / "checkpoint_tf1", "team/checkpoint").code == 0
    return run


def test_who_interrupts_a_conversion_is_told_how_to_end_it_too(served: Tfreg, monkeypatch: pytest.MonkeyPatch) -> None:
    from tfreg.client import Client

    begun, go, original = threading.Event(), threading.Event(), freezing.rewrite

    def held(request: RewriteRequest) -> Rewritten:
        begun.set()
        assert go.wait(60)
        return original(request)

    converting = Client.convert

    def interrupted(self: Client, *arguments: Any, **named: Any) -> Any:
        told = named["progress"]

        def progress(job: Any) -> None:
            told(job)
            assert begun.wait(60)
            raise KeyboardInterrupt

        return converting(self, *arguments, **{**named, "progress": progress})

    monkeypatch.setattr(freezing, "rewrite", held)
    monkeypatch.setattr(Client, "convert", interrupted)
    ran = served("convert", "team/m", "--to", "frozen_graph")
    assert ran.code == 130
    (job,) = [line.split()[-1] for line in ran.err.splitlines() if "tfreg convert --cancel" in line]
    assert served("convert", "--cancel", job).lines == ["team/m:1 to frozen_graph: cancelled"]
    go.set()
    assert "conversions" not in served("show", "team/m").out
    assert served("convert", "--cancel", "unknown").code == 3


def test_a_server_says_itself_what_code_it_runs(served: Tfreg) -> None:
    for option in ("--allow-foreign-code", "--allow-unsandboxed"):
        ran = served("convert", "team/m", "--to", "frozen_graph", option)
        assert (ran.code, "tfreg serve" in ran.err) == (2, True)


def test_an_embedded_registry_runs_what_its_user_allows(tfreg: Tfreg, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tfreg.convert.executors import pool
    from tfreg.core.errors import ForeignCodeError

    opened = []

    class Pool:
        def __init__(self, options: Any) -> None:
            opened.append((options.allow_foreign_code, options.allow_unsandboxed, options.scratch.name))

        def run(self, *_: object) -> Any:
            raise ForeignCodeError("Not here.")

        def close(self) -> None:
            pass

    monkeypatch.setattr(pool, "open_runner", Pool)
    assert tfreg("push", models / "keras_3_lambda_v3.keras", "team/lambda").code == 0
    refused = tfreg("convert", "team/lambda", "--to", "saved_model", "-o", "json")
    assert (refused.error["code"], "--allow-foreign-code" in refused.error["hint"]) == ("FOREIGN_CODE", True)
    tfreg("convert", "team/lambda", "--to", "saved_model", "--allow-foreign-code", "--allow-unsandboxed")
    assert opened == [(False, False, "work"), (True, True, "work")]


def test_a_local_graph_goes_into_the_conversion_of_a_version(
    served: Tfreg, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "g.pb").write_bytes((models / "frozen_tf1.pb").read_bytes())
    words = ("convert", "team/checkpoint", "--to", "frozen_graph", "--outputs", "pred_prob", "--graph")
    looks_alike = served(*words, "g.pb")
    assert (looks_alike.code, "Write ./g.pb for the local path" in looks_alike.err) == (3, True)
    planned = served(*words, "./g.pb", "--plan", "-o", "json").json
    assert [step["name"] for step in planned["steps"]] == ["checkpoint_to_frozen_graph"]
    made = served(*words, "./g.pb", "-o", "json").json
    assert made["format"] == "frozen_graph"
    assert served(*words, "./g.pb", "-o", "json").json["artifact_digest"] == made["artifact_digest"]
    (shown,) = served("show", "team/checkpoint", "-o", "json").json["conversions"]
    assert shown["inputs"]["graph"].startswith("sha256:")


def test_a_file_of_samples_needs_no_dot_before_its_name(tmp_path: Path) -> None:
    from tfreg.cli.conversion_options import input_path

    assert input_path("samples", "s.npz") == "./s.npz"
    assert input_path("custom_objects", "~/layers.py") == "~/layers.py"
    assert input_path("graph", "team/m") == "team/m"


def test_what_must_be_run_first_is_told_of_a_version_too(served: Tfreg, models: Path) -> None:
    assert served("push", models / "tf1_assets_table", "team/table").code == 0
    assert "run once before the first call: init_all_tables_1" in served("convert", "team/table", "--to", "frozen_graph").lines


def test_the_result_of_a_version_replaces_what_is_there_only_if_told_to(served: Tfreg, tmp_path: Path) -> None:
    words = ("convert", "team/m", "--to", "frozen_graph", "--out", tmp_path / "f.pb")
    assert served(*words).code == 0
    content = (tmp_path / "f.pb").read_bytes()
    assert served(*words).code == 0, "the same is there already"
    (tmp_path / "f.pb").write_bytes(b"mine")
    assert (served(*words).code, (tmp_path / "f.pb").read_bytes()) == (4, b"mine")
    replaced = served(*words, "--overwrite")
    assert (replaced.code, replaced.lines[1], (tmp_path / "f.pb").read_bytes()) == (0, str(tmp_path / "f.pb"), content)
    folder = ("convert", "team/checkpoint", "--to", "npz", "--out", tmp_path / "weights.npz", "--overwrite")
    assert served(*folder).code == 0
    assert (tmp_path / "weights.npz").is_file()
