"""Compares two artifacts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from tfreg.core.comparing.difference import Difference, TensorChange, TensorChangeKind
from tfreg.core.comparing.facts import fact_changes
from tfreg.core.comparing.interface import interface_changes
from tfreg.core.comparing.max_abs_difference import max_abs_difference
from tfreg.core.comparing.tensors import DigestOf, Find, StoredValues, tensor_changes
from tfreg.core.errors import CancelledError, TfregError
from tfreg.core.inspections import Inspection
from tfreg.core.records import Fingerprints
from tfreg.core.values.lookup import Found
from tfreg.core.values.reading import Values

ChunksOf = Callable[[str], Iterator[bytes]]
"""Reads the plain value of the tensor of a name."""


def _finds_nothing(_: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Side:
    """One of two artifacts.

    Attributes:
        inspection: What it says about itself, its tensors and declared signatures among the rest.
        digest_of: Knows the digests of its tensors.
        artifact_digest: Digest of its files; empty if not known.
        fingerprints: Those that are known.
        op_counts: How many nodes of each op its graph and functions have; None if that is not known.
        optional_inputs: Operations with a default, which need not be fed.
        chunks_of: Reads its tensors.
        find: Finds values that the inspection does not list.
    """

    inspection: Inspection
    digest_of: DigestOf
    artifact_digest: str = ""
    fingerprints: Fingerprints = field(default_factory=Fingerprints)
    op_counts: Mapping[str, int] | None = None
    optional_inputs: frozenset[str] = field(default_factory=frozenset)
    chunks_of: ChunksOf | None = None
    find: Find = _finds_nothing


def finder(values: Values) -> Find:
    """Returns what finds the small constants of a graph, too."""

    def find(name: str) -> Found | None:
        with suppress(TfregError):
            return values.look_up(name)
        return None

    return find


def compare(before: Side, after: Side, *, with_max_abs_difference: bool = False) -> Difference:
    """Returns what differs. The digests of the tensors on both sides are asked for, and with the option also what changed is read."""
    changes = interface_changes(before.inspection, after.inspection, after.optional_inputs)
    old, new = (StoredValues.of(side.inspection.tensors, side.digest_of, side.find) for side in (before, after))
    tensors = tensor_changes(old, new, same_format=before.inspection.format == after.inspection.format)
    told = tensors.changes
    if with_max_abs_difference:
        told = [_measured(change, before, after) for change in told]
    return Difference(
        breaking=any(change.breaking for change in changes),
        interface_changes=tuple(changes),
        tensor_changes=tuple(told),
        equal_tensor_count=tensors.equal_count,
        op_changes=_op_changes(before.op_counts, after.op_counts),
        fact_changes=fact_changes(before.inspection, after.inspection),
        equal_fingerprints=_equal_fingerprints(before, after),
    )


def _measured(change: TensorChange, before: Side, after: Side) -> TensorChange:
    old, new = change.before, change.after
    if change.kind is not TensorChangeKind.CHANGED or old is None or new is None or before.chunks_of is None:
        return change
    if (old.dtype, old.shape) != (new.dtype, new.shape) or after.chunks_of is None:
        return change
    try:
        found = max_abs_difference(old.dtype, before.chunks_of(old.name), after.chunks_of(new.name))
    except CancelledError:
        raise
    except TfregError:
        return change
    return replace(change, max_abs_difference=found)


def _op_changes(before: Mapping[str, int] | None, after: Mapping[str, int] | None) -> dict[str, int]:
    if before is None or after is None:
        return {}
    changes = {op: after.get(op, 0) - before.get(op, 0) for op in sorted(before.keys() | after.keys(), key=str.encode)}
    return {op: change for op, change in changes.items() if change}


def _equal_fingerprints(before: Side, after: Side) -> tuple[str, ...]:
    pairs = {"bytes": (before.artifact_digest, after.artifact_digest)}
    for name in ("model", "program", "weights", "interface"):
        pairs[name] = (getattr(before.fingerprints, name), getattr(after.fingerprints, name))
    return tuple(name for name, (one, other) in pairs.items() if one and one == other)
