"""When to try again: only while the server does not answer, a few times, each after a longer pause."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

_MOST_DOUBLINGS = 30  # a watcher tries for as long as it takes


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a call that is safe to repeat is repeated.

    Attributes:
        attempts: How often it is tried in all; 1: never again.
        first_pause_s: Pause after the first failure. Each further one is twice as long; half of each is left to chance, so that
            many clients do not come back at once.
        longest_pause_s: No pause is longer.
    """

    attempts: int = 5
    first_pause_s: float = 0.2
    longest_pause_s: float = 2.0

    def pauses_s(self) -> Iterator[float]:
        """Returns the pauses between the attempts."""
        return map(self.pause_s, range(self.attempts - 1))

    def pause_s(self, failed: int) -> float:
        """Returns the pause after an attempt before which so many others failed."""
        longest: float = min(self.first_pause_s * 2 ** min(failed, _MOST_DOUBLINGS), self.longest_pause_s)
        return longest * (0.5 + random.random() / 2)  # noqa: S311 no secret
