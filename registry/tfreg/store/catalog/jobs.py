"""What may become of a job: the same whichever catalog keeps it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfreg.core.conversions.records import Job
    from tfreg.core.conversions.results import JobFailure

_OPEN = ("queued", "running")


def is_open(job: Job) -> bool:
    """Whether a job has not ended."""
    return job.state.value in _OPEN


def updated(kept: Job, given: Job, now_ms: int) -> Job:
    """Returns an open job with what its owner, or who cancels it, says of it."""
    changed = replace(
        kept,
        state=given.state,
        progress=given.progress,
        failure=given.failure,
        artifact_digest=given.artifact_digest,
        owner=given.owner,
        alive_until_ms=given.alive_until_ms,
    )
    return changed if is_open(changed) else replace(changed, ended_at_ms=now_ms)


def failed(job: Job, failure: JobFailure, now_ms: int) -> Job:
    """Returns a job that ends by a failure now."""
    from tfreg.core.conversions.results import JobState  # most catalogs are never asked for a job

    return replace(job, state=JobState.FAILED, failure=failure, ended_at_ms=now_ms)
