"""Runs steps in one child process without walls, for tests of what the steps make: TensorFlow is imported once for all of them.

A child that crashes is replaced. What Keras exports is kept, for several targets lie behind it.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tfreg.convert.executors.materialising import materialise
from tfreg.core.conversions.steps import Report, StepJob, StepResult, StillWanted
from tfreg.core.errors import ForeignCodeError, TfregError, WorkerFailedError, error_types
from tfreg.core.trees import LocalTree

_CHILD = Path(__file__).with_name("step_child.py")
_KEPT_STEPS = frozenset({"keras_to_saved_model"})
_ERRORS = {error.reason: error for error in error_types()}


class ChildRunner:
    """A `StepRunner` that refuses foreign code, as a server does unless told otherwise."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="tfreg-steps-"))
        self._kept: dict[tuple[str, str, str], tuple[Path, dict[str, object]]] = {}
        self._child: subprocess.Popen[str] | None = None

    @contextmanager
    def run(self, job: StepJob, report: Report, still_wanted: StillWanted) -> Iterator[StepResult]:
        """See `StepRunner`."""
        if job.runs_foreign_code:
            raise ForeignCodeError("The model runs code of its author's own.", hint="It is not run here.")
        name = job.step, job.inputs["source"].name, job.arguments
        if name in self._kept:
            output, facts = self._kept[name]
            yield StepResult(LocalTree(output), facts)
            return
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        facts = self._run(job, folder, still_wanted)
        if job.step in _KEPT_STEPS:
            self._kept[name] = folder / "out", facts
        yield StepResult(LocalTree(folder / "out"), facts)
        if job.step not in _KEPT_STEPS:
            shutil.rmtree(folder)

    def close(self) -> None:
        """See `StepRunner`."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
        shutil.rmtree(self._folder)

    def _run(self, job: StepJob, folder: Path, still_wanted: StillWanted) -> dict[str, object]:
        inputs = {role: str(folder / materialise(tree, folder / role, still_wanted)) for role, tree in job.inputs.items()}
        for place in ("out", "scratch"):
            (folder / place).mkdir()
        told = {"output": str(folder / "out"), "scratch": str(folder / "scratch"), "arguments": json.loads(job.arguments)}
        answer = self._ask({"step": job.step, "inputs": inputs, **told})
        if "facts" in answer:
            return dict(answer["facts"])
        raise _error(answer)

    def _ask(self, job: dict[str, object]) -> dict[str, dict[str, object]]:
        if self._child is None:
            command = [sys.executable, "-W", "ignore", str(_CHILD)]
            pipe = subprocess.PIPE
            self._child = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
        child = self._child
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(job) + "\n")
        child.stdin.flush()
        line = child.stdout.readline()
        if not line:
            self._child = None
            name = signal.Signals(-child.wait()).name
            raise WorkerFailedError(f"The worker crashed by {name}.", step=str(job["step"]), signal=name)
        found: dict[str, dict[str, object]] = json.loads(line)
        return found


def _error(answer: dict[str, dict[str, object]]) -> TfregError:
    kind = _ERRORS.get(str(answer["reason"]), WorkerFailedError)
    metadata = {str(key): str(value) for key, value in answer["metadata"].items()}
    return kind(str(answer["message"]), hint=str(answer["hint"]), **metadata)
