"""How long the next message of a stream may take. A deadline for a whole stream would have to know how much it brings."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Protocol, TypeVar

from tfreg.core.errors import DeadlineExceededError

MessageT_co = TypeVar("MessageT_co", covariant=True)


class Stream(Protocol[MessageT_co]):
    """Messages from a server that can be given up."""

    def __iter__(self) -> Iterator[MessageT_co]: ...

    def cancel(self) -> object:
        """Gives up."""


def patiently(stream: Stream[MessageT_co], patience_s: float) -> Iterator[MessageT_co]:
    """Yields the messages of a stream.

    Raises:
        DeadlineExceededError: None came for `patience_s`, or for up to twice as long. Time that the caller takes does not count.
    """
    watch = _Watch(stream, patience_s)
    try:
        for message in stream:
            watch.rest()
            yield message
            watch.wake()
    except Exception:
        if watch.expired:
            raise DeadlineExceededError(f"The server sent nothing for {patience_s:g} s.") from None
        raise
    finally:
        watch.end()


class _Watch:
    """Looks every `patience_s` whether something came since it looked last."""

    def __init__(self, stream: Stream[object], patience_s: float) -> None:
        self._stream = stream
        self._patience_s = patience_s
        self._count = 0
        self._waiting = True
        self._ended = threading.Event()
        self.expired = False
        threading.Thread(target=self._look, name="tfreg-patience", daemon=True).start()

    def rest(self) -> None:
        self._count, self._waiting = self._count + 1, False

    def wake(self) -> None:
        self._count, self._waiting = self._count + 1, True

    def end(self) -> None:
        self._ended.set()

    def _look(self) -> None:
        seen = -1
        while not self._ended.wait(self._patience_s):
            if self._waiting and seen == self._count:
                self.expired = True
                self._stream.cancel()
                return
            seen = self._count
