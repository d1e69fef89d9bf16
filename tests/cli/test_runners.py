"""Where a command's own workers work."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from tfreg.cli.runners import open_local_runner
from tfreg.convert.executors import pool
from tfreg.convert.executors.options import RunnerOptions
from tfreg.core.conversions.steps import StepJob


def test_workers_work_in_a_folder_that_the_next_command_finds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened: list[RunnerOptions] = []

    class Pool:
        def __init__(self, options: RunnerOptions) -> None:
            opened.append(options)

        def run(self, *_: object) -> object:
            return nullcontext()

        def close(self) -> None:
            pass

    monkeypatch.setenv("TFREG_CACHE", str(tmp_path))
    monkeypatch.setattr(pool, "open_runner", Pool)
    for _ in range(2):
        with open_local_runner(foreign=False, unsandboxed=False, quiet=True) as (runner, report):
            runner.run(StepJob("check", {}), report, lambda: True)
    assert [options.scratch for options in opened] == [tmp_path / "work"] * 2
