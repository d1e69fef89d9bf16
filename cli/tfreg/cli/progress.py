"""Progress bars with rate and remaining time, on stderr, only where somebody looks at a terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tfreg.cli.writing import note, printable
from tfreg.core.errors import DeadlineExceededError, UnavailableError

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from tfreg.core.conversions.records import Job
    from tfreg.core.conversions.results import Progress as StepProgress

QUIET_S = 0.5
"""Shorter transfers show no bar: it would only flicker."""

_LINE_CHARACTERS = 78
PHASES = {"hash": "hashing", "send": "sending", "receive": "receiving", "copy": "copying", "check": "checking"}


REPEAT = "Repeat the command: it goes on where it stopped."


@contextmanager
def transfer(*, quiet: bool) -> Iterator[Bars | None]:
    """Yields what a transfer reports its bytes to; None where nobody watches.

    A server that goes away meanwhile leaves what it has: the error's hint says that the command may be repeated.
    """
    bars = None if quiet or not sys.stderr.isatty() else Bars()
    try:
        yield bars
    except (UnavailableError, DeadlineExceededError) as error:
        error.hint = f"{error.hint} {REPEAT}".strip()
        raise
    finally:
        if bars is not None:
            bars.close()


@contextmanager
def job_progress(*, quiet: bool, goes_on: bool) -> Iterator[Callable[[Job], None]]:
    """Yields what a conversion reports its job to: on a terminal, a line says what is done now.

    Args:
        quiet: Nothing is told.
        goes_on: Whether the conversion goes on when the command is interrupted: then it says how to end that too.
    """
    line = None if quiet or not sys.stderr.isatty() else StatusLine()
    known = ""

    def told(job: Job) -> None:
        nonlocal known
        known = job.id
        if line is not None:
            line.show(job.progress)

    try:
        yield told
    except KeyboardInterrupt:
        if known and goes_on:
            note(f"The conversion goes on at the server. To end it: tfreg convert --cancel {known}", quiet=quiet)
        raise
    finally:
        if line is not None:
            line.close()


class StatusLine:
    """A line that is written over, shown once the work turns out to be long."""

    def __init__(self) -> None:
        self._started_s = time.monotonic()
        self._width = 0

    def show(self, progress: StepProgress) -> None:
        """Says how far it is."""
        if time.monotonic() - self._started_s < QUIET_S:
            return
        text = printable(f"{progress.share:4.0%} {progress.stage} {progress.message}".rstrip())[:_LINE_CHARACTERS]
        sys.stderr.write("\r" + text.ljust(self._width))
        sys.stderr.flush()
        self._width = len(text)

    def close(self) -> None:
        """Takes the line away."""
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()


class Bars:
    """A bar for each phase of a transfer, shown once the transfer turns out to be long. Only then rich is imported."""

    def __init__(self) -> None:
        self._started_s = time.monotonic()
        self._lock = threading.Lock()  # phases overlap and report from threads of their own, some after an interruption
        self._closed = False
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, phase: str, done_bytes: int, total_bytes: int) -> None:
        """Shows how far a phase is."""
        with self._lock:
            if self._closed or not total_bytes or time.monotonic() - self._started_s < QUIET_S:
                return
            if self._progress is None:
                self._progress = _opened()
            self._show(self._progress, phase, done_bytes, total_bytes)

    def close(self) -> None:
        """Takes the bars away, so that only the answer stays. Nothing is shown from then on."""
        with self._lock:
            self._closed = True
            if self._progress is not None:
                self._progress.stop()

    def _show(self, progress: Progress, phase: str, done_bytes: int, total_bytes: int) -> None:
        if phase not in self._tasks:
            self._tasks[phase] = progress.add_task(PHASES.get(phase, phase), total=total_bytes, completed=done_bytes)
        progress.update(self._tasks[phase], completed=done_bytes, total=total_bytes)
        if "send" in self._tasks:
            committing = all(task.finished for task in progress.tasks)
            progress.update(self._tasks["send"], description="committing" if committing else PHASES["send"])


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
