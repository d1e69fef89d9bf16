"""What a server converts with, put together when the first conversion is asked for: most servers never do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from tfreg.app.file_digests import FileDigests
from tfreg.app.inspecting import Inspections
from tfreg.app.stores import Stores
from tfreg.convert.executors.lazy import LazyRunner, WorkerOptions

if TYPE_CHECKING:
    from tfreg.app.conversions.checks import Checks
    from tfreg.app.conversions.convert import Conversions
    from tfreg.app.conversions.jobs import Jobs, JobTimes
    from tfreg.core.conversions.steps import StepRunner


@dataclass(frozen=True, slots=True)
class ConvertOptions:
    """How a server converts.

    Attributes:
        workers: How TensorFlow is run.
        checks_in_background: Whether the server stays long enough to check conversions after the answer.
        times: How jobs are watched over; None: as usual.
        max_waiting: How many calls of Resolve and GetArtifact may wait for conversions at a time.
        runner: Runs TensorFlow instead of workers of its own; it stays the caller's to close. Tests use it.
    """

    workers: WorkerOptions = field(default_factory=WorkerOptions)
    checks_in_background: bool = True
    times: JobTimes | None = None
    max_waiting: int = 64
    runner: StepRunner | None = None

    def working_in(self, scratch: Path) -> ConvertOptions:
        """Returns the same with a folder for workers, unless one was named: what a killed process left there is found and taken away."""
        return self if self.workers.scratch is not None else replace(self, workers=replace(self.workers, scratch=scratch))


@dataclass(frozen=True, slots=True)
class _Parts:
    conversions: Conversions
    jobs: Jobs
    checks: Checks


class Converting:
    """All that converts, of one server: the use case, its jobs, its checks, and whoever runs TensorFlow."""

    def __init__(self, stores: Stores, inspections: Inspections, file_digests: FileDigests, options: ConvertOptions) -> None:
        self._stores = stores
        self._inspections = inspections
        self._file_digests = file_digests
        self._options = options
        self._workers = LazyRunner(options.workers)
        self._lock = Lock()
        self._parts: _Parts | None = None

    def conversions(self) -> Conversions:
        """The use case."""
        return self._opened().conversions

    def jobs(self) -> Jobs:
        """What is worked on."""
        return self._opened().jobs

    def checks(self) -> Checks:
        """What is checked."""
        return self._opened().checks

    def close(self) -> None:
        """Ends all jobs and workers."""
        with self._lock:
            parts = self._parts
        if parts is not None:
            parts.jobs.close()
            parts.checks.close()
        self._workers.close()

    def _opened(self) -> _Parts:
        with self._lock:
            if self._parts is None:
                self._parts = self._made()
            return self._parts

    def _made(self) -> _Parts:
        from tfreg.app.conversions.checks import Checks
        from tfreg.app.conversions.convert import Conversions
        from tfreg.app.conversions.further_inputs import FurtherInputs
        from tfreg.app.conversions.jobs import Jobs
        from tfreg.app.conversions.preparing import Preparing

        stores, inspections, options = self._stores, self._inspections, self._options
        runner = options.runner or self._workers
        jobs = Jobs(stores, options.times)
        checks = Checks(stores, inspections, jobs, runner, in_background=options.checks_in_background)
        preparing = Preparing(stores, inspections, FurtherInputs(stores, inspections, self._file_digests))
        conversions = Conversions(
            stores,
            inspections,
            preparing=preparing,
            jobs=jobs,
            checks=checks,
            runner=runner,
            max_waiting=options.max_waiting,
        )
        return _Parts(conversions, jobs, checks)
