"""What a conversion needs of those who run TensorFlow for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from tfreg.core.conversions.results import Progress
from tfreg.core.files import FileTree

Report = Callable[[Progress], None]
"""Is told how far the work is."""
StillWanted = Callable[[], bool]
"""Is asked now and then whether somebody waits."""


@dataclass(frozen=True, slots=True)
class StepJob:
    """Work for a worker.

    Attributes:
        step: Module below `convert/steps`.
        inputs: Artifacts by role: `source`, and what else goes in. A worker sees them as folders or files, read only.
        arguments: What the step is told, as JSON: the options it takes, names of signatures, seeds.
        runs_foreign_code: Whether the model runs code of its author's own (a Lambda layer, a module of custom objects): needs the
            server's leave.
    """

    step: str
    inputs: Mapping[str, FileTree]
    arguments: str = "{}"
    runs_foreign_code: bool = False


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a step made.

    Attributes:
        tree: The files that it wrote, as long as the context of `StepRunner.run` lasts.
        facts: What it says besides, as JSON: tool versions (`tools`), renamed tensors (`renamed`), notes (`notes`), differences.
    """

    tree: FileTree
    facts: Mapping[str, object] = field(default_factory=dict)


class StepRunner(Protocol):
    """Runs steps, each in a worker of its own within the sandbox. All methods may be called from any thread."""

    def run(self, job: StepJob, report: Report, still_wanted: StillWanted) -> AbstractContextManager[StepResult]:
        """Runs a step to its end. Leaving the context takes the files away.

        Raises (on entering):
            ConversionRefusedError and its children: The step says that it cannot be done, and why.
            WorkerFailedError: The worker crashed, or passed a limit (`limit` in the metadata: memory, time, disk, processes).
            SandboxUnavailableError: Foreign code cannot be run safely here.
            ForeignCodeError: The model would run code of its author's own, and nobody allowed that.
            TensorflowMissingError: TensorFlow is not installed here.
            CancelledError: It is no longer wanted; the worker was ended.
        """

    def close(self) -> None:
        """Ends all workers."""
