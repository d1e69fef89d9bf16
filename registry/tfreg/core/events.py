"""Events: what happened to models, in the order of the commits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tfreg.core.names import ModelName


class EventKind(StrEnum):
    """What can happen to a model."""

    VERSION_CREATED = "version_created"
    ATTACHMENT_ADDED = "attachment_added"
    SIGNATURE_DECLARED = "signature_declared"
    SIGNATURE_WITHDRAWN = "signature_withdrawn"
    ARTIFACT_DERIVED = "artifact_derived"
    CONVERSION_CHECKED = "conversion_checked"
    ALIAS_MOVED = "alias_moved"
    VERSION_DELETED = "version_deleted"
    VERSION_UNDELETED = "version_undeleted"
    VERSION_PURGED = "version_purged"
    """Collected: nothing is left of it but its events."""
    OTHER = "other"
    """Of a kind that is newer than this release."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a model.

    Attributes:
        sequence: Its number; grows in the order of the commits, over all models.
        model: The model.
        kind: What happened.
        version: To which version; of an alias where it points now, 0 if it was removed.
        at_ms: When, in milliseconds since 1970-01-01 UTC.
        alias: The alias that moved; empty for other kinds.
        from_version: Where the alias pointed before; 0 for nowhere.
    """

    sequence: int
    model: ModelName
    kind: EventKind
    version: int
    at_ms: int
    alias: str = ""
    from_version: int = 0


@dataclass(frozen=True, slots=True)
class Watched:
    """Which models a watcher wants to hear of: those named, and those whose names start with `prefix`; all if neither is given."""

    models: frozenset[ModelName] = frozenset()
    prefix: str = ""

    def includes(self, model: ModelName) -> bool:
        """Whether the watcher wants to hear of a model."""
        return self.includes_any({model})

    def includes_any(self, models: set[ModelName]) -> bool:
        """Whether the watcher wants to hear of one of these. Who names a thousand models is asked as quickly as who names one."""
        if not self.models.isdisjoint(models):
            return True
        if self.prefix:
            return any(model.startswith(self.prefix) for model in models)
        return not self.models and bool(models)


@dataclass(frozen=True, slots=True)
class EventGroup:
    """A group of events, and the number up to which everything has been told; what a watcher comes back with."""

    sequence: int
    events: tuple[Event, ...] = ()
