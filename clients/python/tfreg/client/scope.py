"""All calls of one operation, to be given up together: when its caller is cancelled, or when one part of it fails."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from tfreg.core.errors import CancelledError


class Cancellable(Protocol):
    """A call under way."""

    def cancel(self) -> object:
        """Gives it up."""


class Scope:
    """What is under way for one operation. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: set[Cancellable] = set()
        self._cancelled = threading.Event()

    @property
    def is_cancelled(self) -> bool:
        """True once `cancel` was called."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Gives up what is under way, and all that would begin later."""
        self._cancelled.set()
        with self._lock:
            calls = list(self._calls)
        for call in calls:
            call.cancel()

    def check(self) -> None:
        """Raises CancelledError if the operation was given up."""
        if self._cancelled.is_set():
            raise CancelledError("The operation was given up.")

    def pause(self, pause_s: float) -> None:
        """Waits, and raises CancelledError if the operation is given up meanwhile."""
        self.wait(pause_s)
        self.check()

    def wait(self, pause_s: float) -> None:
        """Waits, but no longer than until the operation is given up."""
        self._cancelled.wait(pause_s)

    @contextmanager
    def watching(self, call: Cancellable) -> Iterator[None]:
        """Cancels `call` if the operation is given up before the block ends."""
        with self._lock:
            self._calls.add(call)
        try:
            if self.is_cancelled:
                call.cancel()
            yield
        finally:
            with self._lock:
                self._calls.discard(call)
