"""Tokens: what a tensor of a graph is, as digests, and which leaves it is computed from."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

NO_LEAVES = 0
_IS_LEAF = -1


@dataclass(frozen=True, slots=True)
class Token:
    """A tensor by what computes it.

    Attributes:
        program: Digest with weights by dtype and shape.
        model: Digest with weights by content.
        leaves: Number of its set of leaves, see `Leaves`.
    """

    program: bytes
    model: bytes
    leaves: int = NO_LEAVES

    def output(self, index: int) -> Token:
        """Returns another output of the same operation."""
        if not index:
            return self
        suffix = index.to_bytes(4, "little")
        return Token(self.program + suffix, self.model + suffix, self.leaves)


def hashed(what: str, inputs: Iterable[Token], leaves: int) -> Token:
    """Returns the token of something named `what` over its inputs."""
    program, model = hashlib.sha256(what.encode()), hashlib.sha256(what.encode())
    for token in inputs:
        program.update(b"|%d|" % len(token.program) + token.program)
        model.update(b"|%d|" % len(token.model) + token.model)
    return Token(program.digest(), model.digest(), leaves)


def leaf(program: str, model: str, leaves: int) -> Token:
    """Returns the token of what has no inputs."""
    return Token(hashlib.sha256(program.encode()).digest(), hashlib.sha256(model.encode()).digest(), leaves)


def value_text(dtype: str, shape: tuple[int, ...], content: str = "") -> str:
    """Returns what stands for a value: by its content, or by dtype and shape only."""
    return f"value {dtype} [{','.join(map(str, shape))}] {content}"


class Leaves:
    """Sets of leaves as numbers: 0 is the empty one, others a leaf or a union of two, so that a set costs eight bytes however large."""

    def __init__(self) -> None:
        self._left, self._right = array("q", [0]), array("q", [0])
        self._singles: dict[int, int] = {}

    def add(self, number: int) -> int:
        """Returns the set of the one leaf with this number."""
        if number not in self._singles:
            self._singles[number] = self._append(number, _IS_LEAF)
        return self._singles[number]

    def union(self, sets: Iterable[int]) -> int:
        """Returns the set of all leaves of some sets."""
        distinct = [one for one in dict.fromkeys(sets) if one]
        if not distinct:
            return NO_LEAVES
        joined = distinct[0]
        for other in distinct[1:]:
            joined = self._append(joined, other)
        return joined

    def of(self, sets: Iterable[int]) -> set[int]:
        """Returns the numbers of all leaves of some sets."""
        found: set[int] = set()
        waiting, seen = list(sets), set[int]()
        while waiting:
            one = waiting.pop()
            if one == NO_LEAVES or one in seen:
                continue
            seen.add(one)
            left, right = self._left[one], self._right[one]
            if right == _IS_LEAF:
                found.add(left)
            else:
                waiting += (left, right)
        return found

    def _append(self, left: int, right: int) -> int:
        self._left.append(left)
        self._right.append(right)
        return len(self._left) - 1
