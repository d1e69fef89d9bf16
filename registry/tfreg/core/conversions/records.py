"""Conversions as a registry keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tfreg.core.conversions.results import Check, CheckState, JobFailure, JobState, Progress, Provenance, Result
from tfreg.core.digests import Digest
from tfreg.core.names import ModelName
from tfreg.core.records import ArtifactRecord, DeclaredSignature

MAX_DERIVED = 200
"""Most derived artifacts of a version: they are read with each question that is not cached."""
PENDING = "not checked yet"
"""Reason of a check that is still to come; any other reason says why there is none."""

SIGNATURES = "signatures"
"""Among what went into a conversion: the signatures declared for its source."""


def is_pending(check: Check) -> bool:
    """Whether a check is still to come."""
    return check.state is CheckState.UNCHECKED and check.reason == PENDING and check.checked_at_ms == 0


@dataclass(frozen=True, slots=True)
class Derived:
    """A derived artifact of a version.

    Attributes:
        artifact_digest: The artifact.
        format: Its format.
        size_bytes: Sum of its files' sizes.
        key: What it is memoised by: the digest of source, route, options, inputs and tool versions.
        provenance: Where it comes from.
        result: What became of the names.
        signatures: What callers see of an artifact whose format cannot hold signatures.
        check: Whether source and result compute the same.
        addition: Which addition to the version it was.
        created_at_ms: When it was added.
    """

    artifact_digest: Digest
    format: str
    size_bytes: int
    key: str
    provenance: Provenance
    result: Result = Result()
    signatures: tuple[DeclaredSignature, ...] = ()
    check: Check = Check()
    addition: int = 0
    created_at_ms: int = 0

    @property
    def is_plain(self) -> bool:
        """Whether a caller gets it who only names a format: without options and files. Declared signatures are the version's own."""
        return self.provenance.options == "{}" and self.provenance.inputs.keys() <= {SIGNATURES}


@dataclass(frozen=True, slots=True)
class Conversion:
    """A derived artifact, and the version that has it: what a caller is answered."""

    model: ModelName
    version: int
    derived: Derived


@dataclass(frozen=True, slots=True)
class NewDerived:
    """All that the commit of a derived artifact writes."""

    model: ModelName
    number: int
    artifact: ArtifactRecord
    derived: Derived
    lease_id: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """A conversion that is worked on, or was.

    Attributes:
        id: Opaque.
        key: As `Derived.key`: identical requests share a job.
        model: The version that it is for.
        number: Likewise.
        target: Name of the target.
        state: How far it is.
        progress: What is done now.
        failure: Why it failed; None if it did not.
        artifact_digest: The result; empty until it is done.
        owner: The process that works on it.
        alive_until_ms: Unless its owner says so again before, the job counts as abandoned.
        created_at_ms: When it was asked for.
        ended_at_ms: When it ended; 0 if it did not.
    """

    id: str
    key: str
    model: ModelName
    number: int
    target: str
    state: JobState = JobState.QUEUED
    progress: Progress = Progress("queued")
    failure: JobFailure | None = None
    artifact_digest: str = ""
    owner: str = ""
    alive_until_ms: int = 0
    created_at_ms: int = 0
    ended_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of a plan, as callers see it."""

    name: str
    source: str
    target: str
    by: str
    cost_ms: int
    loses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """What a conversion would do.

    Attributes:
        source_format: What is there.
        target: What is wanted.
        steps: The way.
        stored: Digest of the artifact that is there already; empty if none is.
        inputs: Digests of what else goes in, by role.
    """

    source_format: str
    target: str
    steps: tuple[PlannedStep, ...]
    stored: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
