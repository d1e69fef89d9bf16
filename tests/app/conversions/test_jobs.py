"""Jobs: done once for all who ask, whichever process they ask, and to their end though nobody waits."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tfreg.app.conversions.jobs import Jobs, JobTimes
from tfreg.core.conversions.records import Job
from tfreg.core.conversions.results import JobState, Progress
from tfreg.core.errors import (
    CancelledError,
    ConversionInterruptedError,
    InternalError,
    JobNotFoundError,
    OpUnsupportedError,
    TfregError,
)

OF = ("team/bert", 1, "frozen_graph")
TIMES = JobTimes(alive_s=5, beat_s=0.02)


def always():
    return True


@pytest.fixture
def jobs(registry):
    return registry.jobs


@pytest.fixture
def other(registry):
    """The jobs of another process on the same catalog."""
    made = Jobs(registry.stores, TIMES)
    yield made
    made.close()


class Gate:
    """Work that goes on when it is told to."""

    def __init__(self):
        self.begun, self.go = threading.Event(), threading.Event()
        self.runs = 0

    def __call__(self, report, still_wanted):
        self.runs += 1
        report(Progress("freezing", 0.5, "half"))
        self.begun.set()
        while not self.go.wait(0.01):
            if not still_wanted():
                raise CancelledError("not wanted")
        return "sha256:result"


def follow(jobs, work, key="key", still_there=always):
    return [job.state for job in jobs.share(key, OF, work, still_there)]


def test_work_is_done_and_its_job_can_be_looked_up(jobs, registry):
    seen = list(jobs.share("key", OF, lambda report, wanted: "sha256:result", always))
    assert seen[-1].state is JobState.DONE
    kept = registry.stores.catalog.job(seen[-1].id)
    assert (kept.state, kept.artifact_digest, kept.model, kept.target) == (
        JobState.DONE,
        "sha256:result",
        "team/bert",
        "frozen_graph",
    )
    assert jobs.get(kept.id) == kept
    with pytest.raises(JobNotFoundError):
        jobs.get("unknown")


def test_identical_requests_share_one_run_and_see_its_progress(jobs):
    work = Gate()
    with ThreadPoolExecutor(3) as pool:
        first = [pool.submit(follow, jobs, work) for _ in range(2)]
        assert work.begun.wait(60)
        late = jobs.share("key", OF, work, always)
        assert next(late).progress == Progress("freezing", 0.5, "half")
        work.go.set()
        assert [job.state for job in late][-1] is JobState.DONE
        assert [one.result()[-1] for one in first] == [JobState.DONE] * 2
    assert work.runs == 1


def test_another_process_waits_for_the_one_that_works(jobs, other):
    work, never = Gate(), Gate()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(follow, jobs, work)
        assert work.begun.wait(60)
        second = pool.submit(follow, other, never)
        work.go.set()
        assert first.result()[-1] is second.result()[-1] is JobState.DONE
    assert never.runs == 0


def test_an_error_reaches_all_who_wait_as_it_was_raised(jobs, registry):
    def refuse(report, still_wanted):
        raise OpUnsupportedError("The op Foo of node 'x' cannot be frozen.", hint="Do without.", operation="x")

    with pytest.raises(OpUnsupportedError) as caught:
        follow(jobs, refuse)
    assert (caught.value.hint, caught.value.metadata) == ("Do without.", {"operation": "x"})
    assert follow(jobs, lambda *_: "sha256:1")[-1] is JobState.DONE, "the next one works"


def test_a_bug_is_told_by_its_number_only(jobs, caplog):
    def fail(report, still_wanted):
        raise ValueError("secret thing")

    with pytest.raises(InternalError) as caught:
        follow(jobs, fail)
    assert "secret" not in str(caught.value)
    assert caught.value.metadata["incident"] in caplog.text


def test_work_goes_on_when_its_caller_leaves(jobs):
    work, here = Gate(), threading.Event()
    here.set()
    with ThreadPoolExecutor(1) as pool:
        caller = pool.submit(follow, jobs, work, still_there=here.is_set)
        assert work.begun.wait(60)
        here.clear()
        with pytest.raises(CancelledError):
            caller.result()
        later = jobs.share("key", OF, work, always)
        job = next(later)
        work.go.set()
        assert list(later)[-1] == replace(jobs.get(job.id))
    assert work.runs == 1


def test_a_cancelled_job_ends_for_all_and_the_next_works(jobs, registry):
    work = Gate()
    with ThreadPoolExecutor(1) as pool:
        caller = pool.submit(follow, jobs, work)
        assert work.begun.wait(60)
        job = next(jobs.share("key", OF, work, always))
        assert jobs.cancel(job.id).state is JobState.CANCELLED
        with pytest.raises(CancelledError) as caught:
            caller.result()
        assert caught.value.metadata["job_id"] == job.id
    assert jobs.cancel(job.id).state is JobState.CANCELLED
    assert registry.stores.catalog.job(job.id).state is JobState.CANCELLED
    assert follow(jobs, lambda *_: "sha256:1")[-1] is JobState.DONE


def test_another_process_can_cancel(jobs, other):
    work = Gate()
    with ThreadPoolExecutor(1) as pool:
        caller = pool.submit(follow, jobs, work)
        assert work.begun.wait(60)
        other.cancel(next(jobs.share("key", OF, work, always)).id)
        with pytest.raises(CancelledError):
            caller.result(60)


def test_a_job_that_has_ended_is_not_cancelled(jobs):
    *_, job = jobs.share("key", OF, lambda *_: "sha256:1", always)
    assert jobs.cancel(job.id).state is JobState.DONE


def test_a_job_whose_process_is_gone_is_done_anew(jobs, registry):
    now_ms = registry.time.now_ms
    dead = Job("dead", "key", *OF, owner="killed", alive_until_ms=now_ms + 1000, created_at_ms=now_ms)
    registry.stores.catalog.open_job(dead, now_ms)
    with ThreadPoolExecutor(1) as pool:
        caller = pool.submit(follow, jobs, lambda *_: "sha256:1")
        registry.time.now_ms += 1000
        assert caller.result(60)[-1] is JobState.DONE
    assert jobs.get("dead").failure.reason == "CONVERSION_INTERRUPTED"


def test_a_job_whose_process_is_gone_is_told_as_failed(jobs, registry):
    now_ms = registry.time.now_ms
    dead = Job("dead", "key", *OF, owner="killed", alive_until_ms=now_ms + 1000, created_at_ms=now_ms)
    registry.stores.catalog.open_job(dead, now_ms)
    assert jobs.get("dead").state is JobState.QUEUED
    registry.time.now_ms += 1000
    assert jobs.get("dead").state is JobState.FAILED


def test_a_job_gives_signs_of_life(jobs, registry):
    work = Gate()
    with ThreadPoolExecutor(1) as pool:
        caller = pool.submit(follow, jobs, work)
        assert work.begun.wait(60)
        job = next(jobs.share("key", OF, work, always))
        told = registry.stores.catalog.job(job.id)
        for _ in range(500):
            registry.time.now_ms += 100
            told = registry.stores.catalog.job(job.id)
            if told.alive_until_ms > job.alive_until_ms and told.progress.stage == "freezing":
                break
            threading.Event().wait(0.01)
        assert told.alive_until_ms > job.alive_until_ms
        assert told.progress == Progress("freezing", 0.5, "half")
        work.go.set()
        assert caller.result()[-1] is JobState.DONE


def test_a_process_that_ends_fails_its_jobs(registry):
    jobs, work = Jobs(registry.stores, TIMES), Gate()
    with ThreadPoolExecutor(1) as pool:
        caller = pool.submit(follow, jobs, work)
        assert work.begun.wait(60)
        jobs.close()
        with pytest.raises(ConversionInterruptedError):
            caller.result()
    with pytest.raises(ConversionInterruptedError):
        follow(jobs, work)


def test_a_job_ends_though_that_cannot_be_written(jobs, registry, caplog):
    def full(job, now_ms):
        raise TfregError("The disk is full.")

    registry.stores.catalog.update_job = full
    assert follow(jobs, lambda *_: "sha256:1")[-1] is JobState.DONE
    assert "could not be written" in caplog.text


def test_old_jobs_are_forgotten(jobs, registry):
    *_, job = jobs.share("key", OF, lambda *_: "sha256:1", always)
    registry.time.now_ms += 8 * 24 * 3600 * 1000
    jobs.tidy()
    with pytest.raises(JobNotFoundError):
        jobs.get(job.id)
