"""Before the first push there is nothing; commands that only read leave it so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfreg.cli.completions import complete_model, complete_reference

MODELS = Path(__file__).parents[1] / "fixtures" / "models"
Tfreg = Callable[..., Any]


@pytest.fixture(params=["missing", "empty"])
def nothing(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Names a data folder that is not there, or empty; returns whether it still is."""
    data = tmp_path / "nowhere"
    if request.param == "empty":
        data.mkdir()
    monkeypatch.setenv("TFREG_DATA", str(data))
    return lambda: not data.exists() if request.param == "missing" else not list(data.iterdir())


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("ls",), 0),
        (("ls", "team/bert"), 3),
        (("show", "team/bert"), 3),
        (("resolve", "team/bert@prod"), 3),
        (("pull", "team/bert"), 3),
        (("alias", "team/bert", "prod=1"), 3),
        (("rm", "team/bert:1"), 3),
        (("version",), 0),
        (("doctor",), 0),
        (("doctor", "--deep", "--clean"), 0),
    ],
)
def test_a_command_that_makes_no_version_makes_no_folder(
    tfreg: Tfreg, nothing: Callable[[], bool], arguments: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    assert tfreg(*arguments).code == code
    assert nothing()
    assert not list(tmp_path.glob("*/tfreg"))


def test_a_tab_makes_no_folder(tfreg: Tfreg, nothing: Callable[[], bool], monkeypatch: pytest.MonkeyPatch) -> None:
    from tfreg.cli import completions
    from tfreg.cli.settings import Settings

    monkeypatch.setattr(completions, "settings_of", lambda _: Settings())
    assert complete_model(None, "team/") == []
    assert complete_reference(None, "team/bert@") == []
    assert nothing()


def test_a_push_makes_the_folder(tfreg: Tfreg, nothing: Callable[[], bool]) -> None:
    assert tfreg("push", MODELS / "tf1_sparse", "team/bert").code == 0
    assert not nothing()
    assert tfreg("ls", "-o", "json").json["models"][0]["name"] == "team/bert"


def test_a_data_folder_that_cannot_be_one_is_told_and_not_taken_for_empty(tfreg: Tfreg, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert tfreg("ls", "--data", tmp_path / "file").code == 4


def test_doctor_tells_of_blobs_whose_catalog_is_gone(tfreg: Tfreg, tmp_path: Path) -> None:
    data = tmp_path / "kept"
    assert tfreg("push", MODELS / "tf1_sparse", "team/bert", "--data", data).code == 0
    for file in data.glob("tfreg.db*"):
        file.unlink()
    before = sorted(data.rglob("*"))
    ran = tfreg("doctor", "--clean", "--data", data)
    assert ran.code == 6
    assert "backup" in ran.out
    assert sorted(data.rglob("*")) == before
