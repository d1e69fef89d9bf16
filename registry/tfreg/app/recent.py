"""What was used last is kept, up to a weight; the rest is computed again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """A bounded memory from keys to values, for any number of threads. Two that miss at once may both compute."""

    def __init__(self, max_weight: int) -> None:
        self._max_weight = max_weight
        self._weight = 0
        self._entries: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Key) -> Value | None:
        """Returns the value that is kept; None if there is none."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def keep(self, key: Key, value: Value, weight: int = 1) -> None:
        """Keeps a value; one that is heavier than all that may be kept is dropped, and the others stay."""
        with self._lock:
            _, before = self._entries.pop(key, (None, 0))
            self._weight -= before
            if weight > self._max_weight:
                return
            self._entries[key] = (value, weight)
            self._weight += weight
            while self._weight > self._max_weight:
                _, (_, dropped) = self._entries.popitem(last=False)
                self._weight -= dropped

    def get(self, key: Key, compute: Callable[[], Value], weigh: Callable[[Value], int]) -> Value:
        """Returns the value that is kept, else computes and keeps it."""
        value = self.find(key)
        if value is None:
            value = compute()
            self.keep(key, value, weigh(value))
        return value
