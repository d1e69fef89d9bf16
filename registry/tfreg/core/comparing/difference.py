"""Differences as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tfreg.core.tensors import StoredTensor


@dataclass(frozen=True, slots=True)
class InterfaceChange:
    """A change of what callers see.

    Attributes:
        rule: A key of `rules.RULES`.
        breaking: Whether a caller's code may break.
        signature: The signature, with its tag set where there are several; empty for a change of the whole.
        key: Of the input or output; empty for a change of the signature itself.
        before: What was, as text; empty if it was not there.
        after: What is; empty if it is gone.
    """

    rule: str
    breaking: bool
    signature: str = ""
    key: str = ""
    before: str = ""
    after: str = ""


class TensorChangeKind(StrEnum):
    """What happened to a tensor."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class TensorChange:
    """A change of a tensor; a partitioned variable counts as one.

    Attributes:
        kind: What happened.
        before: What was; None if it was added.
        after: What is; None if it was removed.
        max_abs_difference: Of the elements, NaN if one is no number on one side only; None unless it was asked for and can be told.
    """

    kind: TensorChangeKind
    before: StoredTensor | None
    after: StoredTensor | None
    max_abs_difference: float | None = None


@dataclass(frozen=True, slots=True)
class FactChange:
    """A change of a fact or of configuration; an empty text means that it was not said."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs.

    Attributes:
        breaking: Whether a caller of what was may fail with what is, or misread its answers.
        interface_changes: Changes of what callers see.
        tensor_changes: Changes of stored tensors.
        equal_tensor_count: How many values are equal.
        op_changes: By op, how many nodes there are more (positive) or fewer (negative).
        fact_changes: Changes of format, versions, counts, configuration.
        omitted_tensor_change_count: How many changes of tensors are left out here.
        equal_fingerprints: Of `bytes`, `model`, `program`, `weights`, `interface` those that are equal.
    """

    breaking: bool = False
    interface_changes: tuple[InterfaceChange, ...] = ()
    tensor_changes: tuple[TensorChange, ...] = ()
    equal_tensor_count: int = 0
    op_changes: Mapping[str, int] = field(default_factory=dict)
    fact_changes: tuple[FactChange, ...] = ()
    omitted_tensor_change_count: int = 0
    equal_fingerprints: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """All of it in one line, such as `same program, other weights (2 tensors); interface breaks`."""
        from tfreg.core.comparing.verdict import verdict_of

        return verdict_of(self)
