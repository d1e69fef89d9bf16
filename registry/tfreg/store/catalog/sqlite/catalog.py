"""The catalog's methods, each of which is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from tfreg.core.digests import Digest
from tfreg.core.events import EventGroup, Watched
from tfreg.core.names import ModelName
from tfreg.core.records import (
    AliasMove,
    AliasMoved,
    ArtifactRecord,
    BlobRef,
    Collected,
    Committed,
    DeclaredSignature,
    Fingerprints,
    Lease,
    ModelRecord,
    NewVersion,
    SameVersion,
    SignatureDeclaration,
    VersionRecord,
)
from tfreg.store.catalog.refusals import model_not_found
from tfreg.store.catalog.sqlite import (
    aliases,
    collection,
    commits,
    conversions,
    deletion,
    events,
    jobs,
    leases,
    reading,
    runtimes,
    sameness,
    signatures,
)
from tfreg.store.catalog.sqlite.connections import Readers, Writer, connect
from tfreg.store.catalog.sqlite.encoding import compress, decompress
from tfreg.store.catalog.sqlite.failures import failures_told
from tfreg.store.catalog.sqlite.schema import bring_up_to_date

if TYPE_CHECKING:
    from tfreg.core.conversions.records import Derived, Job, NewDerived
    from tfreg.core.conversions.results import Check, JobFailure
    from tfreg.core.runtimes.profile import RuntimeProfile

_UNLINKED_AT_ONCE = 1000
"""So many files are unlinked before other writers get their turn."""
_DAY_MS = 24 * 3600 * 1000


class SqliteCatalog:
    """The catalog in one SQLite file; see `tfreg.app.ports.Catalog` for what the methods promise.

    Args:
        path: The file, as `make_catalog` made it.
    """

    def __init__(self, path: str) -> None:
        self._writer = Writer(path)
        self._readers = Readers(path)

    # -- blobs and leases --

    def lease_blobs(self, lease_id: str, blobs: Sequence[BlobRef], expires_at_ms: int, now_ms: int) -> tuple[Lease, list[Digest]]:
        """Takes or extends a lease, and says which blobs have no row."""
        with self._writer.transaction() as database:
            return leases.lease_blobs(database, lease_id, blobs, expires_at_ms, now_ms)

    def add_blobs(self, lease_id: str, blobs: Sequence[BlobRef], now_ms: int) -> None:
        """Writes the rows of sealed blobs."""
        with self._writer.transaction() as database:
            leases.add_blobs(database, lease_id, blobs, now_ms)

    def blob_sizes(self, digests: Sequence[Digest]) -> dict[Digest, int]:
        """Sizes of those of the digests that have a row."""
        with self._readers.snapshot() as connection:
            return reading.blob_sizes(connection, digests)

    def release_lease(self, lease_id: str) -> None:
        """Ends a lease."""
        with self._writer.transaction() as database:
            leases.release_lease(database, lease_id)

    # -- versions --

    def commit_version(self, new: NewVersion, now_ms: int) -> Committed:
        """Writes a version with its aliases, attachments and events."""
        with self._writer.transaction() as database:
            return commits.commit_version(database, new, now_ms)

    def model(self, name: ModelName) -> ModelRecord | None:
        """The model; None if there is none."""
        with self._readers.snapshot() as connection:
            return reading.model(connection, name)

    def models(self, prefix: str, after: str, limit: int) -> list[ModelRecord]:
        """Models by name."""
        with self._readers.snapshot() as connection:
            return reading.models(connection, prefix, after, limit)

    def model_sequence(self, name: ModelName) -> int:
        """The model's sequence number; 0 if there is no such model."""
        return cast("int | None", self._readers.value("SELECT sequence FROM models WHERE name = ?", name)) or 0

    def version(self, model: ModelName, number: int, *, deleted: bool = False) -> VersionRecord | None:
        """A version."""
        with self._readers.snapshot() as connection:
            found = reading.version(connection, model, number)
        return found if found is not None and (deleted or found.deleted_at_ms is None) else None

    def version_of_artifact(self, model: ModelName, digest: Digest) -> VersionRecord | None:
        """The newest version, not deleted, that has the artifact."""
        with self._readers.snapshot() as connection:
            return reading.version_of_artifact(connection, model, digest)

    def versions(self, model: ModelName, before: int, limit: int, *, deleted: bool = False) -> list[VersionRecord]:
        """Versions, newest first."""
        with self._readers.snapshot() as connection:
            return reading.versions(connection, model, before, limit, deleted)

    def artifact(self, digest: Digest) -> ArtifactRecord | None:
        """An artifact that some version holds."""
        with self._readers.snapshot() as connection:
            return reading.artifact(connection, digest)

    # -- aliases --

    def set_aliases(self, model: ModelName, moves: Sequence[AliasMove], now_ms: int) -> ModelRecord:
        """Moves aliases, all or none."""
        with self._writer.transaction() as database:
            model_id = reading.model_id(database.conn, model)
            if model_id is None:
                raise model_not_found(model)
            aliases.move_aliases(database, model, model_id, moves, now_ms)
            moved = reading.model(database.conn, model)
            assert moved is not None
            return moved

    def alias_moves(self, model: ModelName, alias: str, before_sequence: int, limit: int) -> list[AliasMoved]:
        """Moves of an alias, newest first."""
        with self._readers.snapshot() as connection:
            return reading.alias_moves(connection, model, alias, before_sequence, limit)

    # -- events --

    def newest_sequence(self) -> int:
        """The number of the newest event."""
        return cast("int | None", self._readers.value(events.NEWEST_SEQUENCE)) or 0

    def events(self, watched: Watched, after_sequence: int, limit: int) -> EventGroup:
        """Events of the models watched, oldest first."""
        with self._readers.snapshot() as connection:
            return events.read_events(connection, watched, after_sequence, limit)

    # -- runtimes --

    def keep_runtime(self, profile: RuntimeProfile, op_list: bytes, now_ms: int) -> None:
        """Keeps a runtime with its list of ops."""
        with self._writer.transaction() as database:
            runtimes.keep(database, profile, op_list, now_ms)

    def runtime(self, digest: Digest, now_ms: int) -> RuntimeProfile | None:
        """A runtime; None if there is none."""
        with self._readers.snapshot() as connection:
            found = runtimes.find(connection, digest)
        if found is None:
            return None
        profile, seen_at_ms = found
        if now_ms - seen_at_ms >= _DAY_MS:
            with self._writer.transaction() as database:
                runtimes.mark_seen(database, digest, now_ms)
        return profile

    def op_list(self, digest: Digest) -> bytes | None:
        """The list of ops of this digest."""
        with self._readers.snapshot() as connection:
            return runtimes.op_list(connection, digest)

    def forget_runtimes(self, seen_before_ms: int) -> int:
        """Removes runtimes that nobody asked with since a time."""
        with self._writer.transaction() as database:
            return runtimes.forget(database, seen_before_ms)

    # -- declared signatures --

    def declare_signature(
        self, model: ModelName, number: int, declared: DeclaredSignature, now_ms: int
    ) -> tuple[VersionRecord, bool]:
        """Adds a signature to a version."""
        with self._writer.transaction() as database:
            return signatures.declare(database, model, number, declared, now_ms)

    def withdraw_signature(self, model: ModelName, number: int, tags: Sequence[str], key: str, now_ms: int) -> VersionRecord:
        """Takes a declared signature back."""
        with self._writer.transaction() as database:
            return signatures.withdraw(database, model, number, tags, key, now_ms=now_ms)

    def declared_signatures(self, model: ModelName, number: int) -> list[DeclaredSignature]:
        """Those that hold now."""
        with self._readers.snapshot() as connection:
            return signatures.holding(connection, model, number)

    def signature_declarations(
        self, model: ModelName, number: int, before_addition: int, limit: int
    ) -> list[SignatureDeclaration]:
        """The journal, newest first."""
        with self._readers.snapshot() as connection:
            return signatures.journal(connection, model, number, before_addition, limit)

    # -- conversions --

    def commit_derived(self, new: NewDerived, now_ms: int) -> tuple[VersionRecord, Derived]:
        """Adds a derived artifact to a version."""
        with self._writer.transaction() as database:
            return conversions.commit_derived(database, new, now_ms)

    def derived(self, model: ModelName, number: int) -> list[Derived]:
        """The derived artifacts of a version, oldest first."""
        with self._readers.snapshot() as connection:
            return conversions.derived(connection, model, number)

    def derived_by_key(self, key: str) -> tuple[ArtifactRecord, Derived] | None:
        """One of any version that is memoised by this key."""
        with self._readers.snapshot() as connection:
            return conversions.derived_by_key(connection, key)

    def set_check(self, model: ModelName, number: int, artifact_digest: Digest, check: Check, now_ms: int) -> VersionRecord:
        """Keeps what a check showed."""
        with self._writer.transaction() as database:
            return conversions.set_check(database, model, number, artifact_digest, check, now_ms=now_ms)

    def unchecked(self, limit: int) -> list[tuple[ModelName, int, Derived]]:
        """Derived artifacts whose check is still to come."""
        with self._readers.snapshot() as connection:
            return conversions.unchecked(connection, limit)

    def open_job(self, job: Job, now_ms: int) -> tuple[Job, bool]:
        """Writes a job, unless one of the same key is open and alive."""
        with self._writer.transaction() as database:
            return jobs.open_job(database, job, now_ms)

    def update_job(self, job: Job, now_ms: int) -> Job:
        """Writes a job that is open."""
        with self._writer.transaction() as database:
            return jobs.update_job(database, job, now_ms)

    def job(self, job_id: str) -> Job | None:
        """A job; None if there is none."""
        with self._readers.snapshot() as connection:
            return jobs.find(connection, job_id)

    def fail_abandoned_jobs(self, failure: JobFailure, now_ms: int) -> int:
        """Fails the open jobs whose owner is gone."""
        with self._writer.transaction() as database:
            return jobs.fail_abandoned(database, failure, now_ms)

    def forget_jobs(self, ended_before_ms: int) -> int:
        """Removes jobs that ended before a time."""
        with self._writer.transaction() as database:
            return jobs.forget(database, ended_before_ms)

    # -- deletion --

    def delete_version(self, model: ModelName, number: int, *, purge: bool, now_ms: int) -> VersionRecord:
        """Marks a version deleted."""
        with self._writer.transaction() as database:
            return deletion.delete_version(database, model, number, purge, now_ms)

    def undelete_version(self, model: ModelName, number: int, now_ms: int) -> VersionRecord:
        """Takes a deletion back."""
        with self._writer.transaction() as database:
            return deletion.undelete_version(database, model, number, now_ms)

    def collect(self, deleted_before_ms: int, now_ms: int, unlink: Callable[[Sequence[Digest]], None]) -> Collected:
        """Removes what is beyond undeleting, first the rows, then the files."""
        with self._writer.transaction() as database:
            versions, gone = collection.remove_rows(database, deleted_before_ms, now_ms)
        for start in range(0, len(gone), _UNLINKED_AT_ONCE):
            self.unlink_strangers([blob.digest for blob in gone[start : start + _UNLINKED_AT_ONCE]], now_ms, unlink)
        return Collected(versions, len(gone), sum(blob.size_bytes for blob in gone))

    def expired_leases(self, now_ms: int) -> list[str]:
        """Leases that have expired."""
        with self._readers.snapshot() as connection:
            return leases.expired_leases(connection, now_ms)

    def unlink_strangers(self, digests: Sequence[Digest], now_ms: int, unlink: Callable[[Sequence[Digest]], None]) -> int:
        """Unlinks files that nobody knows."""
        with self._readers.snapshot() as connection:
            suspects = collection.strangers(connection, digests, now_ms)
        if not suspects:  # nearly always: no writer has to wait for a look around
            return 0
        with self._writer.transaction() as database:
            found = collection.strangers(database.conn, suspects, now_ms)
            if found:
                unlink(found)
        return len(found)

    def blobs(self, after: str, limit: int) -> list[BlobRef]:
        """Rows of blobs after a digest, sorted."""
        with self._readers.snapshot() as connection:
            return reading.blobs(connection, after, limit)

    # -- inspections --

    def inspection(self, digest: Digest, inspector_version: int) -> bytes | None:
        """The memoised inspection of an artifact."""
        query = "SELECT content FROM inspections WHERE digest = ? AND inspector_version = ?"
        content = cast("bytes | None", self._readers.value(query, digest, inspector_version))
        return None if content is None else decompress(content)

    def keep_inspection(self, digest: Digest, inspector_version: int, content: bytes) -> None:
        """Memoises an inspection."""
        row = {"digest": digest, "inspector_version": inspector_version, "content": compress(content)}
        with self._writer.transaction() as database:
            database.table("inspections", pk=("digest", "inspector_version")).upsert(row)

    # -- fingerprints --

    def fingerprints(self, digest: Digest, fingerprint_version: int) -> Fingerprints | None:
        """Those of an artifact."""
        with self._readers.snapshot() as connection:
            return sameness.fingerprints(connection, digest, fingerprint_version)

    def keep_fingerprints(self, digest: Digest, fingerprint_version: int, fingerprints: Fingerprints) -> None:
        """Keeps them to be found by."""
        with self._writer.transaction() as database:
            sameness.keep(database, digest, fingerprint_version, fingerprints)

    def without_fingerprints(self, fingerprint_version: int, limit: int) -> list[Digest]:
        """Artifacts that have none of this version."""
        with self._readers.snapshot() as connection:
            return sameness.without(connection, fingerprint_version, limit)

    def same_versions(
        self, digest: Digest, fingerprint_version: int, after: tuple[ModelName, int] | None, limit: int
    ) -> list[SameVersion]:
        """Versions that hold the same model."""
        with self._readers.snapshot() as connection:
            return sameness.same_versions(connection, digest, fingerprint_version, after, limit)

    def close(self) -> None:
        """Gives up connections."""
        self._readers.close()
        self._writer.close()


def make_catalog(path: str) -> None:
    """Makes the file, or brings one of an older tfreg up to date. The caller sees to it that nobody else does so at the same time.

    Raises:
        DataFolderInvalidError: A newer tfreg wrote it, or it is no such file.
    """
    with failures_told(path):
        connection = connect(path)
        try:
            bring_up_to_date(connection, path)
        finally:
            connection.close()
