"""Weights find their places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tfreg.core.conversions.results import WeightMatch, WeightMatches
from tfreg.core.errors import RequestInvalidError, WeightsMismatchError
from tfreg.core.rewrites.matching.names import pairs_of
from tfreg.core.rewrites.matching.place import Place
from tfreg.core.rewrites.weights.weight import Weight

_TOLD = 5
_HINT = (
    "Say how weights find their places with --match name, path or order; --partial takes those that do and leaves the others out."
)
_HINT_OF_ORDER = (
    "Leave --match out, and names and paths are tried first; --partial takes the weights that fit and leaves the others out."
)
Pairs = list[tuple[Weight, Place]]


def match(
    weights: Sequence[Weight], places: Sequence[Place], how: str, partial: bool, *, ordered: bool = False
) -> tuple[Pairs, WeightMatches]:
    """Finds the place of each weight.

    Args:
        weights: What there is; for `order` in Keras's order.
        places: What is wanted, likewise.
        how: `name`, `path` or `order`; empty: the first of these that fills all places.
        partial: Take what fits, though not all does.
        ordered: Whether the order of the weights is known to be Keras's, so that it may be gone by unasked.

    Returns:
        The pairs in the order of the places, and what became of all weights and places. A weight fills one place at most.

    Raises:
        WeightsMismatchError: A place gets no weight, or one of another dtype or shape, and that is not allowed by `partial`.
        RequestInvalidError: There is no such way.
    """
    if how and how not in _WAYS:
        raise RequestInvalidError(f"{how!r} is no way for weights to find their places.", hint="It is name, path or order.")
    tried: list[tuple[Pairs, WeightMatches]] = []
    for way in (how,) if how else _WAYS:
        found = _WAYS[way](weights, places)
        if not how and way == "order" and not ordered:
            continue  # equal shapes alone do not say that a weight is the right one
        tried.append(_told(way, found, weights, places))
        if _is_whole(tried[-1][1]):
            return tried[-1]
    pairs, matches = max(tried, key=lambda one: len(one[0]))
    if partial:
        return pairs, matches
    raise _mismatch(matches, len(weights), len(places))


def _by_name(weights: Sequence[Weight], places: Sequence[Place]) -> dict[int, int]:
    return pairs_of([(place.name,) for place in places], [weight.name for weight in weights])


def _by_path(weights: Sequence[Weight], places: Sequence[Place]) -> dict[int, int]:
    return pairs_of([place.paths for place in places], [weight.path for weight in weights])


def _by_order(weights: Sequence[Weight], places: Sequence[Place]) -> dict[int, int]:
    return {index: index for index in range(min(len(weights), len(places)))}


_WAYS: dict[str, Callable[[Sequence[Weight], Sequence[Place]], dict[int, int]]] = {
    "name": _by_name,
    "path": _by_path,
    "order": _by_order,
}


def _told(way: str, found: dict[int, int], weights: Sequence[Weight], places: Sequence[Place]) -> tuple[Pairs, WeightMatches]:
    pairs: Pairs = []
    misshaped: list[str] = []
    missing: list[str] = []
    used = set(found.values())
    for index, place in enumerate(places):
        if index not in found:
            missing.append(place.name)
        elif clash := place.clash(weights[found[index]]):
            misshaped.append(clash)
        else:
            pairs.append((weights[found[index]], place))
    return pairs, WeightMatches(
        way,
        tuple(WeightMatch(weight.name, place.name) for weight, place in pairs),
        tuple(missing),
        tuple(weight.name for index, weight in enumerate(weights) if index not in used),
        tuple(misshaped),
    )


def _is_whole(matches: WeightMatches) -> bool:
    """Whether every place is filled; in order, no weight may be left over either."""
    return not matches.missing and not matches.misshaped and not (matches.by == "order" and matches.left_over)


def _mismatch(matches: WeightMatches, weights: int, places: int) -> WeightsMismatchError:
    parts = [f"Of {places} places {len(matches.matched)} found a weight by {matches.by}, of {weights} weights"]
    if matches.by == "order" and matches.misshaped:  # what comes behind the first is told by it
        parts.append(f"the first that does not fit: {matches.misshaped[0]}")
    else:
        parts += _lists(matches)
    return WeightsMismatchError(
        "; ".join(parts) + ".",
        hint=_HINT_OF_ORDER if matches.by == "order" else _HINT,
        by=matches.by,
        missing=", ".join(matches.missing[:_TOLD]),
        misshaped=", ".join(matches.misshaped[:_TOLD]),
        left_over=", ".join(matches.left_over[:_TOLD]),
    )


def _lists(matches: WeightMatches) -> Iterator[str]:
    for told, names in (
        ("without a weight", matches.missing),
        ("of another shape or dtype", matches.misshaped),
        ("without a place", matches.left_over),
    ):
        if names:
            rest = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
            yield f"{told}: {', '.join(names[:_TOLD])}{rest}"
