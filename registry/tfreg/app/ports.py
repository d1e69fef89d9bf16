"""What the use cases need of the world: somewhere for bytes, somewhere for facts, and the time.

The catalog is the truth: a blob without a row does not exist, whatever lies on the disk. The order of a push is therefore: bytes
durable (`BlobStore.seal`), then the blobs' rows (`Catalog.add_blobs`), then the version's transaction (`Catalog.commit_version`),
then the answer. Deletion goes the other way round inside one writer's transaction (`Catalog.collect`). tests/store holds one
contract suite for each port, which every implementation passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from tfreg.core.digests import Digest
from tfreg.core.events import EventGroup, Watched
from tfreg.core.files import FileReader
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

if TYPE_CHECKING:
    from tfreg.core.conversions.records import Derived, Job, NewDerived
    from tfreg.core.conversions.results import Check, JobFailure
    from tfreg.core.runtimes.profile import RuntimeProfile

Clock = Callable[[], int]
"""Milliseconds since 1970-01-01 UTC."""


class BlobWriter(Protocol):
    """Takes the bytes of one blob. Leaving the context without `finish` throws them away."""

    def write(self, chunk: bytes | memoryview) -> None:
        """Appends bytes.

        Raises:
            SizeMismatchError: More came than was announced.
            StorageFullError: The disk is full.
        """

    def finish(self) -> None:
        """Checks size and digest and keeps the blob for `seal`.

        Raises:
            SizeMismatchError: Fewer bytes came than were announced.
            DigestMismatchError: The bytes have another digest.
        """

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


class BlobStore(Protocol):
    """Keeps blobs. All methods may be called from any thread."""

    def writer(self, lease_id: str, blob: BlobRef) -> BlobWriter:
        """Opens a place for a blob below the lease. Nothing is visible before `seal`.

        Raises:
            StorageFullError: There is no room for it.
        """

    def seal(self, lease_id: str, digests: Sequence[Digest]) -> None:
        """Makes finished blobs of the lease durable and visible. When it returns, a power cut cannot take them.

        Sealing a blob that is visible already is fine.

        Raises:
            BlobMissingError: One was not finished under this lease and is not visible either.
        """

    def discard(self, lease_id: str) -> int:
        """Throws away what was written under the lease and not sealed. An unknown lease is fine. Returns the bytes that this frees."""

    def open(self, digest: Digest) -> FileReader:
        """Opens a visible blob for reading.

        Raises:
            BlobNotFoundError: There is none.
        """

    def size_bytes(self, digest: Digest) -> int | None:
        """Size of a visible blob; None if there is none."""

    def delete(self, digests: Sequence[Digest]) -> None:
        """Takes blobs away, or leaves them to a later call while a backup runs. Those that are not there are fine. Open readers go on."""

    def digests(self) -> Iterator[Digest]:
        """All visible blobs, in any order. For checks."""

    def check_room(self, size_bytes: int) -> None:
        """Raises StorageFullError if so many bytes more cannot be kept."""

    def close(self) -> None:
        """Gives up descriptors. Open readers and writers go on."""


class Catalog(Protocol):
    """Keeps all facts. Each method is one transaction; those that change something are durable when they return."""

    # -- blobs and leases --

    def lease_blobs(self, lease_id: str, blobs: Sequence[BlobRef], expires_at_ms: int, now_ms: int) -> tuple[Lease, list[Digest]]:
        """Takes or extends a lease on blobs, and says in the same transaction which of them have no row.

        Args:
            lease_id: Empty for a new lease.
            blobs: May be empty, to extend only.
            expires_at_ms: When the lease shall expire.
            now_ms: The time.

        Returns:
            The lease, and the missing digests, each once, in the order given.

        Raises:
            LeaseNotFoundError: It is unknown or has expired.
            SizeMismatchError: A blob is stored with another size.
            LimitExceededError: The lease would name more than `MAX_LEASED_BLOBS`.
        """

    def add_blobs(self, lease_id: str, blobs: Sequence[BlobRef], now_ms: int) -> None:
        """Writes the rows of sealed blobs, leased by `lease_id`. Blobs that have a row are fine.

        Raises:
            LeaseNotFoundError: It is unknown or has expired, or does not name one of the blobs.
        """

    def blob_sizes(self, digests: Sequence[Digest]) -> dict[Digest, int]:
        """Sizes in bytes of those of the digests that have a row."""

    def release_lease(self, lease_id: str) -> None:
        """Ends a lease. An unknown one is fine."""

    # -- versions --

    def commit_version(self, new: NewVersion, now_ms: int) -> Committed:
        """Writes a version with its aliases, attachments and event at once, and ends the lease.

        If a version of the model that is not deleted has the same artifact, that version is returned (`created` False) after the
        alias moves and the attachments that it lacks have been applied to it; the lease and the expected newest version are then
        not looked at, so that a commit whose answer was lost can be repeated. Numbers come from a counter: never given again.

        Raises:
            BlobMissingError: A layout names a blob without a row.
            LayoutInvalidError: A layout names a slice that passes its blob's end.
            LeaseNotFoundError: `lease_id` is not empty, and unknown or expired.
            AliasConflictError: An alias is neither where it was expected nor where it is to go.
            VersionConflictError: The newest version is not the expected one.
            AttachmentInvalidError: The version holds an attachment of the same role and file name with other content.
            LimitExceededError: The version would have too many attachments, or the model too many aliases.
        """

    def model(self, name: ModelName) -> ModelRecord | None:
        """The model; None if there is none."""

    def models(self, prefix: str, after: str, limit: int) -> list[ModelRecord]:
        """Models whose name starts with `prefix` and comes after `after`, sorted by name."""

    def model_sequence(self, name: ModelName) -> int:
        """The model's sequence number; 0 if there is no such model. Microseconds: asked before each cached answer."""

    def version(self, model: ModelName, number: int, *, deleted: bool = False) -> VersionRecord | None:
        """A version; None if there is none, or if it is deleted and `deleted` is False."""

    def version_of_artifact(self, model: ModelName, digest: Digest) -> VersionRecord | None:
        """The newest version, not deleted, that has the artifact, as its source or derived."""

    def versions(self, model: ModelName, before: int, limit: int, *, deleted: bool = False) -> list[VersionRecord]:
        """Versions with numbers below `before` (0: all), newest first; with `deleted` also deleted ones, but no purged ones."""

    def artifact(self, digest: Digest) -> ArtifactRecord | None:
        """An artifact that some version holds, as its source or derived; None if there is none."""

    # -- aliases --

    def set_aliases(self, model: ModelName, moves: Sequence[AliasMove], now_ms: int) -> ModelRecord:
        """Moves aliases, all or none. A move to where the alias is already changes nothing and writes no event.

        Raises:
            ModelNotFoundError, VersionNotFoundError: As named.
            AliasNotFoundError: An alias to remove is not there.
            AliasConflictError: An alias is neither where it was expected nor where it is to go.
            LimitExceededError: The model would have too many aliases.
        """

    def alias_moves(self, model: ModelName, alias: str, before_sequence: int, limit: int) -> list[AliasMoved]:
        """Moves of an alias (empty: of all), newest first, with sequence numbers below `before_sequence` (0: all).

        Each move has a number of its own, also among those of one call.
        """

    # -- events --

    def newest_sequence(self) -> int:
        """The number of the newest event of all models; 0 if there was none. Microseconds: asked many times a second."""

    def events(self, watched: Watched, after_sequence: int, limit: int) -> EventGroup:
        """Events with numbers above `after_sequence`, oldest first, of the models watched.

        Returns:
            At most `limit` events, and the number up to which these are all: that of the newest event of any model, if no more follow.
        """

    # -- runtimes --

    def keep_runtime(self, profile: RuntimeProfile, op_list: bytes, now_ms: int) -> None:
        """Keeps a runtime with its list of ops, empty if it has none. One that is there is only marked as seen.

        Of more than `MAX_RUNTIMES` the one that was seen longest ago is forgotten.
        """

    def runtime(self, digest: Digest, now_ms: int) -> RuntimeProfile | None:
        """A runtime; None if there is none. Marks it as seen, at most once a day."""

    def op_list(self, digest: Digest) -> bytes | None:
        """The list of ops of this digest that some runtime has; None if there is none."""

    def forget_runtimes(self, seen_before_ms: int) -> int:
        """Removes runtimes that nobody asked with since a time. Returns how many."""

    # -- declared signatures --

    def declare_signature(
        self, model: ModelName, number: int, declared: DeclaredSignature, now_ms: int
    ) -> tuple[VersionRecord, bool]:
        """Adds a signature to a version's additions, in place of one declared before for the same tags (`declared_tags` or `tags`) and key.

        Returns:
            The version with its additions counted, and whether anything changed: declaring the same again does not, and writes no event.

        Raises:
            ModelNotFoundError, VersionNotFoundError: As named.
            LimitExceededError: More than `MAX_DECLARED_SIGNATURES` would hold.
        """

    def withdraw_signature(self, model: ModelName, number: int, tags: Sequence[str], key: str, now_ms: int) -> VersionRecord:
        """Takes a declared signature back, which is an addition too. `tags` are those that callers see, in any order.

        Raises:
            ModelNotFoundError, VersionNotFoundError: As named.
            SignatureNotFoundError: None is declared for these tags and this key.
        """

    def declared_signatures(self, model: ModelName, number: int) -> list[DeclaredSignature]:
        """Those that hold now, in the order in which they were declared. Microseconds if there are none."""

    def signature_declarations(
        self, model: ModelName, number: int, before_addition: int, limit: int
    ) -> list[SignatureDeclaration]:
        """The journal, newest first, of additions below `before_addition` (0: all)."""

    # -- conversions --

    def commit_derived(self, new: NewDerived, now_ms: int) -> tuple[VersionRecord, Derived]:
        """Adds a derived artifact to a version, counts the addition, writes the event, and ends the lease: all at once.

        If the version has one of the same key already, that one is returned and nothing else changes.

        Returns:
            The version with its additions counted, and the derived artifact as it is kept.

        Raises:
            ModelNotFoundError, VersionNotFoundError: As named.
            BlobMissingError, LayoutInvalidError, LeaseNotFoundError: As `commit_version`.
            LimitExceededError: More than `MAX_DERIVED` would be there.
        """

    def derived(self, model: ModelName, number: int) -> list[Derived]:
        """The derived artifacts of a version, oldest first. Microseconds if there are none."""

    def derived_by_key(self, key: str) -> tuple[ArtifactRecord, Derived] | None:
        """One of any version that is memoised by this key; None if there is none."""

    def set_check(self, model: ModelName, number: int, artifact_digest: Digest, check: Check, now_ms: int) -> VersionRecord:
        """Keeps what a check showed, which is an addition to the version too.

        Raises:
            ModelNotFoundError, VersionNotFoundError, ArtifactNotFoundError: As named.
        """

    def unchecked(self, limit: int) -> list[tuple[ModelName, int, Derived]]:
        """Derived artifacts whose check is still to come (`checked_at_ms` 0 and state unchecked with reason `PENDING`)."""

    def open_job(self, job: Job, now_ms: int) -> tuple[Job, bool]:
        """Writes a job, unless one of the same key is open and alive; one that was abandoned is failed first.

        Returns:
            The job of this key, and whether it is the given one.
        """

    def update_job(self, job: Job, now_ms: int) -> Job:
        """Writes state, progress, failure, result, owner and `alive_until_ms` of a job that is open; one that has ended stays as it is.

        Returns:
            The job as it is kept now: the caller sees that somebody cancelled it.

        Raises:
            JobNotFoundError: There is none of that id.
        """

    def job(self, job_id: str) -> Job | None:
        """A job; None if there is none."""

    def fail_abandoned_jobs(self, failure: JobFailure, now_ms: int) -> int:
        """Fails the open jobs whose owner has not said that it is alive. Returns how many these were."""

    def forget_jobs(self, ended_before_ms: int) -> int:
        """Removes jobs that ended before a time. Returns how many."""

    # -- deletion --

    def delete_version(self, model: ModelName, number: int, *, purge: bool, now_ms: int) -> VersionRecord:
        """Marks a version deleted; with `purge` also beyond undeleting (a version that is deleted already can still be purged).

        A version that is deleted already is returned as it is.

        Raises:
            ModelNotFoundError, VersionNotFoundError: As named.
            VersionAliasedError: Aliases point at it.
        """

    def undelete_version(self, model: ModelName, number: int, now_ms: int) -> VersionRecord:
        """Takes a deletion back. A version that is not deleted is returned as it is.

        Raises:
            ModelNotFoundError, VersionNotFoundError: As named; also if it was purged.
        """

    def collect(self, deleted_before_ms: int, now_ms: int, unlink: Callable[[Sequence[Digest]], None]) -> Collected:
        """Removes purged versions and those deleted before a time, then the blobs that no version and no live lease holds.

        The rows go in a first transaction: a crash leaves files without rows, never rows without files. `unlink` is called inside
        further writer's transactions with those of the blobs that still have neither row nor live lease: a push that leases one
        of them at the same time sees it either whole and leased, or missing.
        """

    def expired_leases(self, now_ms: int) -> list[str]:
        """Leases that have expired; the caller discards their bytes, then releases them."""

    def unlink_strangers(self, digests: Sequence[Digest], now_ms: int, unlink: Callable[[Sequence[Digest]], None]) -> int:
        """Calls `unlink`, inside the writer's transaction, with those of `digests` that have neither row nor live lease.

        Returns:
            How many these were.
        """

    def blobs(self, after: str, limit: int) -> list[BlobRef]:
        """Rows of blobs after a digest, sorted. For checks."""

    # -- inspections --

    def inspection(self, digest: Digest, inspector_version: int) -> bytes | None:
        """The memoised inspection of an artifact, as `keep_inspection` was given it."""

    def keep_inspection(self, digest: Digest, inspector_version: int, content: bytes) -> None:
        """Memoises an inspection. Written before the version that it belongs to; collected with the artifact."""

    # -- fingerprints --

    def fingerprints(self, digest: Digest, fingerprint_version: int) -> Fingerprints | None:
        """Those of an artifact, as `keep_fingerprints` was given them."""

    def keep_fingerprints(self, digest: Digest, fingerprint_version: int, fingerprints: Fingerprints) -> None:
        """Keeps them to be found by. Written before the version that they belong to; collected with the artifact."""

    def without_fingerprints(self, fingerprint_version: int, limit: int) -> list[Digest]:
        """Artifacts that have none of this version: a newer tfreg computes them."""

    def same_versions(
        self, digest: Digest, fingerprint_version: int, after: tuple[ModelName, int] | None, limit: int
    ) -> list[SameVersion]:
        """Versions, not deleted, whose artifact is this one or has its model or its weights fingerprint, with the most that is the same.

        Sorted by model, newest first; after the version `after`. Empty fingerprints are equal to none.
        """

    def close(self) -> None:
        """Gives up connections."""
