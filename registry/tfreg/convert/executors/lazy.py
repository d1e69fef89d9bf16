"""TensorFlow's workers of a server or a command, opened when the first job needs one: most never do."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from tfreg.core.errors import CancelledError

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

    from tfreg.core.conversions.steps import Report, StepJob, StepResult, StepRunner, StillWanted


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """How TensorFlow is run.

    Attributes:
        workers: How many workers work at a time.
        warm: How many import TensorFlow ahead, once the first was needed.
        scratch: Where they work; None: in a temporary folder.
        allow_foreign_code: Whether models may run code of their author's own.
        allow_unsandboxed: Whether workers run without walls where none can be had.
    """

    workers: int = 1
    warm: int = 0
    scratch: Path | None = None
    allow_foreign_code: bool = False
    allow_unsandboxed: bool = False


class LazyRunner:
    """Opens the workers for the first job; see `StepRunner`."""

    def __init__(self, options: WorkerOptions) -> None:
        self._options = options
        self._lock = Lock()
        self._runner: StepRunner | None = None
        self._folder: TemporaryDirectory[str] | None = None
        self._closed = False

    def run(self, job: StepJob, report: Report, still_wanted: StillWanted) -> AbstractContextManager[StepResult]:
        """See `StepRunner`."""
        return self._opened().run(job, report, still_wanted)

    def close(self) -> None:
        """See `StepRunner`."""
        with self._lock:
            self._closed = True
            if self._runner is not None:
                self._runner.close()
            if self._folder is not None:
                self._folder.cleanup()

    def _opened(self) -> StepRunner:
        with self._lock:
            if self._closed:
                raise CancelledError("The workers have ended.", hint="Ask again.")
            if self._runner is None:
                from tfreg.convert.executors.options import RunnerOptions
                from tfreg.convert.executors.pool import open_runner

                options = self._options
                self._runner = open_runner(
                    RunnerOptions(
                        self._scratch(),
                        workers=options.workers,
                        warm=options.warm,
                        allow_foreign_code=options.allow_foreign_code,
                        allow_unsandboxed=options.allow_unsandboxed,
                    )
                )
            return self._runner

    def _scratch(self) -> Path:
        if self._options.scratch is not None:
            return self._options.scratch
        from tempfile import TemporaryDirectory

        self._folder = TemporaryDirectory(prefix="tfreg-convert-")
        return Path(self._folder.name)
