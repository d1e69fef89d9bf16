"""Training folders on the command line: shown, resolved and pushed by their newest checkpoint, or by the prefix of one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Tfreg = Callable[..., Any]


@pytest.fixture
def training(models: Path, tmp_path: Path) -> Path:
    """A copy of a training folder with ckpt-100, ckpt-200 and ckpt-300, a state file of another machine, events and more."""
    return Path(shutil.copytree(models / "checkpoint_training", tmp_path / "run"))


def test_show_tells_which_files_are_the_checkpoint_and_which_are_not(tfreg: Tfreg, training: Path) -> None:
    shown = tfreg("show", training)
    assert shown.code == 0
    assert "tf1_checkpoint, 3 files" in shown.lines[0]
    assert "TFR110" in shown.out
    document = tfreg("show", training, "-o", "json").json
    assert [file["path"] for file in document["files"]] == ["ckpt-300.data-00000-of-00001", "ckpt-300.index", "ckpt-300.meta"]


@pytest.mark.parametrize("suffix", ["", ".index", ".meta"])
def test_show_and_resolve_take_a_prefix(tfreg: Tfreg, training: Path, suffix: str) -> None:
    path = f"{training / 'ckpt-200'}{suffix}"
    assert "TFR110" not in tfreg("show", path).out
    told = tfreg("resolve", path).out
    assert "input_ids:0" in told
    assert "save/restore_all  run first  with the checkpoint's prefix fed to save/Const:0" in told


def test_a_path_that_is_neither_is_told(tfreg: Tfreg, training: Path) -> None:
    refused = tfreg("show", training / "ckpt-900")
    assert (refused.code != 0, "ckpt-900" in refused.err) == (True, True)


def test_push_takes_the_newest_and_says_what_it_left_out(tfreg: Tfreg, training: Path) -> None:
    pushed = tfreg("push", training, "team/run", "--alias", "prod")
    assert pushed.lines[0] == "team/run:1 new"
    assert "  left out checkpoint, ckpt-100.data-00000-of-00001, ckpt-100.index (and 8 more)" in pushed.lines
    assert "left out" not in tfreg("push", training, "team/run", "--quiet").out
    document = tfreg("push", training, "team/run", "-o", "json").json
    assert document["version"]["labels"] == {"step": "300"}
    assert "checkpoint" in document["left_out"]


def test_push_all_makes_a_version_of_each(tfreg: Tfreg, training: Path) -> None:
    pushed = tfreg("push", training, "team/run", "--all", "--alias", "prod", "-o", "json").json["pushed"]
    assert [(one["reference"], one["version"]["labels"]["step"]) for one in pushed] == [
        ("team/run:1", "100"),
        ("team/run:2", "200"),
        ("team/run:3", "300"),
    ]
    again = tfreg("push", training, "team/run", "--all")
    assert [line for line in again.lines if line.startswith("team/run")] == [
        f"team/run:{number} already there" for number in (1, 2, 3)
    ]


def test_a_broken_checkpoint_is_told_by_its_prefix(tfreg: Tfreg, training: Path) -> None:
    (training / "ckpt-200.data-00000-of-00001").unlink()
    refused = tfreg("push", training / "ckpt-200", "team/run")
    assert refused.code != 0
    assert "ckpt-200.data-00000-of-00001 is missing" in refused.err
    assert tfreg("push", training / "ckpt-200", "team/run", "--allow-broken").code == 0
