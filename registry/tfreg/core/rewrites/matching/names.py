"""Which weight has the name that a place asks for. Scopes in front are passed over only where that leaves no choice.

Four rules, each for what the ones before left over:
1. the names are equal, but for a `:0`;
2. they are equal once one and the same scope is put before all places, or all weights: `model/` of a checkpoint's root object;
3. one is the other with a scope before it, and neither has another partner: Keras 2 writes `low/kernel` for `tower/low/kernel`;
4. as 3, with the names of recurrent cells left out: Keras 2 numbers them anew in each program, `lstm/lstm_cell_7/kernel`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

_CELL = re.compile(r"(?:[a-z]+_)+cell(?:_\d+)?/")
_MAX_SEGMENTS = 64
_MAX_SCOPES = 16
Rule = Callable[[Sequence[tuple[str, ...]], Sequence[str]], Mapping[int, int]]


def pairs_of(wanted: Sequence[tuple[str, ...]], given: Sequence[str]) -> dict[int, int]:
    """Returns which weight each place gets, by their indices.

    Args:
        wanted: For each place the names that it may have.
        given: The name of each weight.
    """
    wanted = [tuple(dict.fromkeys(map(plain, names))) for names in wanted]
    given = [plain(name) for name in given]
    found: dict[int, int] = {}
    for rule in (_equal, _below_one_scope, _below_any_scope, _without_cells):
        places = [index for index in range(len(wanted)) if index not in found]
        taken = set(found.values())
        weights = [index for index in range(len(given)) if index not in taken]
        new = rule([wanted[index] for index in places], [given[index] for index in weights])
        found |= {places[place]: weights[weight] for place, weight in new.items()}
    return found


def plain(name: str) -> str:
    """Returns a name without the output's number."""
    return name.removesuffix(":0")


def _equal(wanted: Sequence[tuple[str, ...]], given: Sequence[str]) -> Mapping[int, int]:
    return _unique(wanted, [(name,) for name in given])


def _below_one_scope(wanted: Sequence[tuple[str, ...]], given: Sequence[str]) -> Mapping[int, int]:
    """Finds the one scope with which every place has a weight, or every weight a place."""
    complete: list[Mapping[int, int]] = []
    for scope in _scopes([name for names in wanted for name in names[:1]], given):
        found = _equal([tuple(scope + name for name in names) for names in wanted], given)
        if len(found) == len(wanted):
            complete.append(found)
    for scope in _scopes(given, [name for names in wanted for name in names]):
        found = _equal(wanted, [scope + name for name in given])
        if len(found) == len(wanted):
            complete.append(found)
    return complete[0] if len(complete) == 1 else {}


def _scopes(shorter: Sequence[str], longer: Sequence[str]) -> Iterator[str]:
    """Yields the scopes that lead from the first of the shorter names to longer ones."""
    if shorter:
        found = dict.fromkeys(name.removesuffix(shorter[0]) for name in longer if name.endswith(f"/{shorter[0]}"))
        yield from islice(found, _MAX_SCOPES)


def _below_any_scope(wanted: Sequence[tuple[str, ...]], given: Sequence[str]) -> Mapping[int, int]:
    weights_by_ending: defaultdict[str, set[int]] = defaultdict(set)
    weights_by_name: defaultdict[str, set[int]] = defaultdict(set)
    for index, name in enumerate(given):
        weights_by_name[name].add(index)
        for ending in _endings(name):
            weights_by_ending[ending].add(index)
    candidates: list[set[int]] = []
    for names in wanted:
        found = set().union(*(weights_by_ending.get(name, set()) for name in names))
        found |= set().union(*(weights_by_name.get(ending, set()) for name in names for ending in _endings(name)))
        candidates.append(found)
    times = Counter(weight for found in candidates for weight in found)
    return {place: next(iter(found)) for place, found in enumerate(candidates) if len(found) == 1 and times[min(found)] == 1}


def _without_cells(wanted: Sequence[tuple[str, ...]], given: Sequence[str]) -> Mapping[int, int]:
    return _below_any_scope(
        [tuple(dict.fromkeys(_CELL.sub("", name) for name in names)) for names in wanted],
        [_CELL.sub("", name) for name in given],
    )


def _endings(name: str) -> Iterator[str]:
    """Yields what is left of a name without its first scopes, but for its last segment, which is `kernel` in every layer."""
    segments = name.split("/")[-_MAX_SEGMENTS:]
    for start in range(len(segments) - 1):
        yield "/".join(segments[start:])


def _unique(wanted: Sequence[tuple[str, ...]], given: Iterable[tuple[str, ...]]) -> Mapping[int, int]:
    """Pairs places and weights that have a name in common, and no other partner."""
    by_name: defaultdict[str, set[int]] = defaultdict(set)
    for index, names in enumerate(given):
        for name in names:
            by_name[name].add(index)
    candidates = [set().union(*(by_name.get(name, set()) for name in names)) for names in wanted]
    times = Counter(weight for found in candidates for weight in found)
    return {place: min(found) for place, found in enumerate(candidates) if len(found) == 1 and times[min(found)] == 1}
