"""Jobs: each conversion is worked on once, however many ask for it, in this process or in others on the same catalog.

The work goes on when its caller leaves. A process says of its jobs every few seconds that they are alive; those of a process that does
so no longer are failed by whoever comes across them.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Event, Lock, Thread

from tfreg.app.conversions.failures import error_of, failure_of
from tfreg.app.conversions.running import ENDED, Running
from tfreg.app.stores import Stores
from tfreg.app.wanted import StillWanted, check_wanted
from tfreg.core.conversions.records import Job
from tfreg.core.conversions.results import JobState
from tfreg.core.conversions.steps import Report
from tfreg.core.errors import CancelledError, ConversionInterruptedError, JobNotFoundError
from tfreg.core.names import ModelName

Work = Callable[[Report, StillWanted], str]
"""Does the work of a job. Returns the digest of the result."""

_FORGET_AFTER_S = 7 * 24 * 3600
_log = logging.getLogger("tfreg.server")


@dataclass(frozen=True, slots=True)
class JobTimes:
    """How jobs are watched over.

    Attributes:
        alive_s: So long after a sign of life a job counts as alive.
        beat_s: How often the process gives one, and looks whether somebody cancelled a job; also how often it asks after others' jobs.
    """

    alive_s: float = 15.0
    beat_s: float = 1.0


class Jobs:
    """The jobs of this process.

    Args:
        stores: Where jobs are kept.
        times: How they are watched over.
        threads: How many are worked on at a time; as many again of those that run TensorFlow.
    """

    def __init__(self, stores: Stores, times: JobTimes | None = None, threads: int = 4) -> None:
        self._stores = stores
        self._times = times or JobTimes()
        self._owner = secrets.token_hex(8)
        self._lock = Lock()
        self._running: dict[str, Running] = {}
        self._closing = Event()
        self._beating: Thread | None = None
        self._pools = {slow: ThreadPoolExecutor(threads, thread_name_prefix="conversion") for slow in (False, True)}

    def share(
        self, key: str, of: tuple[ModelName, int, str], work: Work, still_there: StillWanted, *, slow: bool = False
    ) -> Iterator[Job]:
        """Does some work, or waits for whoever does it already. Yields the job whenever it has changed, the last time when it is done.

        Args:
            key: Names the work.
            of: Model, version and target, for those who look at the job.
            work: Does it, on another thread.
            still_there: Whether the caller still waits.
            slow: Whether TensorFlow is run: such work does not keep quick work waiting.

        Raises:
            CancelledError: Somebody cancelled the job, or the caller is gone.
            TfregError: What the work raised.
        """
        while True:
            last: Job | None = None
            for last in self._updates(key, of, work, still_there, slow=slow):
                yield last
            check_wanted(still_there)
            if last is not None and last.state in ENDED:
                return _check(last)

    def get(self, job_id: str) -> Job:
        """Returns a job.

        Raises:
            JobNotFoundError: There is none of that id.
        """
        own = self._own(job_id)
        job = own.job if own is not None else self._stores.catalog.job(job_id)
        if job is not None and own is None and job.state not in ENDED and job.alive_until_ms <= self._stores.clock():
            self.tidy()
            job = self._stores.catalog.job(job_id)
        if job is None:
            raise JobNotFoundError(
                f"There is no job {job_id[:64]!r}.", hint="It may have ended more than a week ago.", job_id=job_id[:64]
            )
        return job

    def cancel(self, job_id: str) -> Job:
        """Ends a job for all who wait for it. One that has ended stays as it is.

        Raises:
            JobNotFoundError: There is none of that id.
        """
        cancelled = replace(self.get(job_id), state=JobState.CANCELLED)
        kept = self._stores.catalog.update_job(cancelled, self._stores.clock())
        own = self._own(job_id)
        if own is not None and kept.state in ENDED:
            self._drop(own)
            own.end(kept)
        return kept

    def tidy(self) -> None:
        """Fails the jobs of processes that are gone, and forgets those that ended a week ago."""
        now_ms = self._stores.clock()
        self._stores.catalog.fail_abandoned_jobs(failure_of(_interrupted()), now_ms)
        self._stores.catalog.forget_jobs(now_ms - _FORGET_AFTER_S * 1000)

    def close(self) -> None:
        """Ends all work; jobs that are not done fail."""
        self._closing.set()
        with self._lock:
            for running in self._running.values():
                running.stop()
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=False)
        if self._beating is not None:
            self._beating.join()

    def _updates(
        self, key: str, of: tuple[ModelName, int, str], work: Work, still_there: StillWanted, *, slow: bool
    ) -> Iterator[Job]:
        running, job = self._take(key, of, work, slow=slow)
        return self._others_updates(job, still_there) if running is None else running.updates(still_there)

    def _take(self, key: str, of: tuple[ModelName, int, str], work: Work, *, slow: bool) -> tuple[Running | None, Job]:
        """Returns the job of a key: one that this process works on, a new one, or another process's."""
        with self._lock:
            running = self._running.get(key)
            if running is not None:
                return running, running.job
            if self._closing.is_set():
                raise _interrupted()
            now_ms = self._stores.clock()
            job, is_new = self._stores.catalog.open_job(self._new_job(key, of, now_ms), now_ms)
            if not is_new:
                return None, job
            running = self._running[key] = Running(job)
            self._beat()
            self._pools[slow].submit(self._work, running, work)
            return running, job

    def _new_job(self, key: str, of: tuple[ModelName, int, str], now_ms: int) -> Job:
        model, number, target = of
        return Job(
            id=secrets.token_hex(16),
            key=key,
            model=model,
            number=number,
            target=target,
            owner=self._owner,
            alive_until_ms=now_ms + int(self._times.alive_s * 1000),
            created_at_ms=now_ms,
        )

    def _work(self, running: Running, work: Work) -> None:
        try:
            check_wanted(running.still_wanted)
            digest = work(running.report, running.still_wanted)
            ended = replace(
                running.job, state=JobState.DONE, progress=replace(running.job.progress, share=1.0), artifact_digest=digest
            )
        except CancelledError:  # by `cancel`, which wrote so already, or by `close`
            ended = replace(running.job, state=JobState.FAILED, failure=failure_of(_interrupted()))
        except Exception as error:
            ended = replace(running.job, state=JobState.FAILED, failure=failure_of(error))
        try:
            ended = self._stores.catalog.update_job(ended, self._stores.clock())
        except Exception:  # such as a full disk: the job will count as abandoned, but those who wait here learn what happened
            _log.exception("The end of job %s could not be written", ended.id)
        self._drop(running)
        running.end(ended)

    def _drop(self, running: Running) -> None:
        with self._lock:
            if self._running.get(running.job.key) is running:
                del self._running[running.job.key]

    def _own(self, job_id: str) -> Running | None:
        with self._lock:
            return next((running for running in self._running.values() if running.job.id == job_id), None)

    def _others_updates(self, job: Job, still_there: StillWanted) -> Iterator[Job]:
        """Yields another process's job whenever it has changed, until it has ended or counts as abandoned."""
        seen: Job | None = None
        while still_there():
            if seen is None or (job.state, job.progress) != (seen.state, seen.progress):
                seen = job
                yield job
            if job.state in ENDED or job.alive_until_ms <= self._stores.clock():
                return
            if self._closing.wait(min(self._times.beat_s, 0.2)):
                raise _interrupted()
            job = self._stores.catalog.job(job.id) or job

    def _beat(self) -> None:
        """Starts the thread that gives signs of life. The lock is held."""
        if self._beating is None:
            self._beating = Thread(target=self._give_signs, name="jobs-alive", daemon=True)
            self._beating.start()

    def _give_signs(self) -> None:
        while not self._closing.wait(self._times.beat_s):
            with self._lock:
                jobs = list(self._running.values())
            for running in jobs:
                try:
                    self._give_sign(running)
                except Exception:
                    _log.exception("Job %s could not be said to be alive", running.job.id)

    def _give_sign(self, running: Running) -> None:
        job, now_ms = running.job, self._stores.clock()
        is_due = now_ms + int(self._times.alive_s * 500) > running.written.alive_until_ms
        if job.state in ENDED or not (is_due or job.progress != running.written.progress):
            kept = self._stores.catalog.job(job.id)  # whether somebody cancelled it by another server
            if kept is None:
                return
        else:
            told = replace(job, alive_until_ms=now_ms + int(self._times.alive_s * 1000))
            kept = running.written = self._stores.catalog.update_job(told, now_ms)
        if kept.state in ENDED:
            self._drop(running)
            running.end(kept)


def _check(job: Job) -> None:
    """Raises what a job that has ended failed with."""
    if job.state is JobState.CANCELLED:
        raise CancelledError("The conversion was cancelled.", hint="Ask again if you need it after all.", job_id=job.id)
    if job.failure is not None:
        raise error_of(job.failure)


def _interrupted() -> ConversionInterruptedError:
    return ConversionInterruptedError(
        "The server that worked on the conversion went away.", hint="Ask again: nothing of it was kept."
    )
