"""What a conversion made: where it came from, what became of each name, and whether both compute the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from tfreg.core.diagnostics import Diagnostic
from tfreg.core.digests import Digest
from tfreg.core.tensors import TensorRef


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a derived artifact comes from: with the same of all this, the same conversion gives the same model.

    Attributes:
        source_digest: The artifact that was converted.
        source_format: Its format.
        target: Name of the target (`conversions.targets`).
        steps: Names of the routes taken, in order.
        options: What the caller said, as `options.encode` writes it.
        inputs: Digests of what else went in, by role: another graph, samples, a module of custom objects; declared signatures.
        tools: Versions of what did the work: `tfreg`, and `tensorflow`, `keras` where a step ran them.
    """

    source_digest: Digest
    source_format: str
    target: str
    steps: tuple[str, ...]
    options: str = "{}"
    inputs: Mapping[str, str] = field(default_factory=dict)
    tools: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MappedName:
    """What became of a logical key.

    Attributes:
        signature: Key of the source's signature; empty where there was none.
        key: The logical key.
        is_output: True for an output, False for an input.
        before: The tensor in the source; None if it has none (Keras).
        after: The tensor in the result; None if it was pruned.
        tensor_index: Its index in the result, if that is a TFLite model.
        pruned: Why the result lacks it; empty if it does not.
        new_signature: Key of the result's signature, if it is another.
        new_key: The key in the result's signature, if it is another.
    """

    signature: str
    key: str
    is_output: bool
    before: TensorRef | None = None
    after: TensorRef | None = None
    tensor_index: int | None = None
    pruned: str = ""
    new_signature: str = ""
    new_key: str = ""


@dataclass(frozen=True, slots=True)
class WeightMatch:
    """A weight that found its place.

    Attributes:
        source: Name of the stored tensor.
        target: The variable, or the weight's path, that it fills.
    """

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class WeightMatches:
    """How weights found their places.

    Attributes:
        by: `name`, `path` or `order`.
        matched: Those that did.
        missing: Places that nothing was found for.
        left_over: Weights that no place asks for.
        misshaped: Places whose weight has another shape or dtype, with both.
    """

    by: str
    matched: tuple[WeightMatch, ...] = ()
    missing: tuple[str, ...] = ()
    left_over: tuple[str, ...] = ()
    misshaped: tuple[str, ...] = ()


class CheckState(Enum):
    """Whether source and result compute the same."""

    UNCHECKED = "unchecked"
    EQUAL = "equal"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """What running source and result on the same inputs showed.

    Attributes:
        state: Whether they compute the same.
        reason: Why it is unchecked, or what differed.
        max_abs_difference: The largest difference of any output; None if it was not measured.
        tolerance: Up to which it counts as equal.
        inputs: What they were run on: `samples`, `warm-up requests` or `generated`.
        checked_at_ms: When; 0 if it was not.
    """

    state: CheckState = CheckState.UNCHECKED
    reason: str = "not checked yet"
    max_abs_difference: float | None = None
    tolerance: float = 1e-6
    inputs: str = ""
    checked_at_ms: int = 0


class JobState(Enum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a conversion is.

    Attributes:
        stage: What is done now: `queued`, `fetching`, a step's name, `storing`, `checking`.
        share: How much of all is done, 0 to 1.
        message: For a person; may be empty.
    """

    stage: str
    share: float = 0.0
    message: str = ""


@dataclass(frozen=True, slots=True)
class JobFailure:
    """Why a job failed: an error as callers get it."""

    kind: str
    reason: str
    message: str
    hint: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What a conversion says of its result, beside the files.

    Attributes:
        names: What became of each logical key, sorted by signature, inputs before outputs, key.
        weights: How weights found their places, where they were matched.
        notes: What was lost or left over.
    """

    names: tuple[MappedName, ...] = ()
    weights: WeightMatches | None = None
    notes: tuple[Diagnostic, ...] = ()
