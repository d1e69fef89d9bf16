"""Workers that wait with TensorFlow imported, one job each: what runs steps (`StepRunner`)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tfreg.convert.executors.conversation import Job, run_job
from tfreg.convert.executors.folders import ScratchFolder, remove_tree
from tfreg.convert.executors.materialising import materialise
from tfreg.convert.executors.options import RunnerOptions
from tfreg.convert.executors.probing import find_walls
from tfreg.convert.executors.process import WorkerProcess, worker_setup
from tfreg.convert.step_names import module_of
from tfreg.core.conversions.results import Progress
from tfreg.core.conversions.steps import Report, StepJob, StepResult, StepRunner, StillWanted
from tfreg.core.errors import CancelledError, ForeignCodeError, InternalError, WorkerFailedError

_PAUSE_S = 0.1


def open_runner(options: RunnerOptions) -> StepRunner:
    """Opens a pool of workers. Whether there are walls here is found out by the first job, or by the first worker that waits.

    Raises:
        WorkerFailedError: The folder for work cannot be written.
    """
    try:
        return WorkerPool(options)
    except OSError as error:
        raise WorkerFailedError(
            f"There is no place to work in: '{options.scratch}' cannot be written ({error.strerror}).",
            hint="Workers need a folder of tfreg's own: see to its permissions, and to room on its disk.",
            path=str(options.scratch),
        ) from None


class WorkerPool:
    """See `StepRunner`. All workers are started by one thread: the kernel ends a worker with the thread that started it."""

    def __init__(self, options: RunnerOptions) -> None:
        self._options = options
        self._scratch = ScratchFolder(options.scratch)
        self._slots = threading.BoundedSemaphore(options.workers)
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="tfreg-workers")
        self._lock = threading.Lock()
        self._waiting: list[WorkerProcess] = []
        self._ended = threading.Condition(self._lock)
        self._busy = 0
        self._closed = False
        if options.warm:
            self._starter.submit(self._warm_up)

    @contextmanager
    def run(self, job: StepJob, report: Report, still_wanted: StillWanted) -> Iterator[StepResult]:
        """See `StepRunner`."""
        self._check(job)

        def wanted() -> bool:
            return not self._closed and still_wanted()

        with self._counted():
            worker: WorkerProcess | None = None
            try:
                with self._slot(wanted, report):
                    worker = self._take()
                    roles = {role: materialise(tree, worker.folder / "in" / role, wanted) for role, tree in job.inputs.items()}
                    leave = {"runs_foreign_code": job.runs_foreign_code}  # the step looks again, and refuses without
                    told = Job(job.step, roles, json.loads(job.arguments) | leave)
                    tree, facts = run_job(worker, told, self._options.limits, report, wanted)
                yield StepResult(tree, facts)
            finally:
                if worker is not None:
                    worker.remove()

    def close(self) -> None:
        """See `StepRunner`. Waits until jobs that run are cancelled, and their results given back."""
        with self._lock:
            self._closed = True
            waiting, self._waiting = self._waiting, []
        for worker in waiting:
            worker.remove()
        with self._ended:
            self._ended.wait_for(lambda: not self._busy, timeout=30)
        self._starter.shutdown()
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for worker in waiting:
            worker.remove()
        self._scratch.close()

    def _check(self, job: StepJob) -> None:
        """Refuses a job that must not run.

        Raises:
            ForeignCodeError: It runs foreign code, and that is not allowed.
            InternalError: There is no such step.
        """
        try:
            module_of(job.step, self._options.extra_steps)
        except ValueError as error:
            raise InternalError(f"{error}.") from None
        if job.runs_foreign_code and not self._options.allow_foreign_code:
            raise ForeignCodeError(
                "The model runs Python code of its author's own when it is loaded, which is not allowed here.",
                hint="Push a SavedModel instead: its graph runs no Python. Or allow foreign code where conversions run.",
            )

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._busy += 1
        try:
            yield
        finally:
            with self._ended:
                self._busy -= 1
                self._ended.notify_all()

    @contextmanager
    def _slot(self, wanted: StillWanted, report: Report) -> Iterator[None]:
        """Waits until a worker may run. A result that is being taken needs no slot."""
        waited = False
        while True:
            if not wanted():
                raise CancelledError("The conversion was cancelled.")
            if self._slots.acquire(timeout=_PAUSE_S if waited else 0):
                break
            if not waited:
                report(Progress("queued"))
            waited = True
        try:
            yield
        finally:
            self._slots.release()

    def _take(self) -> WorkerProcess:
        """Returns a worker that waits, or a new one; a next one is warmed in the background."""
        while True:
            with self._lock:
                worker = self._waiting.pop(0) if self._waiting else None
            try:
                if worker is None:
                    worker = self._starter.submit(self._start).result()
                if self._options.warm:
                    self._starter.submit(self._warm_up)
            except RuntimeError:
                raise CancelledError("The conversion was cancelled: its workers are being ended.") from None
            if worker.alive:
                return worker
            worker.remove()

    def _warm_up(self) -> None:
        """Starts workers ahead, as many as shall wait. Nobody asks for the outcome: a job finds out for itself."""
        while not self._closed and len(self._waiting) < self._options.warm:
            worker = self._start()
            with self._lock:
                self._waiting.append(worker)

    def _start(self) -> WorkerProcess:
        """Starts a worker.

        Raises:
            SandboxUnavailableError: No walls can be had, and it must not run without.
            WorkerFailedError: It does not start.
        """
        options = self._options
        found = find_walls(options.sandbox, allow_unsandboxed=options.allow_unsandboxed)
        folder = self._scratch.make()
        setup = worker_setup(
            found, folder, options.limits, options.extra_steps, warm=options.warm > 0 and options.import_tensorflow
        )
        try:
            return WorkerProcess(setup)
        except OSError as error:
            remove_tree(folder)
            raise WorkerFailedError(f"A worker does not start: {error.strerror}.", step="") from None
