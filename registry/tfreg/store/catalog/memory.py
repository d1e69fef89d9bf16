"""The catalog in memory: the twin of the SQLite one, for tests. Each method checks everything before it changes anything."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import TypeVar, cast

from tfreg.app.needed_blobs import blobs_of, check_stored, needed_ends
from tfreg.core.digests import Digest
from tfreg.core.names import Alias, ModelName
from tfreg.core.records import (
    MAX_ALIASES,
    MAX_LEASED_BLOBS,
    AliasMove,
    AliasMoved,
    ArtifactRecord,
    AttachmentRecord,
    BlobRef,
    Collected,
    Committed,
    Lease,
    ModelRecord,
    NewVersion,
    VersionRecord,
)
from tfreg.store.catalog import refusals
from tfreg.store.catalog.attachments import lacking_attachments

_Method = TypeVar("_Method", bound=Callable[..., object])


@dataclass(slots=True)
class _Model:
    name: ModelName
    created_at_ms: int
    next_version: int = 1
    sequence: int = 0
    versions: dict[int, VersionRecord] = field(default_factory=dict)
    purged: set[int] = field(default_factory=set)
    aliases: dict[Alias, int] = field(default_factory=dict)
    moves: list[AliasMoved] = field(default_factory=list)

    def live(self) -> list[VersionRecord]:
        """Its versions that are not deleted, oldest first."""
        return [version for version in self.versions.values() if version.deleted_at_ms is None]

    def newest(self) -> int:
        """Its newest version that is not deleted; 0 if there is none."""
        return max((version.number for version in self.live()), default=0)

    def shown(self, number: int) -> VersionRecord:
        """A version with the aliases that point at it."""
        pointing = sorted(alias for alias, version in self.aliases.items() if version == number)
        return replace(self.versions[number], aliases=tuple(pointing))

    def record(self) -> ModelRecord:
        """The model as a value."""
        aliases = dict(sorted(self.aliases.items()))
        return ModelRecord(self.name, self.newest(), len(self.live()), aliases, self.created_at_ms, self.sequence)


@dataclass(slots=True)
class _Lease:
    expires_at_ms: int
    digests: set[Digest] = field(default_factory=set)


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
        self._sequence = 0
        self._models: dict[ModelName, _Model] = {}
        self._artifacts: dict[Digest, ArtifactRecord] = {}
        self._blobs: dict[Digest, int] = {}
        self._leases: dict[str, _Lease] = {}
        self._inspections: dict[tuple[Digest, int], bytes] = {}

    # -- blobs and leases --

    @_one_at_a_time
    def lease_blobs(self, lease_id: str, blobs: Sequence[BlobRef], expires_at_ms: int, now_ms: int) -> tuple[Lease, list[Digest]]:
        """Takes or extends a lease, and says which blobs have no row."""
        if lease_id:
            self._check_lease(lease_id, now_ms)
        for blob in blobs:
            if self._blobs.get(blob.digest, blob.size_bytes) != blob.size_bytes:
                raise refusals.stored_size_differs(blob, self._blobs[blob.digest])
        lease_id = lease_id or secrets.token_hex(16)
        named = {blob.digest for blob in blobs}
        if lease_id in self._leases:
            named |= self._leases[lease_id].digests
        if len(named) > MAX_LEASED_BLOBS:
            raise refusals.too_much_leased(lease_id, MAX_LEASED_BLOBS)
        lease = self._leases.setdefault(lease_id, _Lease(expires_at_ms))
        lease.expires_at_ms = max(lease.expires_at_ms, expires_at_ms)
        lease.digests = named
        digests = dict.fromkeys(blob.digest for blob in blobs)
        return Lease(lease_id, lease.expires_at_ms), [digest for digest in digests if digest not in self._blobs]

    @_one_at_a_time
    def add_blobs(self, lease_id: str, blobs: Sequence[BlobRef], now_ms: int) -> None:
        """Writes the rows of sealed blobs."""
        lease = self._check_lease(lease_id, now_ms)
        unnamed = {blob.digest for blob in blobs} - lease.digests
        if unnamed:
            raise refusals.blobs_not_leased(lease_id, sorted(unnamed))
        for blob in blobs:
            self._blobs.setdefault(blob.digest, blob.size_bytes)

    @_one_at_a_time
    def blob_sizes(self, digests: Sequence[Digest]) -> dict[Digest, int]:
        """Sizes of those of the digests that have a row."""
        return {digest: self._blobs[digest] for digest in digests if digest in self._blobs}

    @_one_at_a_time
    def release_lease(self, lease_id: str) -> None:
        """Ends a lease."""
        self._leases.pop(lease_id, None)

    # -- versions --

    @_one_at_a_time
    def commit_version(self, new: NewVersion, now_ms: int) -> Committed:
        """Writes a version with its aliases, attachments and events."""
        model = self._models.get(new.model) or _Model(new.model, now_ms)
        found = self.version_of_artifact(new.model, new.artifact.digest)
        number = found.number if found else model.next_version
        if new.lease_id and found is None:
            self._check_lease(new.lease_id, now_ms)
        check_stored(needed_ends(new.layouts), self._blobs)
        if found is None and new.expected_newest_version not in (None, model.newest()):
            raise refusals.version_conflict(new.model, new.expected_newest_version or 0, model.newest())
        lacking = lacking_attachments(model.name, number, found.attachments if found else (), new.attachments)
        moves = [replace(move, version=number) for move in new.alias_moves]
        self._check_moves(model, moves, made=number)

        self._models[new.model] = model
        if found is None:
            self._create(model, new, lacking, now_ms)
        else:
            self._attach(model, number, lacking)
        self._move(model, moves, now_ms)
        self._leases.pop(new.lease_id, None)
        return Committed(model.shown(number), created=found is None)

    @_one_at_a_time
    def model(self, name: ModelName) -> ModelRecord | None:
        """The model; None if there is none."""
        model = self._models.get(name)
        return model.record() if model else None

    @_one_at_a_time
    def models(self, prefix: str, after: str, limit: int) -> list[ModelRecord]:
        """Models by name."""
        names = sorted(name for name in self._models if name.startswith(prefix) and name > after)
        return [self._models[name].record() for name in names[:limit]]

    @_one_at_a_time
    def model_sequence(self, name: ModelName) -> int:
        """The model's sequence number; 0 if there is no such model."""
        model = self._models.get(name)
        return model.sequence if model else 0

    @_one_at_a_time
    def version(self, model: ModelName, number: int, *, deleted: bool = False) -> VersionRecord | None:
        """A version."""
        found = self._models.get(model)
        if found is None or number not in found.versions:
            return None
        version = found.shown(number)
        return version if deleted or version.deleted_at_ms is None else None

    @_one_at_a_time
    def version_of_artifact(self, model: ModelName, digest: Digest) -> VersionRecord | None:
        """The newest version, not deleted, that has the artifact."""
        return next((version for version in self.versions(model, 0, 2**62) if version.artifact_digest == digest), None)

    @_one_at_a_time
    def versions(self, model: ModelName, before: int, limit: int, *, deleted: bool = False) -> list[VersionRecord]:
        """Versions, newest first."""
        found = self._models.get(model)
        if found is None:
            return []
        unpurged = [version for version in found.versions.values() if version.number not in found.purged]
        wanted = unpurged if deleted else found.live()
        numbers = sorted((version.number for version in wanted if not before or version.number < before), reverse=True)
        return [found.shown(number) for number in numbers[:limit]]

    @_one_at_a_time
    def artifact(self, digest: Digest) -> ArtifactRecord | None:
        """An artifact that some version holds."""
        return self._artifacts.get(digest)

    # -- aliases --

    @_one_at_a_time
    def set_aliases(self, model: ModelName, moves: Sequence[AliasMove], now_ms: int) -> ModelRecord:
        """Moves aliases, all or none."""
        found = self._model(model)
        self._check_moves(found, moves)
        self._move(found, moves, now_ms)
        return found.record()

    @_one_at_a_time
    def alias_moves(self, model: ModelName, alias: str, before_sequence: int, limit: int) -> list[AliasMoved]:
        """Moves of an alias, newest first."""
        found = self._models.get(model)
        moves = reversed(found.moves) if found else ()
        wanted = [
            move for move in moves if alias in ("", move.alias) and (not before_sequence or move.sequence < before_sequence)
        ]
        return wanted[:limit]

    # -- deletion --

    @_one_at_a_time
    def delete_version(self, model: ModelName, number: int, *, purge: bool, now_ms: int) -> VersionRecord:
        """Marks a version deleted."""
        found, version = self._existing(model, number)
        if version.aliases:
            raise refusals.version_aliased(model, number, version.aliases)
        if version.deleted_at_ms is None:
            found.versions[number] = replace(version, deleted_at_ms=now_ms)
            found.sequence = self._next_sequence()
        if purge:
            found.purged.add(number)
        return found.shown(number)

    @_one_at_a_time
    def undelete_version(self, model: ModelName, number: int, now_ms: int) -> VersionRecord:  # noqa: ARG002 - events are not kept here
        """Takes a deletion back."""
        found, version = self._existing(model, number)
        if number in found.purged:
            raise refusals.version_not_found(model, number, found.newest())
        if version.deleted_at_ms is not None:
            found.versions[number] = replace(version, deleted_at_ms=None)
            found.sequence = self._next_sequence()
        return found.shown(number)

    @_one_at_a_time
    def collect(self, deleted_before_ms: int, now_ms: int, unlink: Callable[[Sequence[Digest]], None]) -> Collected:
        """Removes what is beyond undeleting."""
        versions = sum(self._purge(model, deleted_before_ms) for model in self._models.values())
        held = self._held_artifacts()
        self._artifacts = {digest: artifact for digest, artifact in self._artifacts.items() if digest in held}
        self._inspections = {key: content for key, content in self._inspections.items() if key[0] in held}
        gone = sorted(self._blobs.keys() - self._held_blobs() - self._leased(now_ms))
        size_bytes = sum(self._blobs.pop(digest) for digest in gone)
        if gone:
            unlink(gone)
        return Collected(versions, len(gone), size_bytes)

    @_one_at_a_time
    def expired_leases(self, now_ms: int) -> list[str]:
        """Leases that have expired."""
        expired = [(lease.expires_at_ms, key) for key, lease in self._leases.items() if lease.expires_at_ms <= now_ms]
        return [key for _, key in sorted(expired)]

    @_one_at_a_time
    def unlink_strangers(self, digests: Sequence[Digest], now_ms: int, unlink: Callable[[Sequence[Digest]], None]) -> int:
        """Unlinks files that nobody knows."""
        known = self._leased(now_ms) | self._blobs.keys()
        strangers = [digest for digest in dict.fromkeys(digests) if digest not in known]
        if strangers:
            unlink(strangers)
        return len(strangers)

    @_one_at_a_time
    def blobs(self, after: str, limit: int) -> list[BlobRef]:
        """Rows of blobs after a digest, sorted."""
        return [BlobRef(digest, self._blobs[digest]) for digest in sorted(self._blobs) if digest > after][:limit]

    # -- inspections --

    @_one_at_a_time
    def inspection(self, digest: Digest, inspector_version: int) -> bytes | None:
        """The memoised inspection of an artifact."""
        return self._inspections.get((digest, inspector_version))

    @_one_at_a_time
    def keep_inspection(self, digest: Digest, inspector_version: int, content: bytes) -> None:
        """Memoises an inspection."""
        self._inspections[digest, inspector_version] = content

    def close(self) -> None:
        """Nothing to give up."""

    # -- what the methods are made of --

    def _next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    def _check_lease(self, lease_id: str, now_ms: int) -> _Lease:
        lease = self._leases.get(lease_id)
        if lease is None or lease.expires_at_ms <= now_ms:
            raise refusals.lease_not_found(lease_id)
        return lease

    def _model(self, name: ModelName) -> _Model:
        if name not in self._models:
            raise refusals.model_not_found(name)
        return self._models[name]

    def _existing(self, name: ModelName, number: int) -> tuple[_Model, VersionRecord]:
        model = self._model(name)
        if number not in model.versions:
            raise refusals.version_not_found(name, number, model.newest())
        return model, model.shown(number)

    def _create(self, model: _Model, new: NewVersion, attachments: Sequence[AttachmentRecord], now_ms: int) -> None:
        artifact = self._artifacts.setdefault(new.artifact.digest, new.artifact)
        model.versions[model.next_version] = VersionRecord(
            model=model.name,
            number=model.next_version,
            artifact_digest=artifact.digest,
            format=artifact.format,
            size_bytes=artifact.manifest.size_bytes,
            created_at_ms=now_ms,
            attachments=tuple(attachments),
            labels=dict(sorted(new.labels.items())),
        )
        model.next_version += 1
        model.sequence = self._next_sequence()

    def _attach(self, model: _Model, number: int, attachments: Iterable[AttachmentRecord]) -> None:
        for attachment in attachments:
            version = model.versions[number]
            added = (*version.attachments, attachment)
            model.versions[number] = replace(version, attachments=added, additions=version.additions + 1)
            model.sequence = self._next_sequence()

    def _check_moves(self, model: _Model, moves: Iterable[AliasMove], made: int = 0) -> None:
        pointing = dict(model.aliases)
        live = {version.number for version in model.live()} | {made}
        for move in moves:
            actual = pointing.get(move.alias, 0)
            if move.version == 0 and not actual:
                raise refusals.alias_not_found(model.name, move.alias, pointing)
            if move.version and move.version not in live:
                raise refusals.version_not_found(model.name, move.version, model.newest())
            if move.version != actual and move.expected_version not in (None, actual):
                raise refusals.alias_conflict(model.name, move, actual)
            if move.version and not actual and len(pointing) >= MAX_ALIASES:
                raise refusals.too_many_aliases(model.name, MAX_ALIASES)
            pointing[move.alias] = move.version
            if not move.version:
                del pointing[move.alias]

    def _move(self, model: _Model, moves: Iterable[AliasMove], now_ms: int) -> None:
        for move in moves:
            actual = model.aliases.pop(move.alias, 0)
            if move.version:
                model.aliases[move.alias] = move.version
            if move.version != actual:
                model.sequence = self._next_sequence()
                model.moves.append(AliasMoved(move.alias, actual, move.version, now_ms, model.sequence))

    def _purge(self, model: _Model, deleted_before_ms: int) -> int:
        doomed = [
            version.number
            for version in model.versions.values()
            if version.deleted_at_ms is not None and (version.number in model.purged or version.deleted_at_ms < deleted_before_ms)
        ]
        for number in doomed:
            del model.versions[number]
            model.sequence = self._next_sequence()
        return len(doomed)

    def _held_artifacts(self) -> set[Digest]:
        return {version.artifact_digest for model in self._models.values() for version in model.versions.values()}

    def _held_blobs(self) -> set[Digest]:
        layouts = [layout for artifact in self._artifacts.values() for layout in artifact.layouts]
        for model in self._models.values():
            layouts += [attachment.layout for version in model.versions.values() for attachment in version.attachments]
        return blobs_of(layouts)

    def _leased(self, now_ms: int) -> set[Digest]:
        live = (lease.digests for lease in self._leases.values() if lease.expires_at_ms > now_ms)
        return set().union(*live)
