"""Who runs TensorFlow for a command: a worker of this machine's own, started when the first step needs it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tfreg.cli.progress import StatusLine

if TYPE_CHECKING:
    from tfreg.core.conversions.results import Progress
    from tfreg.core.conversions.steps import Report, StepRunner

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
    from tfreg.client.pull.cache import cache_root
    from tfreg.convert.executors.lazy import LazyRunner, WorkerOptions

    # Always the same folder: what a killed command left there is found by the next one, and taken away.
    scratch = cache_root(None) / _WORK
    runner = LazyRunner(WorkerOptions(scratch=scratch, allow_foreign_code=foreign, allow_unsandboxed=unsandboxed))
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
