"""Who runs TensorFlow for a command: a worker of this machine's own, started when the first step needs it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from tfreg.cli.progress import StatusLine

if TYPE_CHECKING:
    from tfreg.core.conversions.results import Progress
    from tfreg.core.conversions.steps import Report, StepJob, StepResult, StepRunner, StillWanted

_WORK = "work"
"""Folder below that of the cache."""


@contextmanager
def open_local_runner(*, foreign: bool, unsandboxed: bool, quiet: bool) -> Iterator[tuple[StepRunner, Report]]:
    """Yields a runner, and what a terminal is told by.

    Args:
        foreign: Whether the model's own code may be run, within the sandbox.
        unsandboxed: Whether TensorFlow may be run without one.
        quiet: Whether nothing is told.
    """
    runner = _LazyRunner(foreign=foreign, unsandboxed=unsandboxed)
    line = None if quiet or not sys.stderr.isatty() else StatusLine()

    def report(progress: Progress) -> None:
        if line is not None:
            line.show(progress)

    try:
        yield runner, report
    finally:
        if line is not None:
            line.close()
        runner.close()


class _LazyRunner:
    """Starts a worker only when there is work for it: most conversions need none."""

    def __init__(self, *, foreign: bool, unsandboxed: bool) -> None:
        self._foreign = foreign
        self._unsandboxed = unsandboxed
        self._runner: StepRunner | None = None

    def run(self, job: StepJob, report: Report, still_wanted: StillWanted) -> AbstractContextManager[StepResult]:
        """See `StepRunner`."""
        if self._runner is None:
            from tfreg.client.pull.cache import cache_root
            from tfreg.convert.executors.options import RunnerOptions
            from tfreg.convert.executors.pool import open_runner

            # Always the same folder: what a killed command left there is found by the next one, and taken away.
            options = RunnerOptions(
                cache_root(None) / _WORK, allow_foreign_code=self._foreign, allow_unsandboxed=self._unsandboxed
            )
            self._runner = open_runner(options)
        return self._runner.run(job, report, still_wanted)

    def close(self) -> None:
        """See `StepRunner`."""
        if self._runner is not None:
            self._runner.close()
