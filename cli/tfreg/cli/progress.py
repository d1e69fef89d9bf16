"""Progress bars with rate and remaining time, on stderr, only where somebody looks at a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

QUIET_S = 0.5
"""Shorter transfers show no bar: it would only flicker."""

PHASES = {"hash": "hashing", "send": "sending", "receive": "receiving", "copy": "copying", "check": "checking"}


@contextmanager
def transfer(*, quiet: bool) -> Iterator[Bars | None]:
    """Yields what a transfer reports its bytes to; None where nobody watches."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    bars = Bars()
    try:
        yield bars
    finally:
        bars.close()


class Bars:
    """A bar for each phase of a transfer, shown once the transfer turns out to be long. Only then rich is imported."""

    def __init__(self) -> None:
        self._started_s = time.monotonic()
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, phase: str, done_bytes: int, total_bytes: int) -> None:
        """Shows how far a phase is."""
        if self._progress is None:
            if time.monotonic() - self._started_s < QUIET_S:
                return
            self._progress = _opened()
        if phase not in self._tasks:
            self._tasks[phase] = self._progress.add_task(PHASES.get(phase, phase), total=None)
        self._progress.update(self._tasks[phase], completed=done_bytes, total=total_bytes)

    def close(self) -> None:
        """Takes the bars away, so that only the answer stays."""
        if self._progress is not None:
            self._progress.stop()


def _opened() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    progress.start()
    return progress
