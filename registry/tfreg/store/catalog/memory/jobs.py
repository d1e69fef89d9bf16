"""Jobs: conversions that are worked on, or were."""

from __future__ import annotations

from tfreg.core.conversions.records import Job
from tfreg.core.conversions.results import JobFailure
from tfreg.store.catalog.jobs import failed, is_open, updated
from tfreg.store.catalog.memory.state import State
from tfreg.store.catalog.refusals import interrupted, job_not_found


def open_job(state: State, job: Job, now_ms: int) -> tuple[Job, bool]:
    """Writes a job, unless one of the same key is open and alive."""
    found = next((one for one in state.jobs.values() if one.key == job.key and is_open(one)), None)
    if found is not None:
        if found.alive_until_ms > now_ms:
            return found, False
        state.jobs[found.id] = failed(found, interrupted(), now_ms)
    state.jobs[job.id] = job
    return job, True


def update_job(state: State, job: Job, now_ms: int) -> Job:
    """Writes a job, unless it has ended."""
    kept = state.jobs.get(job.id)
    if kept is None:
        raise job_not_found(job.id)
    if is_open(kept):
        state.jobs[job.id] = updated(kept, job, now_ms)
    return state.jobs[job.id]


def fail_abandoned(state: State, failure: JobFailure, now_ms: int) -> int:
    """Fails open jobs whose owner is gone. Returns how many these were."""
    abandoned = [job for job in state.jobs.values() if is_open(job) and job.alive_until_ms <= now_ms]
    state.jobs.update((job.id, failed(job, failure, now_ms)) for job in abandoned)
    return len(abandoned)


def forget(state: State, ended_before_ms: int) -> int:
    """Removes jobs that ended before a time. Returns how many."""
    old = [job.id for job in state.jobs.values() if not is_open(job) and job.ended_at_ms < ended_before_ms]
    for job_id in old:
        del state.jobs[job_id]
    return len(old)
