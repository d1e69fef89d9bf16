"""What a server converts with, put together: the use case, its jobs, its checks, and whoever runs TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass, field

from tfreg.app.conversions.checks import Checks
from tfreg.app.conversions.convert import Conversions
from tfreg.app.conversions.further_inputs import FurtherInputs
from tfreg.app.conversions.jobs import Jobs, JobTimes
from tfreg.app.conversions.preparing import Preparing
from tfreg.app.file_digests import FileDigests
from tfreg.app.inspecting import Inspections
from tfreg.app.stores import Stores
from tfreg.core.conversions.steps import StepRunner
from tfreg.server.step_runner import LazyRunner, WorkerOptions


@dataclass(frozen=True, slots=True)
class ConvertOptions:
    """How a server converts.

    Attributes:
        workers: How TensorFlow is run.
        checks_in_background: Whether the server stays long enough to check conversions after the answer.
        times: How jobs are watched over.
        runner: Runs TensorFlow instead of workers of its own; it stays the caller's to close. Tests use it.
    """

    workers: WorkerOptions = field(default_factory=WorkerOptions)
    checks_in_background: bool = True
    times: JobTimes = field(default_factory=JobTimes)
    runner: StepRunner | None = None


class Converting:
    """All that converts, of one server.

    Attributes:
        conversions: The use case.
        jobs: What is worked on.
        checks: What is checked.
    """

    def __init__(self, stores: Stores, inspections: Inspections, file_digests: FileDigests, options: ConvertOptions) -> None:
        self._workers = LazyRunner(options.workers)
        runner = options.runner or self._workers
        self.jobs = Jobs(stores, options.times)
        self.checks = Checks(stores, inspections, self.jobs, runner, in_background=options.checks_in_background)
        preparing = Preparing(stores, inspections, FurtherInputs(stores, inspections, file_digests))
        self.conversions = Conversions(
            stores, inspections, preparing=preparing, jobs=self.jobs, checks=self.checks, runner=runner
        )

    def close(self) -> None:
        """Ends all jobs and workers."""
        self.jobs.close()
        self.checks.close()
        self._workers.close()
