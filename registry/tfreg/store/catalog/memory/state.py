"""All facts, in dictionaries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tfreg.core.conversions.records import Derived, Job
from tfreg.core.digests import Digest
from tfreg.core.events import Event, EventKind
from tfreg.core.names import Alias, ModelName
from tfreg.core.records import (
    AliasMove,
    AliasMoved,
    ArtifactRecord,
    Fingerprints,
    ModelRecord,
    SignatureDeclaration,
    VersionRecord,
)
from tfreg.core.runtimes.profile import RuntimeProfile
from tfreg.store.catalog import refusals


@dataclass(slots=True)
class Model:
    """A model with its versions, deleted ones too."""

    name: ModelName
    created_at_ms: int
    next_version: int = 1
    sequence: int = 0
    versions: dict[int, VersionRecord] = field(default_factory=dict)
    purged: set[int] = field(default_factory=set)
    aliases: dict[Alias, int] = field(default_factory=dict)
    moves: list[AliasMoved] = field(default_factory=list)
    declarations: dict[int, list[SignatureDeclaration]] = field(default_factory=dict)

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

    def newest_first(self, before: int, *, deleted: bool) -> Iterable[VersionRecord]:
        """Its versions with numbers below `before` (0: all); with `deleted` also deleted ones, but no purged ones."""
        unpurged = [version for version in self.versions.values() if version.number not in self.purged]
        wanted = unpurged if deleted else self.live()
        numbers = sorted((version.number for version in wanted if not before or version.number < before), reverse=True)
        return map(self.shown, numbers)

    def record(self) -> ModelRecord:
        """The model as a value."""
        aliases = dict(sorted(self.aliases.items()))
        return ModelRecord(self.name, self.newest(), len(self.live()), aliases, self.created_at_ms, self.sequence)


@dataclass(slots=True)
class HeldLease:
    """A lease with the blobs that it names."""

    expires_at_ms: int
    digests: set[Digest] = field(default_factory=set)


@dataclass(slots=True)
class HeldDerived:
    """A derived artifact and the version that it was added to."""

    model: ModelName
    number: int
    derived: Derived


@dataclass(slots=True)
class HeldRuntime:
    """A runtime with its list of ops, and when somebody asked with it."""

    profile: RuntimeProfile
    op_list: bytes
    seen_at_ms: int


@dataclass(slots=True)
class State:
    """What a catalog knows."""

    events: list[Event] = field(default_factory=list)
    models: dict[ModelName, Model] = field(default_factory=dict)
    artifacts: dict[Digest, ArtifactRecord] = field(default_factory=dict)
    blobs: dict[Digest, int] = field(default_factory=dict)
    leases: dict[str, HeldLease] = field(default_factory=dict)
    inspections: dict[tuple[Digest, int], bytes] = field(default_factory=dict)
    fingerprints: dict[tuple[Digest, int], Fingerprints] = field(default_factory=dict)
    derived: list[HeldDerived] = field(default_factory=list)
    jobs: dict[str, Job] = field(default_factory=dict)
    runtimes: dict[Digest, HeldRuntime] = field(default_factory=dict)

    def record(self, model: Model, kind: EventKind, version: int, at_ms: int) -> None:
        """Writes an event that concerns a version; its number becomes the model's."""
        model.sequence = len(self.events) + 1
        self.events.append(Event(model.sequence, model.name, kind, version, at_ms))

    def record_alias_move(self, model: Model, move: AliasMove, from_version: int, at_ms: int) -> None:
        """Writes the event of an alias that moved; `from_version` is 0 if it was nowhere."""
        model.sequence = len(self.events) + 1
        kind = EventKind.ALIAS_MOVED
        self.events.append(Event(model.sequence, model.name, kind, move.version, at_ms, move.alias, from_version))
        model.moves.append(AliasMoved(move.alias, from_version, move.version, at_ms, model.sequence))

    def model(self, name: ModelName) -> Model:
        """A model; ModelNotFoundError if there is none."""
        if name not in self.models:
            raise refusals.model_not_found(name)
        return self.models[name]

    def version(self, name: ModelName, number: int) -> tuple[Model, VersionRecord]:
        """A version, deleted or not, and its model; ModelNotFoundError, VersionNotFoundError if there is none."""
        model = self.model(name)
        if number not in model.versions:
            raise refusals.version_not_found(name, number, model.newest())
        return model, model.shown(number)

    def live_version(self, name: ModelName, number: int) -> Model:
        """The model of a version that is not deleted; ModelNotFoundError, VersionNotFoundError if there is none."""
        model, version = self.version(name, number)
        if version.deleted_at_ms is not None:
            raise refusals.version_not_found(name, number, model.newest())
        return model

    def artifacts_of(self, version: VersionRecord) -> list[Digest]:
        """The artifacts of a version: its source, then the derived ones."""
        own = (version.model, version.number)
        return [version.artifact_digest, *(one.derived.artifact_digest for one in self.derived if (one.model, one.number) == own)]
