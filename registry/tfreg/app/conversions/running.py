"""A job that this process works on, as those see it who wait for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from threading import Condition

from tfreg.app.wanted import StillWanted
from tfreg.core.conversions.records import Job
from tfreg.core.conversions.results import JobState, Progress

_LOOK_S = 0.5
"""How often somebody who waits looks whether its caller is still there."""
ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


class Running:
    """A job and how far it is.

    Attributes:
        written: The job as the catalog has it.
    """

    def __init__(self, job: Job) -> None:
        self.written = job
        self._job = job
        self._stopped = False
        self._changed = Condition()

    @property
    def job(self) -> Job:
        """The job as it is now."""
        return self._job

    def report(self, progress: Progress) -> None:
        """Takes note of how far the work is."""
        self._show(replace(self._job, state=JobState.RUNNING, progress=progress))

    def still_wanted(self) -> bool:
        """Whether the work is to go on."""
        return not self._stopped

    def stop(self) -> None:
        """Tells the work to end."""
        self._stopped = True

    def end(self, job: Job) -> None:
        """Tells all who wait that the job has ended."""
        self._stopped = True
        self._show(job)

    def updates(self, still_there: StillWanted) -> Iterator[Job]:
        """Yields the job whenever it has changed, the last time as it ended; stops before if the caller is gone."""
        seen: Job | None = None
        while still_there():
            with self._changed:
                if self._job is seen:
                    self._changed.wait(_LOOK_S)
                found = self._job
            if found is not seen:
                seen = found
                yield found
            if found.state in ENDED:
                return

    def _show(self, job: Job) -> None:
        with self._changed:
            if self._job.state not in ENDED:
                self._job = job
            self._changed.notify_all()
