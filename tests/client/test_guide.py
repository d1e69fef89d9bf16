"""docs/python.md is true: its blocks are run, one after another, as the one program that they are."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "python.md"
README = Path(__file__).parents[2] / "README.md"


def program(page: Path, *, with_tensorflow: bool) -> str:
    """Returns the blocks of a page; the lines between are left empty, so that an error names the line of the page."""
    text = page.read_text()
    lines = [""] * (text.count("\n") + 1)
    for block in re.finditer(r"^```python( tensorflow)?\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if with_tensorflow or not block[1]:
            start = text.count("\n", 0, block.start(2))
            lines[start : start + block[2].count("\n")] = block[2].splitlines()
    return "\n".join(lines)


def run(page: Path, target: str, *, with_tensorflow: bool = False) -> dict[str, Any]:
    """Runs the blocks of a page with `target` as the server that they name, and returns the names that they made."""
    source = program(page, with_tensorflow=with_tensorflow)
    for address in ("localhost:7433", "registry:7433"):
        source = source.replace(f'"{address}"', repr(target))
    names: dict[str, Any] = {"__name__": "guide"}
    exec(compile(source, str(page), "exec"), names)
    return names


@pytest.fixture
def at_work(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the files that the guide names, and a cache of its own."""
    shutil.copytree(models / "tf1_saved_model", tmp_path / "classifier")
    (tmp_path / "vocab.txt").write_text("a\nb\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TFREG_CACHE", str(tmp_path / "cache"))
    return tmp_path


def test_the_guide_runs(server, at_work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = run(GUIDE, server.target)
    assert (made["ids"], made["scores"]) == ("input_ids:0", "pred_prob:0")
    printed = capsys.readouterr().out
    assert re.search(r"^input_ids\b.* of input_ids, input_mask, segment_ids$", printed, re.MULTILINE)
    assert "MODEL_NOT_FOUND NOT_FOUND" in printed
    assert "probabilities pred_prob:0 -> pred_prob:0" in printed
    assert re.search(r"^frozen_graph \d+ unchecked {}$", printed, re.MULTILINE)
    assert {"hash", "copy"} <= set(re.findall(r"^(\w+): \d+ of", printed, re.MULTILINE))


@pytest.mark.tensorflow
def test_the_guide_runs_the_model_in_a_session_by_the_names_it_was_given(server, at_work: Path) -> None:
    pytest.importorskip("tensorflow")
    made = run(GUIDE, server.target, with_tensorflow=True)
    assert made["probabilities"].shape == (2, 3)
    assert made["probabilities"].sum(axis=1) == pytest.approx([1, 1])


def test_the_readmes_program_runs(server, client, at_work: Path) -> None:
    client.push("classifier", "team/classifier", aliases="prod")
    made = run(README, server.target)
    assert made["feed"] == "input_ids:0"
