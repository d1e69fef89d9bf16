"""Steps run in this process: for tests of what uses a `StepRunner`, and held to its contract."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tfreg.convert.executors.materialising import materialise
from tfreg.convert.work import Work
from tfreg.core.conversions.results import Progress
from tfreg.core.conversions.steps import Report, StepJob, StepResult, StillWanted
from tfreg.core.errors import (
    CancelledError,
    ForeignCodeError,
    InternalError,
    TensorflowMissingError,
    TfregError,
    WorkerFailedError,
)
from tfreg.core.trees import LocalTree


class FakeRunner:
    """Runs functions instead of workers.

    Args:
        steps: Function by step name; it is given what a step is given.
        allow_foreign_code: As a runner's option.
    """

    def __init__(self, steps: Mapping[str, Callable[[Work], None]], *, allow_foreign_code: bool = False) -> None:
        self.steps = dict(steps)
        self.jobs: list[StepJob] = []
        self._allow_foreign_code = allow_foreign_code
        self._closed = False

    @contextmanager
    def run(self, job: StepJob, report: Report, still_wanted: StillWanted) -> Iterator[StepResult]:
        if job.step not in self.steps:
            raise InternalError(f"'{job.step}' is not a step.")
        if job.runs_foreign_code and not self._allow_foreign_code:
            raise ForeignCodeError("Not allowed.")
        if self._closed or not still_wanted():
            raise CancelledError("The conversion was cancelled.")
        self.jobs.append(job)
        with tempfile.TemporaryDirectory() as folder:
            yield self._result(job, Path(folder), report, still_wanted)

    def close(self) -> None:
        self._closed = True

    def _result(self, job: StepJob, folder: Path, report: Report, still_wanted: StillWanted) -> StepResult:
        def tell(stage: str, share: float, message: str) -> None:
            report(Progress(stage, share, message))
            if not still_wanted():
                raise CancelledError("The conversion was cancelled.")

        for name in ("in", "out", "scratch"):
            (folder / name).mkdir()
        inputs = {
            role: folder / "in" / materialise(tree, folder / "in" / role, still_wanted) for role, tree in job.inputs.items()
        }
        work = Work(inputs, folder / "out", folder / "scratch", json.loads(job.arguments), tell)
        try:
            self.steps[job.step](work)
        except TfregError:
            raise
        except ModuleNotFoundError as error:
            raise TensorflowMissingError(str(error), module=str(error.name)) from None
        except Exception as error:
            raise WorkerFailedError(f"The worker failed: {error!r}.", step=job.step) from None
        return StepResult(LocalTree(folder / "out"), work.facts)
