"""What doctor says of the cache."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfreg.cli.checks.cache import check_cache
from tfreg.cli.checks.check import Findings, State

MODELS = Path(__file__).parents[1] / "fixtures" / "models"
Tfreg = Callable[..., Any]


@pytest.fixture
def pulled(tfreg: Tfreg, tmp_path: Path) -> Path:
    """The folder of an artifact in the cache."""
    tfreg("push", MODELS / "tf1_saved_model", "team/bert")
    return Path(tfreg("pull", "team/bert").lines[0]).parent


def states(cache: Path) -> list[State]:
    findings = Findings()
    check_cache(findings, cache, deep=True)
    return [check.state for check in findings.checks]


def test_a_whole_artifact_is_fine(pulled: Path) -> None:
    assert states(pulled.parents[2]) == [State.OK]


@pytest.mark.parametrize("damage", ["no json", "other files", "no extents", "an extent too few", "gone"])
def test_an_artifact_whose_layout_is_damaged_is_told(pulled: Path, damage: str) -> None:
    layout = pulled / "layout.json"
    document = json.loads(layout.read_text())
    if damage == "other files":
        document["files"].pop()
    elif damage == "no extents":
        del document["files"][0]["extents"]
    elif damage == "an extent too few":
        next(file for file in document["files"] if file["extents"])["extents"].pop()
    layout.write_text("{" if damage == "no json" else json.dumps(document))
    if damage == "gone":
        layout.unlink()
    assert states(pulled.parents[2]) == [State.WARNING]
