"""How far a transfer is."""

from __future__ import annotations

import threading
from typing import Protocol


class Progress(Protocol):
    """Told from time to time how far a transfer is; calls come one at a time, from any thread."""

    def __call__(self, phase: str, done_bytes: int, total_bytes: int) -> None:
        """Takes the state.

        Args:
            phase: `hash` (reading and hashing local files) and `send`, which overlap; or `receive`, then `copy`.
            done_bytes: How many bytes of the phase are done. A transfer that was interrupted counts its repetition once.
            total_bytes: How many there are as far as is known; it grows while a push finds out what the server lacks.
        """


class Meter:
    """Counts the bytes of one phase and tells a `Progress`. Thread-safe."""

    def __init__(self, progress: Progress | None, phase: str, total_bytes: int = 0, lock: threading.Lock | None = None) -> None:
        self._progress = progress
        self._phase = phase
        self._total_bytes = total_bytes
        self._done_bytes = 0
        self._lock = lock or threading.Lock()

    @property
    def done_bytes(self) -> int:
        """How many bytes are done."""
        return self._done_bytes

    def add(self, done_bytes: int = 0, total_bytes: int = 0) -> None:
        """Counts bytes that were done, or that turned out to be there."""
        with self._lock:
            self._done_bytes += done_bytes
            self._total_bytes += total_bytes
            if self._progress is not None:
                self._progress(self._phase, self._done_bytes, self._total_bytes)
