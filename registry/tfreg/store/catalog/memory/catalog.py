"""The catalog's methods, each of which runs alone."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from itertools import islice
from threading import RLock
from typing import TypeVar, cast

from tfreg.core.conversions.records import Derived, Job, NewDerived
from tfreg.core.conversions.results import Check, JobFailure
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
from tfreg.core.runtimes.profile import RuntimeProfile
from tfreg.store.catalog.memory import (
    aliases,
    collection,
    commits,
    conversions,
    deletion,
    jobs,
    leases,
    runtimes,
    sameness,
    signatures,
)
from tfreg.store.catalog.memory.state import State

_Method = TypeVar("_Method", bound=Callable[..., object])


def _one_at_a_time(method: _Method) -> _Method:
    """Runs a method under the catalog's lock."""

    @functools.wraps(method)
    def locked(self: MemoryCatalog, *args: object, **options: object) -> object:
        with self.lock:
            return method(self, *args, **options)

    return cast("_Method", locked)


class MemoryCatalog:
    """Keeps all facts in dictionaries; see `tfreg.app.ports.Catalog` for what the methods promise."""

    def __init__(self) -> None:
        self.lock = RLock()
        self._state = State()

    # -- blobs and leases --

    @_one_at_a_time
    def lease_blobs(self, lease_id: str, blobs: Sequence[BlobRef], expires_at_ms: int, now_ms: int) -> tuple[Lease, list[Digest]]:
        """Takes or extends a lease, and says which blobs have no row."""
        return leases.lease_blobs(self._state, lease_id, blobs, expires_at_ms, now_ms)

    @_one_at_a_time
    def add_blobs(self, lease_id: str, blobs: Sequence[BlobRef], now_ms: int) -> None:
        """Writes the rows of sealed blobs."""
        leases.add_blobs(self._state, lease_id, blobs, now_ms)

    @_one_at_a_time
    def blob_sizes(self, digests: Sequence[Digest]) -> dict[Digest, int]:
        """Sizes of those of the digests that have a row."""
        return {digest: self._state.blobs[digest] for digest in digests if digest in self._state.blobs}

    @_one_at_a_time
    def release_lease(self, lease_id: str) -> None:
        """Ends a lease."""
        self._state.leases.pop(lease_id, None)

    # -- versions --

    @_one_at_a_time
    def commit_version(self, new: NewVersion, now_ms: int) -> Committed:
        """Writes a version with its aliases, attachments and events."""
        return commits.commit_version(self._state, new, now_ms)

    @_one_at_a_time
    def model(self, name: ModelName) -> ModelRecord | None:
        """The model; None if there is none."""
        model = self._state.models.get(name)
        return model.record() if model else None

    @_one_at_a_time
    def models(self, prefix: str, after: str, limit: int) -> list[ModelRecord]:
        """Models by name."""
        names = sorted(name for name in self._state.models if name.startswith(prefix) and name > after)
        return [self._state.models[name].record() for name in names[:limit]]

    @_one_at_a_time
    def model_sequence(self, name: ModelName) -> int:
        """The model's sequence number; 0 if there is no such model."""
        model = self._state.models.get(name)
        return model.sequence if model else 0

    @_one_at_a_time
    def version(self, model: ModelName, number: int, *, deleted: bool = False) -> VersionRecord | None:
        """A version."""
        found = self._state.models.get(model)
        if found is None or number not in found.versions:
            return None
        version = found.shown(number)
        return version if deleted or version.deleted_at_ms is None else None

    @_one_at_a_time
    def version_of_artifact(self, model: ModelName, digest: Digest) -> VersionRecord | None:
        """The newest version, not deleted, that has the artifact, as its source or derived."""
        found = (version for version in self.versions(model, 0, 2**62) if digest in self._state.artifacts_of(version))
        return next(found, None)

    @_one_at_a_time
    def versions(self, model: ModelName, before: int, limit: int, *, deleted: bool = False) -> list[VersionRecord]:
        """Versions, newest first."""
        found = self._state.models.get(model)
        return list(islice(found.newest_first(before, deleted=deleted), limit)) if found else []

    @_one_at_a_time
    def artifact(self, digest: Digest) -> ArtifactRecord | None:
        """An artifact that some version holds."""
        return self._state.artifacts.get(digest)

    # -- aliases --

    @_one_at_a_time
    def set_aliases(self, model: ModelName, moves: Sequence[AliasMove], now_ms: int) -> ModelRecord:
        """Moves aliases, all or none."""
        found = self._state.model(model)
        aliases.check_moves(found, moves)
        aliases.move_aliases(self._state, found, moves, now_ms)
        return found.record()

    @_one_at_a_time
    def alias_moves(self, model: ModelName, alias: str, before_sequence: int, limit: int) -> list[AliasMoved]:
        """Moves of an alias, newest first."""
        found = self._state.models.get(model)
        moves = reversed(found.moves) if found else ()
        wanted = (
            move for move in moves if alias in ("", move.alias) and (not before_sequence or move.sequence < before_sequence)
        )
        return list(islice(wanted, limit))

    # -- events --

    @_one_at_a_time
    def newest_sequence(self) -> int:
        """The number of the newest event."""
        return len(self._state.events)

    @_one_at_a_time
    def events(self, watched: Watched, after_sequence: int, limit: int) -> EventGroup:
        """Events of the models watched, oldest first."""
        later = islice(self._state.events, after_sequence, None)
        found = tuple(islice((event for event in later if watched.includes(event.model)), limit))
        return EventGroup(found[-1].sequence if len(found) == limit else len(self._state.events), found)

    # -- runtimes --

    @_one_at_a_time
    def keep_runtime(self, profile: RuntimeProfile, op_list: bytes, now_ms: int) -> None:
        """Keeps a runtime with its list of ops."""
        runtimes.keep(self._state, profile, op_list, now_ms)

    @_one_at_a_time
    def runtime(self, digest: Digest, now_ms: int) -> RuntimeProfile | None:
        """A runtime; None if there is none."""
        return runtimes.find(self._state, digest, now_ms)

    @_one_at_a_time
    def op_list(self, digest: Digest) -> bytes | None:
        """The list of ops of this digest."""
        return runtimes.op_list(self._state, digest)

    @_one_at_a_time
    def forget_runtimes(self, seen_before_ms: int) -> int:
        """Removes runtimes that nobody asked with since a time."""
        return runtimes.forget(self._state, seen_before_ms)

    # -- declared signatures --

    @_one_at_a_time
    def declare_signature(
        self, model: ModelName, number: int, declared: DeclaredSignature, now_ms: int
    ) -> tuple[VersionRecord, bool]:
        """Adds a signature to a version."""
        return signatures.declare(self._state, model, number, declared, now_ms)

    @_one_at_a_time
    def withdraw_signature(self, model: ModelName, number: int, tags: Sequence[str], key: str, now_ms: int) -> VersionRecord:
        """Takes a declared signature back."""
        return signatures.withdraw(self._state, model, number, tags, key, now_ms=now_ms)

    @_one_at_a_time
    def declared_signatures(self, model: ModelName, number: int) -> list[DeclaredSignature]:
        """Those that hold now."""
        return signatures.holding(self._state, model, number)

    @_one_at_a_time
    def signature_declarations(
        self, model: ModelName, number: int, before_addition: int, limit: int
    ) -> list[SignatureDeclaration]:
        """The journal, newest first."""
        return signatures.journal(self._state, model, number, before_addition, limit)

    # -- conversions --

    @_one_at_a_time
    def commit_derived(self, new: NewDerived, now_ms: int) -> tuple[VersionRecord, Derived]:
        """Adds a derived artifact to a version."""
        return conversions.commit_derived(self._state, new, now_ms)

    @_one_at_a_time
    def derived(self, model: ModelName, number: int) -> list[Derived]:
        """The derived artifacts of a version, oldest first."""
        return conversions.derived(self._state, model, number)

    @_one_at_a_time
    def derived_by_key(self, key: str) -> tuple[ArtifactRecord, Derived] | None:
        """One of any version that is memoised by this key."""
        return conversions.derived_by_key(self._state, key)

    @_one_at_a_time
    def set_check(self, model: ModelName, number: int, artifact_digest: Digest, check: Check, now_ms: int) -> VersionRecord:
        """Keeps what a check showed."""
        return conversions.set_check(self._state, model, number, artifact_digest, check, now_ms=now_ms)

    @_one_at_a_time
    def unchecked(self, limit: int) -> list[tuple[ModelName, int, Derived]]:
        """Derived artifacts whose check is still to come."""
        return conversions.unchecked(self._state, limit)

    @_one_at_a_time
    def open_job(self, job: Job, now_ms: int) -> tuple[Job, bool]:
        """Writes a job, unless one of the same key is open and alive."""
        return jobs.open_job(self._state, job, now_ms)

    @_one_at_a_time
    def update_job(self, job: Job, now_ms: int) -> Job:
        """Writes a job that is open."""
        return jobs.update_job(self._state, job, now_ms)

    @_one_at_a_time
    def job(self, job_id: str) -> Job | None:
        """A job; None if there is none."""
        return self._state.jobs.get(job_id)

    @_one_at_a_time
    def fail_abandoned_jobs(self, failure: JobFailure, now_ms: int) -> int:
        """Fails the open jobs whose owner is gone."""
        return jobs.fail_abandoned(self._state, failure, now_ms)

    @_one_at_a_time
    def forget_jobs(self, ended_before_ms: int) -> int:
        """Removes jobs that ended before a time."""
        return jobs.forget(self._state, ended_before_ms)

    # -- deletion --

    @_one_at_a_time
    def delete_version(self, model: ModelName, number: int, *, purge: bool, now_ms: int) -> VersionRecord:
        """Marks a version deleted."""
        return deletion.delete_version(self._state, model, number, purge, now_ms)

    @_one_at_a_time
    def undelete_version(self, model: ModelName, number: int, now_ms: int) -> VersionRecord:
        """Takes a deletion back."""
        return deletion.undelete_version(self._state, model, number, now_ms)

    @_one_at_a_time
    def collect(self, deleted_before_ms: int, now_ms: int, unlink: Callable[[Sequence[Digest]], None]) -> Collected:
        """Removes what is beyond undeleting, first the rows, then the files."""
        versions, gone = collection.remove_rows(self._state, deleted_before_ms, now_ms)
        if gone:
            unlink([blob.digest for blob in gone])
        return Collected(versions, len(gone), sum(blob.size_bytes for blob in gone))

    @_one_at_a_time
    def expired_leases(self, now_ms: int) -> list[str]:
        """Leases that have expired."""
        return leases.expired_leases(self._state, now_ms)

    @_one_at_a_time
    def unlink_strangers(self, digests: Sequence[Digest], now_ms: int, unlink: Callable[[Sequence[Digest]], None]) -> int:
        """Unlinks files that nobody knows."""
        found = collection.strangers(self._state, digests, now_ms)
        if found:
            unlink(found)
        return len(found)

    @_one_at_a_time
    def blobs(self, after: str, limit: int) -> list[BlobRef]:
        """Rows of blobs after a digest, sorted."""
        stored = self._state.blobs
        return [BlobRef(digest, stored[digest]) for digest in sorted(stored) if digest > after][:limit]

    # -- inspections --

    @_one_at_a_time
    def inspection(self, digest: Digest, inspector_version: int) -> bytes | None:
        """The memoised inspection of an artifact."""
        return self._state.inspections.get((digest, inspector_version))

    @_one_at_a_time
    def keep_inspection(self, digest: Digest, inspector_version: int, content: bytes) -> None:
        """Memoises an inspection."""
        self._state.inspections[digest, inspector_version] = content

    # -- fingerprints --

    @_one_at_a_time
    def fingerprints(self, digest: Digest, fingerprint_version: int) -> Fingerprints | None:
        """Those of an artifact."""
        return self._state.fingerprints.get((digest, fingerprint_version))

    @_one_at_a_time
    def keep_fingerprints(self, digest: Digest, fingerprint_version: int, fingerprints: Fingerprints) -> None:
        """Keeps them to be found by."""
        self._state.fingerprints[digest, fingerprint_version] = fingerprints

    @_one_at_a_time
    def without_fingerprints(self, fingerprint_version: int, limit: int) -> list[Digest]:
        """Artifacts that have none of this version."""
        return sameness.without(self._state, fingerprint_version, limit)

    @_one_at_a_time
    def same_versions(
        self, digest: Digest, fingerprint_version: int, after: tuple[ModelName, int] | None, limit: int
    ) -> list[SameVersion]:
        """Versions that hold the same model."""
        return sameness.same_versions(self._state, digest, fingerprint_version, after, limit)

    def close(self) -> None:
        """Nothing to give up."""
