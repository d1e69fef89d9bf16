"""What every catalog promises of jobs. tests/store/conftest.py says which catalogs these are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tfreg.core.conversions.results import JobFailure, JobState, Progress
from tfreg.core.errors import JobNotFoundError

NOW, LATER = 1_000_000, 2_000_000
GONE = JobFailure("ABORTED", "CONVERSION_INTERRUPTED", "It went away.", metadata={"owner": "process"})


def test_a_job_is_read_as_it_was_written(catalog, samples):
    job = samples.job("a", progress=Progress("freezing", 0.5, "half"))
    assert catalog.job("a") is None
    assert catalog.open_job(job, NOW) == (job, True)
    assert catalog.job("a") == job


def test_identical_requests_share_a_job(catalog, samples):
    first = samples.job("a")
    catalog.open_job(first, NOW)
    assert catalog.open_job(samples.job("b"), NOW) == (first, False)
    assert catalog.job("b") is None
    other = samples.job("c", key="another key")
    assert catalog.open_job(other, NOW) == (other, True)


@pytest.mark.parametrize("ended", [JobState.DONE, JobState.FAILED, JobState.CANCELLED])
def test_a_job_that_has_ended_is_not_shared(catalog, samples, ended):
    catalog.open_job(samples.job("a"), NOW)
    catalog.update_job(samples.job("a", state=ended), NOW + 1)
    assert catalog.open_job(samples.job("b"), NOW + 2) == (samples.job("b"), True)


def test_an_abandoned_job_fails_and_another_begins(catalog, samples):
    catalog.open_job(samples.job("a", alive_until_ms=NOW + 10), NOW)
    assert catalog.open_job(samples.job("b"), NOW + 10) == (samples.job("b"), True)
    abandoned = catalog.job("a")
    assert (abandoned.state, abandoned.ended_at_ms) == (JobState.FAILED, NOW + 10)
    assert (abandoned.failure.kind, abandoned.failure.reason) == ("ABORTED", "CONVERSION_INTERRUPTED")


def test_a_job_that_says_it_is_alive_is_not_abandoned(catalog, samples):
    catalog.open_job(samples.job("a", alive_until_ms=NOW + 10), NOW)
    told = samples.job("a", alive_until_ms=NOW + 20, state=JobState.RUNNING, progress=Progress("storing", 0.9))
    assert catalog.update_job(told, NOW + 9) == told
    assert catalog.fail_abandoned_jobs(GONE, NOW + 19) == 0
    assert catalog.open_job(samples.job("b"), NOW + 19) == (told, False)


def test_a_job_that_has_ended_stays_as_it_is(catalog, samples):
    catalog.open_job(samples.job("a"), NOW)
    cancelled = catalog.update_job(samples.job("a", state=JobState.CANCELLED), NOW + 1)
    assert cancelled == samples.job("a", state=JobState.CANCELLED, ended_at_ms=NOW + 1)
    assert catalog.update_job(samples.job("a", state=JobState.DONE, artifact_digest="sha256:0"), NOW + 2) == cancelled
    assert catalog.job("a") == cancelled


def test_a_job_that_is_not_there_is_not_updated(catalog, samples):
    with pytest.raises(JobNotFoundError) as caught:
        catalog.update_job(samples.job("a"), NOW)
    assert caught.value.metadata["job_id"] == "a"


def test_jobs_whose_owner_is_gone_are_failed(catalog, samples):
    catalog.open_job(samples.job("a", "a", alive_until_ms=NOW + 10), NOW)
    catalog.open_job(samples.job("b", "b", alive_until_ms=NOW + 30), NOW)
    catalog.open_job(samples.job("c", "c", alive_until_ms=NOW + 5), NOW)
    done = catalog.update_job(replace(catalog.job("c"), state=JobState.DONE), NOW + 1)
    assert catalog.fail_abandoned_jobs(GONE, NOW + 20) == 1
    assert catalog.job("a").failure == GONE
    assert catalog.job("b").state is JobState.QUEUED
    assert catalog.job("c") == done


def test_jobs_are_forgotten_some_time_after_they_ended(catalog, samples):
    for job_id in "ab":
        catalog.open_job(samples.job(job_id, job_id), NOW)
    catalog.update_job(samples.job("a", "a", state=JobState.DONE), NOW + 5)
    assert catalog.forget_jobs(NOW + 5) == 0
    assert catalog.forget_jobs(NOW + 6) == 1
    assert catalog.job("a") is None
    assert catalog.job("b") is not None, "it has not ended"
