"""A difference in one line."""

from __future__ import annotations

from collections.abc import Iterator

from tfreg.core.comparing.difference import Difference, TensorChange, TensorChangeKind
from tfreg.core.comparing.rules import NOT_COMPARABLE
from tfreg.core.fingerprints.weights import is_of_model
from tfreg.core.weights import is_weight


def verdict_of(difference: Difference) -> str:
    """Returns such as `same model in another format`, or `same program, other weights (2 tensors); interface breaks`."""
    return "; ".join((_model(difference), *_interface(difference)))


def formats_of(difference: Difference) -> tuple[str, str] | None:
    """Returns the formats of the two sides; None if they have the same one."""
    return next(((fact.before, fact.after) for fact in difference.fact_changes if fact.name == "format"), None)


def _model(difference: Difference) -> str:
    same, elsewhere = difference.equal_fingerprints, " in another format" if formats_of(difference) else ""
    if "bytes" in same:
        return "same files"
    if "model" in same:
        return f"same model{elsewhere}"
    if "program" in same and "weights" in same:
        return f"same program and weights{elsewhere}"
    if "program" in same:
        return f"same program, {_other_weights(difference)}"
    if "weights" in same:
        return "same weights in another format" if elsewhere else f"{_program(difference)}same weights"
    return f"{_program(difference)}{_other_weights(difference)}{', another format' * bool(elsewhere)}"


def _program(difference: Difference) -> str:
    return "other program, " if difference.op_changes and formats_of(difference) is None else ""


def _other_weights(difference: Difference) -> str:
    changed = [one for one in difference.tensor_changes if one.kind is TensorChangeKind.CHANGED]
    weights = sum(map(_is_weight, changed))
    if weights:
        return f"other weights ({_count(weights)}{' at least' * (difference.omitted_tensor_change_count > 0)})"
    others = changed if formats_of(difference) else difference.tensor_changes  # what one format does not store is not gone
    if others:
        return f"other values ({_count(len(others) + difference.omitted_tensor_change_count)})"
    return "weights not known to be the same"


def _is_weight(change: TensorChange) -> bool:
    sides = (change.before, change.after)
    return any(one and is_weight(one.dtype, one.shape, one.quantization) and is_of_model(one.name) for one in sides)


def _count(number: int) -> str:
    return f"{number} tensor{'s' * (number > 1)}"


def _interface(difference: Difference) -> Iterator[str]:
    if difference.breaking:
        yield "interface breaks"
    elif any(change.rule == NOT_COMPARABLE for change in difference.interface_changes):
        yield "interface not comparable"
    elif difference.interface_changes:
        yield "interface changes"
