"""A job told to a worker, and what came of it. Nothing that the worker says is believed."""

from __future__ import annotations

import json
import logging
import signal
from collections.abc import Mapping
from dataclasses import dataclass

from tfreg.convert import protocol
from tfreg.convert.executors.process import WorkerProcess
from tfreg.convert.sandbox.limits import SandboxLimits
from tfreg.convert.sandbox.watching import Watch, folder_bytes
from tfreg.core.conversions.results import Progress
from tfreg.core.conversions.steps import Report, StillWanted
from tfreg.core.errors import (
    CancelledError,
    Kind,
    LimitExceededError,
    SandboxUnavailableError,
    TfregError,
    WorkerFailedError,
    error_types,
)
from tfreg.core.trees import LocalTree

_logger = logging.getLogger("tfreg.convert")
_PAUSE_S = 0.1
_LOG_IN_METADATA = 2000
_Answer = tuple[str, Mapping[str, object]]
_ANSWERS = frozenset({protocol.DONE, protocol.REFUSED, protocol.FAILED})
_REFUSALS = frozenset({Kind.INVALID_ARGUMENT, Kind.NOT_FOUND, Kind.FAILED_PRECONDITION})
_SIGNALS = {number.value: number.name for number in signal.Signals}
_LIMIT_OF_SIGNAL = {"SIGXCPU": "cpu", "SIGXFSZ": "file size"}
_LIMIT_TEXT = {
    "memory": "it needed more memory than it may use",
    "cpu": "it needed more processor time than it may use",
    "time": "it took longer than it may",
    "disk": "it wrote more than it may, or the disk is full",
    "file size": "it wrote a larger file than it may",
    "processes": "it started more processes than it may",
    "unwatched": "what it uses up could not be seen",
    "output": "it printed or said more than it may",
}


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is told.

    Attributes:
        step: The step's name.
        inputs: Path by role, below the folder `in`.
        arguments: For the step.
    """

    step: str
    inputs: Mapping[str, str]
    arguments: Mapping[str, object]


def run_job(
    worker: WorkerProcess, job: Job, limits: SandboxLimits, report: Report, still_wanted: StillWanted
) -> tuple[LocalTree, Mapping[str, object]]:
    """Has a job done by a worker, which has ended when this returns or raises.

    Returns:
        The files that the worker made, which stay until its folder is removed, and the facts that it told.

    Raises:
        TfregError: As `StepRunner.run`.
    """
    watch = Watch(worker.number, str(worker.folder), str(worker.log), limits, worker.kill)
    try:
        answer = _converse(worker, job, watch, report, still_wanted)
    finally:
        watch.end()
        code = worker.end()
    if passed := watch.passed or watch.output_passed():
        raise _failure(worker, job, limit=passed)
    return _outcome(worker, job, limits, answer, code)


def _converse(worker: WorkerProcess, job: Job, watch: Watch, report: Report, still_wanted: StillWanted) -> _Answer:
    """Tells a job and returns the answer: `done`, `refused` or `failed`; nothing where the worker ended without one."""
    worker.tell(json.dumps({"step": job.step, "inputs": job.inputs, "arguments": job.arguments}).encode() + b"\n")
    try:
        for line in worker.listen(_PAUSE_S):
            if line is None:
                if not still_wanted():
                    raise CancelledError("The conversion was cancelled.")
                continue
            kind, content = protocol.parse(line) or ("", {})
            if kind == protocol.READY:
                watch.job_begins()
            elif kind == protocol.PROGRESS:
                report(_progress(content))
            elif kind in _ANSWERS:
                return kind, content
    except OverflowError:
        return protocol.FAILED, {"limit": "output"}
    return ("", {}) if worker.ends_by_itself() else (protocol.FAILED, {"message": "it says no more"})


def _progress(content: Mapping[str, object]) -> Progress:
    share = content.get("share")
    share = min(1.0, max(0.0, float(share))) if isinstance(share, (int, float)) and share == share else 0.0  # noqa: PLR0124  # not NaN
    return Progress(protocol.text_of(content.get("stage"), 64), share, protocol.text_of(content.get("message"), 500))


def _outcome(
    worker: WorkerProcess, job: Job, limits: SandboxLimits, answer: _Answer, code: int
) -> tuple[LocalTree, Mapping[str, object]]:
    kind, content = answer
    if kind == protocol.DONE:
        facts = content.get("facts")
        return _output(worker, job, limits), facts if isinstance(facts, dict) else {}
    if kind == protocol.REFUSED:
        raise _refusal(worker, job, content)
    if kind == protocol.FAILED:
        limit = content.get("limit")
        told = limit if isinstance(limit, str) and limit in _LIMIT_TEXT else ""
        raise _failure(worker, job, limit=told, why=protocol.text_of(content.get("message")))
    if code >= 0:
        raise _failure(worker, job, why=f"it ended with exit code {code}, without an answer")
    name = _SIGNALS.get(-code, str(-code))
    why = "the machine is most likely short of memory" if name == "SIGKILL" else "it crashed"
    raise _failure(worker, job, limit=_LIMIT_OF_SIGNAL.get(name, ""), why=f"{why} ({name})", signal_name=name)


def _output(worker: WorkerProcess, job: Job, limits: SandboxLimits) -> LocalTree:
    """Returns the files of a worker that has ended: regular ones only, and not larger than a job may write."""
    folder = worker.folder / "out"
    if folder_bytes(str(folder)) > limits.disk_bytes:
        raise _failure(worker, job, limit="disk")
    tree = LocalTree(folder)
    try:
        files = tree.files()
        for file in files:
            with tree.open(file.path):
                pass
    except TfregError as error:
        path = error.metadata.get("path", "")
        raise _failure(worker, job, why=f"what it left as its result cannot be taken: '{path}' is not a regular file") from None
    if sum(file.size_bytes for file in files) > limits.disk_bytes:
        raise _failure(worker, job, limit="disk")
    return tree


def _refusal(worker: WorkerProcess, job: Job, content: Mapping[str, object]) -> TfregError:
    """Returns the error that a step raised, if it is of a class that steps may raise."""
    for error_type in error_types():
        may = error_type.kind in _REFUSALS or error_type is LimitExceededError
        if error_type.reason == content.get("reason") and may and error_type is not SandboxUnavailableError:
            error = error_type(protocol.text_of(content.get("message")), hint=protocol.text_of(content.get("hint")))
            error.metadata.update(protocol.texts_of(content.get("metadata")))
            return error
    return _failure(worker, job, why=protocol.text_of(content.get("message")))


def _failure(worker: WorkerProcess, job: Job, *, limit: str = "", why: str = "", signal_name: str = "") -> WorkerFailedError:
    why = _LIMIT_TEXT.get(limit, why) or "it does not say why"
    log = worker.log_tail()
    _logger.warning("the worker of %s failed: %s\n%s", job.step, why, log)
    facts = {"step": job.step, "limit": limit, "signal": signal_name, "log": protocol.text_of(log[-_LOG_IN_METADATA:])}
    return WorkerFailedError(
        f"The worker of '{job.step}' failed: {why}.",
        hint="Raise the limit on workers." if limit else "The worker's own messages are in the metadata, and in the log.",
        **{name: text for name, text in facts.items() if text},
    )
