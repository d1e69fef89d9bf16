"""What a loop computes, whatever its variables are called and in which order they stand.

A loop is its condition and what each variable becomes in one round. Three looks at the body settle what a variable is: the first one, with
variables by number, finds those that never change, which count as what they are outside; in the second one a variable is known by its first
value; in the third one also by what the second one said that it becomes. So no order enters, and a loop of control flow v1 is the same
as the While that it was made of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tfreg.core.fingerprints.tokens import Leaves, Token, hashed, leaf

Level = tuple[str, int]
"""Kind and depth of a loop: loops within each other have different ones."""
Evaluate = Callable[[int, Sequence[Token]], tuple[Token, Sequence[Token]]]
"""Returns condition and next values for a look (0, 1, 2) and what the variables are."""
_SYMBOLS = -(1 << 40)
_SETS_PER_STEP = 8
_PAIRS_PER_STEP = 64


@dataclass(frozen=True, slots=True)
class Settled:
    """A loop after the third look.

    Attributes:
        firsts: First values.
        symbols: What the variables are within the loop.
        nexts: What they become.
        condition: The condition.
    """

    firsts: Sequence[Token]
    symbols: Sequence[Token]
    nexts: Sequence[Token]
    condition: Token


class Settling:
    """Settles the loops of one graph.

    Args:
        leaves: The sets of leaves.
        hash_of: Makes a token of a name and inputs.
        spend: Takes steps off the budget, and raises when it is used up.
    """

    def __init__(self, leaves: Leaves, hash_of: Callable[[str, Sequence[Token]], Token], spend: Callable[[int], None]) -> None:
        self._leaves, self._hash_of, self._spend = leaves, hash_of, spend
        self._numbers: dict[tuple[Level, int], int] = {}

    def settle(self, firsts: Sequence[Token], evaluate: Evaluate, level: Level) -> Settled:
        """Looks at a loop three times. Whatever `evaluate` raises goes through; asked again later, it is asked the same."""
        self._spend(len(firsts) ** 2 // _PAIRS_PER_STEP)
        count = range(len(firsts))
        sets = [self._set_of(level, number) for number in count]
        symbols = [leaf(f"loop variable {number}", f"loop variable {number}", sets[number]) for number in count]
        _, nexts = evaluate(0, symbols)
        changing = [number for number in count if number < len(nexts) and nexts[number] != symbols[number]]
        for look in (1, 2):
            known = {number: (firsts[number], *((nexts[number],) if look == 2 else ())) for number in changing}
            symbols = [hashed("loop variable", known[n], sets[n]) if n in known else firsts[n] for n in count]
            condition, nexts = evaluate(look, symbols)
        return Settled(firsts, symbols, nexts, condition)

    def output(self, loop: Settled, token: Token, level: Level) -> Token:
        """Returns what a tensor within the loop is when the loop has ended."""
        if token not in loop.symbols:
            return self._joined(loop, [token], level)
        number = loop.symbols.index(token)
        return token if token == loop.firsts[number] else self._joined(loop, [self._row(loop, number)], level, number)

    def _joined(self, loop: Settled, own: list[Token], level: Level, number: int = -1) -> Token:
        own_numbers = {self._numbers[level, place]: place for place in range(len(loop.firsts)) if (level, place) in self._numbers}
        needed = {number} if number >= 0 else set()
        waiting = [loop.condition, *own, *([loop.nexts[number]] if number >= 0 else [])]
        outside: set[int] = set()
        while waiting:
            found = self._leaves.of([waiting.pop().leaves])
            self._spend(1 + len(found) // _SETS_PER_STEP)
            outside |= found - own_numbers.keys()
            for place in {own_numbers[leaf_number] for leaf_number in found & own_numbers.keys()} - needed:
                needed.add(place)
                waiting.append(loop.nexts[place])
        rows = sorted((self._row(loop, place) for place in needed), key=lambda row: (row.program, row.model))
        token = self._hash_of("Loop", [loop.condition, *own, *rows])
        firsts = self._leaves.union(loop.firsts[place].leaves for place in needed)
        return Token(token.program, token.model, self._leaves.union([firsts, *map(self._leaves.add, sorted(outside))]))

    def _row(self, loop: Settled, place: int) -> Token:
        return self._hash_of("loop variable", [loop.firsts[place], loop.symbols[place], loop.nexts[place]])

    def _set_of(self, level: Level, number: int) -> int:
        key = level, number
        if key not in self._numbers:
            self._numbers[key] = _SYMBOLS - len(self._numbers)
        return self._leaves.add(self._numbers[key])
