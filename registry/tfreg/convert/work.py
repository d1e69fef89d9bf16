"""What a step is given. A step is a module below `convert/steps` with `def run(work: Work) -> None`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Work:
    """One job of a worker.

    A step that cannot do it raises a subclass of `TfregError`, which the caller gets as it is: class, message, hint and metadata.
    Anything else that it raises is a failure of the worker.

    Attributes:
        inputs: What goes in, by role (`source`, and others that the step knows), read only: the folder of an artifact that is one
            (a SavedModel, a checkpoint's shards), else the single file under its own name.
        output: An empty folder. What stands there at the end is the result: regular files and folders only.
        scratch: An empty folder for the step's own use, the current and the home folder too; gone after the job.
        arguments: What the step is told, and by `runs_foreign_code` whether code of the model's author may run.
        report: Says how far it is: stage, share of this step's work (0 to 1), message for a person. Cheap; call it as you like.
        facts: What the step says beside its files, as JSON; the step fills it.
    """

    inputs: Mapping[str, Path]
    output: Path
    scratch: Path
    arguments: Mapping[str, object]
    report: Callable[[str, float, str], None]
    facts: dict[str, object] = field(default_factory=dict)
