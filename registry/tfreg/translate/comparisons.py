"""Differences: their part of tfreg/v1/artifacts.proto."""

from __future__ import annotations

from tfreg.core.comparing.difference import Difference, FactChange, InterfaceChange, TensorChange, TensorChangeKind
from tfreg.translate.stored_tensors import stored_tensor_from_proto, stored_tensor_to_proto
from tfreg.v1 import artifacts_pb2 as pb

_KINDS = {
    TensorChangeKind.ADDED: pb.TENSOR_CHANGE_KIND_ADDED,
    TensorChangeKind.REMOVED: pb.TENSOR_CHANGE_KIND_REMOVED,
    TensorChangeKind.CHANGED: pb.TENSOR_CHANGE_KIND_CHANGED,
    TensorChangeKind.RENAMED: pb.TENSOR_CHANGE_KIND_RENAMED,
}
_FIELD_BYTES = 8


def difference_to_proto(difference: Difference, max_bytes: int) -> pb.CompareResponse:
    """Returns the answer of Compare.

    Args:
        difference: What differs.
        max_bytes: How long the answer may be. Changes of the interface and of facts may take half of it; then as many changes of tensors
            are told as fit, and the others are counted.
    """
    message = pb.CompareResponse(
        breaking=difference.breaking,
        equal_tensor_count=difference.equal_tensor_count,
        op_changes=difference.op_changes,
        equal_fingerprints=difference.equal_fingerprints,
    )
    left = max_bytes - message.ByteSize() - 2 * _FIELD_BYTES
    for change in difference.interface_changes:
        told = _interface_to_proto(change)
        left -= told.ByteSize() + _FIELD_BYTES
        if left < max_bytes // 2:
            break
        message.interface_changes.append(told)
    for fact in difference.fact_changes:
        row = pb.FactChange(name=fact.name, before=fact.before, after=fact.after)
        left -= row.ByteSize() + _FIELD_BYTES
        if left < max_bytes // 4:
            break
        message.fact_changes.append(row)
    for one in difference.tensor_changes:
        tensor = _tensor_to_proto(one)
        left -= tensor.ByteSize() + _FIELD_BYTES
        if left < 0:
            break
        message.tensor_changes.append(tensor)
    omitted = len(difference.tensor_changes) - len(message.tensor_changes)
    message.omitted_tensor_change_count = difference.omitted_tensor_change_count + omitted
    return message


def difference_from_proto(message: pb.CompareResponse) -> Difference:
    """Returns what Compare answered. A kind of change that this release does not know is left out, and counted as omitted."""
    kinds = {number: kind for kind, number in _KINDS.items()}
    tensors = tuple(_tensor_from_proto(change, kinds[change.kind]) for change in message.tensor_changes if change.kind in kinds)
    return Difference(
        breaking=message.breaking,
        interface_changes=tuple(map(_interface_from_proto, message.interface_changes)),
        tensor_changes=tensors,
        equal_tensor_count=message.equal_tensor_count,
        op_changes=dict(sorted(message.op_changes.items())),
        fact_changes=tuple(FactChange(fact.name, fact.before, fact.after) for fact in message.fact_changes),
        omitted_tensor_change_count=message.omitted_tensor_change_count + len(message.tensor_changes) - len(tensors),
        equal_fingerprints=tuple(message.equal_fingerprints),
    )


def _interface_to_proto(change: InterfaceChange) -> pb.InterfaceChange:
    return pb.InterfaceChange(
        rule=change.rule,
        breaking=change.breaking,
        signature=change.signature,
        key=change.key,
        before=change.before,
        after=change.after,
    )


def _interface_from_proto(message: pb.InterfaceChange) -> InterfaceChange:
    return InterfaceChange(message.rule, message.breaking, message.signature, message.key, message.before, message.after)


def _tensor_to_proto(change: TensorChange) -> pb.TensorChange:
    return pb.TensorChange(
        kind=_KINDS[change.kind],
        before=None if change.before is None else stored_tensor_to_proto(change.before),
        after=None if change.after is None else stored_tensor_to_proto(change.after),
        max_abs_difference=change.max_abs_difference,
    )


def _tensor_from_proto(message: pb.TensorChange, kind: TensorChangeKind) -> TensorChange:
    return TensorChange(
        kind=kind,
        before=stored_tensor_from_proto(message.before) if message.HasField("before") else None,
        after=stored_tensor_from_proto(message.after) if message.HasField("after") else None,
        max_abs_difference=message.max_abs_difference if message.HasField("max_abs_difference") else None,
    )
