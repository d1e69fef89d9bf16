"""A progress bar with rate and remaining time, on stderr, only where somebody looks at a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

QUIET_S = 0.5
"""Shorter transfers show no bar: it would only flicker."""

Report = Callable[[int, int], None]
"""Takes the bytes done and the bytes in all."""


def nothing(done_bytes: int, total_bytes: int) -> None:
    """Reports to nobody."""


@contextmanager
def transfer(verb: str, *, quiet: bool) -> Iterator[Report]:
    """Yields what a transfer reports its bytes to."""
    if quiet or not sys.stderr.isatty():
        yield nothing
        return
    bar = Bar(verb)
    try:
        yield bar.report
    finally:
        bar.close()


class Bar:
    """A bar that appears once a transfer turns out to be long. Only then rich is imported."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._started_s = time.monotonic()
        self._update: Callable[[int, int], None] | None = None
        self._stop: Callable[[], None] | None = None

    def report(self, done_bytes: int, total_bytes: int) -> None:
        """Shows how far the transfer is."""
        if self._update is None:
            if time.monotonic() - self._started_s < QUIET_S:
                return
            self._open()
        if self._update is not None:
            self._update(done_bytes, total_bytes)

    def close(self) -> None:
        """Takes the bar away, so that only the answer stays."""
        if self._stop is not None:
            self._stop()

    def _open(self) -> None:
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
        task = progress.add_task(self._verb, total=None)
        self._update = lambda done, total: progress.update(task, completed=done, total=total)
        self._stop = progress.stop
        progress.start()
