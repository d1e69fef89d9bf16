"""Jobs: conversions that are worked on, or were, by whichever process."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from tfreg.store.catalog.jobs import failed, is_open, updated
from tfreg.store.catalog.refusals import interrupted, job_not_found
from tfreg.store.catalog.sqlite.encoding import read_job, write_job

if TYPE_CHECKING:
    from sqlite_utils import Database

    from tfreg.core.conversions.records import Job
    from tfreg.core.conversions.results import JobFailure


def open_job(database: Database, job: Job, now_ms: int) -> tuple[Job, bool]:
    """Writes a job, unless one of the same key is open and alive."""
    row = database.conn.execute("SELECT job FROM jobs WHERE key = ? AND is_open", (job.key,)).fetchone()
    if row is not None:
        found = read_job(row[0])
        if found.alive_until_ms > now_ms:
            return found, False
        _write(database, failed(found, interrupted(), now_ms))
    _write(database, job)
    return job, True


def update_job(database: Database, job: Job, now_ms: int) -> Job:
    """Writes a job, unless it has ended."""
    kept = find(database.conn, job.id)
    if kept is None:
        raise job_not_found(job.id)
    if not is_open(kept):
        return kept
    found = updated(kept, job, now_ms)
    _write(database, found)
    return found


def find(connection: sqlite3.Connection, job_id: str) -> Job | None:
    """A job; None if there is none."""
    row = connection.execute("SELECT job FROM jobs WHERE id = ?", (job_id,)).fetchone()
    return read_job(row[0]) if row else None


def fail_abandoned(database: Database, failure: JobFailure, now_ms: int) -> int:
    """Fails open jobs whose owner is gone. Returns how many these were."""
    query = "SELECT job FROM jobs WHERE is_open AND alive_until_ms <= ?"
    rows = database.conn.execute(query, (now_ms,)).fetchall()
    for (content,) in rows:
        _write(database, failed(read_job(content), failure, now_ms))
    return len(rows)


def forget(database: Database, ended_before_ms: int) -> int:
    """Removes jobs that ended before a time. Returns how many."""
    query = "DELETE FROM jobs WHERE NOT is_open AND ended_at_ms < ? RETURNING id"
    return len(database.execute(query, (ended_before_ms,)).fetchall())


def _write(database: Database, job: Job) -> None:
    row = {
        "id": job.id,
        "key": job.key,
        "is_open": int(is_open(job)),
        "alive_until_ms": job.alive_until_ms,
        "ended_at_ms": job.ended_at_ms,
        "job": write_job(job),
    }
    database.table("jobs", pk="id").upsert(row)
