"""How the tests of the command line run it: in this process, as a user would type it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        return json.loads(self.err)["error"]

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


Tfreg = Callable[..., Ran]


def run(*arguments: object) -> Ran:
    """Runs `tfreg ARGUMENTS` in this process."""
    from tfreg.cli.main import main

    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    return Ran(code, out.getvalue(), err.getvalue())


@pytest.fixture
def tfreg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Tfreg:
    """`tfreg`, with its data and cache in folders of the test."""
    for name in ("TFREG_SERVER", "TFREG_DATA", "TFREG_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return run
