"""Watching: events as they happen, over as many connections as it takes."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from contextlib import suppress
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tfreg.client.patience import Stream, patiently
from tfreg.core.errors import CancelledError, DeadlineExceededError, InternalError, RequestInvalidError, UnavailableError
from tfreg.core.events import Event, EventGroup, Watched
from tfreg.core.names import parse_model_name
from tfreg.translate.events import group_from_proto, watch_to_proto

if TYPE_CHECKING:
    from tfreg.client.calls import Calls
    from tfreg.v1.registry_pb2 import WatchResponse

PATIENCE_S = 45.0
"""After so long without a heartbeat, of which a server sends one every 15 s, it is asked anew."""
_LOST = (UnavailableError, DeadlineExceededError, CancelledError)
"""How a server that stops, or one between, may end a stream."""
_LARGEST = 2**63 - 1
"""Number that a message can say."""


class Watching(Iterator[Event]):
    """Events in the order of the commits, each once; the next one is waited for. `Client.watch` makes it.

    A connection that is lost is made again, for as long as it takes, and goes on after the event that came last. One thread reads; any
    thread may close it.

    Raises:
        SequenceUnknownError: By `next`: the server came back with an older state, or as another registry.
        TfregError: By `next`: the server refuses, such as INTERNAL.
    """

    def __init__(self, calls: Calls, watched: Watched, after_sequence: int | None) -> None:
        self._calls = calls
        self._watched = watched
        self._next: deque[Event] = deque()
        self._groups: Generator[EventGroup]
        first = calls.retrying(lambda timeout_s: self._connect(after_sequence, timeout_s), calls.deadline_s)
        self._reached = self._sequence = first.sequence

    @property
    def sequence(self) -> int:
        """Everything up to this number was given out: who watches after it later misses nothing, and hears nothing twice."""
        return self._sequence

    def __next__(self) -> Event:
        while not self._next:
            self._sequence = self._reached
            group = self._group()
            if group is None:
                raise StopIteration
            self._next.extend(group.events)
            self._reached = group.sequence
        event = self._next.popleft()
        self._sequence = event.sequence if self._next else self._reached
        return event

    def close(self) -> None:
        """Ends it: whoever waits for the next event sees the end."""
        self._calls.scope.cancel()
        with suppress(ValueError):  # another thread waits in it, and sees that the call was given up
            self._groups.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _group(self) -> EventGroup | None:
        """Returns the next group; None once it was closed."""
        failed = 0
        while not self._calls.scope.is_cancelled:
            try:
                return next(self._groups)
            except StopIteration:  # nothing was wrong, but whoever stands between may limit how long a stream lasts
                pass
            except _LOST:
                self._calls.connection.check_open()
                if self._calls.retry.attempts <= 1 and not self._calls.scope.is_cancelled:
                    raise
            self._calls.scope.wait(self._calls.retry.pause_s(failed))
            failed += 1
            self._groups = self._stream(self._reached, PATIENCE_S)
        return None

    def _connect(self, after_sequence: int | None, timeout_s: float) -> EventGroup:
        self._groups = self._stream(after_sequence, timeout_s / 2)
        first = next(self._groups, None)
        if first is None:
            raise InternalError("The server ended the watch before it began.")
        return first

    def _stream(self, after_sequence: int | None, first_patience_s: float) -> Generator[EventGroup]:
        calls = self._calls
        with calls.translated_errors():
            call = calls.connection.registry.Watch(watch_to_proto(self._watched, after_sequence))
            try:
                with calls.scope.watching(call):
                    for response in _patient(call, first_patience_s):
                        calls.connection.has_answered = True
                        yield group_from_proto(response)
            finally:
                call.cancel()


def watch(calls: Calls, models: tuple[str, ...], prefix: str, after_sequence: int | None) -> Watching:
    """See `Client.watch`."""
    if after_sequence is not None and not 0 <= after_sequence <= _LARGEST:
        raise RequestInvalidError(
            f"{after_sequence} is no sequence number.", hint="They are 1, 2, 3, ...; 0 is before the first."
        )
    return Watching(calls, Watched(frozenset(map(parse_model_name, models)), prefix), after_sequence)


def _patient(call: Stream[WatchResponse], first_patience_s: float) -> Iterator[WatchResponse]:
    """Yields the messages of a stream whose first one comes at once."""
    yield from islice(patiently(call, first_patience_s), 1)
    yield from patiently(call, PATIENCE_S)
