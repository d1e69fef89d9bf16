"""Watch: what happens to models, told to each watcher in the order of the commits, without gap or double.

The catalog alone knows what happened, and each watcher reads its events there, after the number that it was told last. So nothing can be
missed or told twice, however slow the watcher is and whichever process over the same data folder commits. One thread looks for news while
there are watchers, and wakes those that it concerns.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from threading import BoundedSemaphore, Event, RLock, Thread

from tfreg.app.ports import Catalog
from tfreg.core.errors import RequestInvalidError, SequenceUnknownError, ServerUnavailableError
from tfreg.core.events import EventGroup, Watched
from tfreg.core.names import ModelName

HEARTBEAT_S = 15.0
"""How long a watcher is told nothing at most."""
MAX_EVENTS = 1000
"""Most events of a group."""
_PERIOD_S = 0.02
_HEALING_S = 1.0  # a catalog that fails is not asked, nor its failure logged, as often
_READERS = 4  # hundreds are woken by one event: each reader is a connection to the catalog
_log = logging.getLogger("tfreg.server")


class Watchers:
    """All who watch the models of one catalog.

    Args:
        catalog: Where events are.
        max_models: How many models a watcher can name.
        heartbeat_s: After how long without events a watcher is told that there were none.
    """

    def __init__(self, catalog: Catalog, max_models: int, heartbeat_s: float = HEARTBEAT_S) -> None:
        self.heartbeat_s = heartbeat_s
        self._catalog = catalog
        self._max_models = max_models
        self._reading = BoundedSemaphore(_READERS)
        self._lock = RLock()  # a watcher that the garbage collector finds ends wherever that happens to run
        self._watchers: set[Watcher] = set()
        self._poller: Thread | None = None
        self._closed = Event()

    def begin(self, watched: Watched, after_sequence: int | None) -> Watcher:
        """Returns a new watcher, which is to be told to leave.

        Args:
            watched: Which models it wants to hear of.
            after_sequence: What it was told last; 0: everything from the first event on; None: from now on.

        Raises:
            RequestInvalidError: It names too many models, or a number below 0.
            SequenceUnknownError: No event has had that number.
            ServerUnavailableError: The server is stopping.
        """
        if len(watched.models) > self._max_models:
            raise _too_many_models(len(watched.models), self._max_models)
        with self._lock:
            if self._closed.is_set():
                raise _stopping()
            newest = self._catalog.newest_sequence()
            told = newest if after_sequence is None else _checked(after_sequence, newest)
            watcher = Watcher(self, watched, told)
            self._watchers.add(watcher)
            if self._poller is None:
                self._poller = Thread(target=self._poll, args=(newest,), name="tfreg-watch", daemon=True)
                self._poller.start()
        return watcher

    @property
    def watcher_count(self) -> int:
        """How many watch now."""
        return len(self._watchers)

    def close(self) -> None:
        """Ends all watchers, which are told that the server is stopping; none can begin any more."""
        with self._lock:
            self._closed.set()
            poller = self._poller
            for watcher in tuple(self._watchers):
                watcher.wake()
        if poller is not None:
            poller.join()

    def check_open(self) -> None:
        """Raises ServerUnavailableError once `close` was called."""
        if self._closed.is_set():
            raise _stopping()

    def read(self, watched: Watched, after_sequence: int) -> EventGroup:
        """Reads a group of events, at most `MAX_EVENTS`.

        Raises:
            SequenceUnknownError: The catalog is not the one that it was.
        """
        with self._reading:
            group = self._catalog.events(watched, after_sequence, MAX_EVENTS)
        _checked(after_sequence, group.sequence)
        return group

    def end(self, watcher: Watcher) -> None:
        """Forgets a watcher. One that is forgotten already is fine."""
        with self._lock:
            self._watchers.discard(watcher)

    def _poll(self, seen: int) -> None:
        """Wakes watchers until there are none. `seen` is not beyond what any of them was told or has read."""
        while not self._closed.wait(_PERIOD_S):
            with self._lock:
                if not self._watchers:
                    self._poller = None
                    return
            try:
                if self._catalog.newest_sequence() != seen:
                    seen = self._wake(seen)
            except Exception:  # the watchers read for themselves: each is told what is wrong
                _log.warning("Looking for events failed", exc_info=True)
                self._wake_all()
                self._closed.wait(_HEALING_S)

    def _wake(self, seen: int) -> int:
        with self._reading:
            group = self._catalog.events(Watched(), seen, MAX_EVENTS)
        happened = {event.model for event in group.events}
        with self._lock:
            for watcher in tuple(self._watchers):
                if watcher.wants(happened):
                    watcher.wake()
        return group.sequence

    def _wake_all(self) -> None:
        with self._lock:
            for watcher in tuple(self._watchers):
                watcher.wake()


class Watcher:
    """One that watches. Its groups are read by one thread; any thread may tell it to leave."""

    def __init__(self, watchers: Watchers, watched: Watched, told: int) -> None:
        self._all = watchers
        self._watched = watched
        self._told = told
        self._woken = Event()
        self._has_left = False

    def groups(self) -> Iterator[EventGroup]:
        """Yields from where it watches, at once and without events; then each group of events as it comes, and empty ones as heartbeats.

        It ends once the watcher has left.

        Raises:
            ServerUnavailableError: The server is stopping.
            SequenceUnknownError: The catalog is not the one that it was.
        """
        try:
            yield EventGroup(self._told)
            is_woken = True
            while not self._has_left:
                self._all.check_open()
                self._woken.clear()
                group = self._all.read(self._watched, self._told)
                self._told = group.sequence
                if group.events or not is_woken:
                    yield group
                is_woken = len(group.events) == MAX_EVENTS or self._woken.wait(self._all.heartbeat_s)
        finally:
            self._all.end(self)

    def leave(self) -> None:
        """Ends it."""
        self._has_left = True
        self._all.end(self)
        self._woken.set()

    def wake(self) -> None:
        """Makes it look for what happened."""
        self._woken.set()

    def wants(self, models: set[ModelName]) -> bool:
        """Whether it wants to hear of one of these."""
        return self._watched.includes_any(models)


def _checked(after_sequence: int, newest: int) -> int:
    if after_sequence < 0:
        raise RequestInvalidError(
            f"{after_sequence} is no sequence number.", hint="They are 1, 2, 3, ...; 0 is before the first."
        )
    if after_sequence > newest:
        raise SequenceUnknownError(
            f"This registry never gave the sequence number {after_sequence}; its newest is {newest}. It is another registry, or an"
            " older backup.",
            hint="Read the state anew, and watch from there.",
            after_sequence=str(after_sequence),
            newest_sequence=str(newest),
        )
    return after_sequence


def _too_many_models(count: int, limit: int) -> RequestInvalidError:
    return RequestInvalidError(
        f"{count} models are named; a watcher can name {limit}.",
        hint="Name a prefix of their names, or watch all models.",
        limit="max_watched_models",
    )


def _stopping() -> ServerUnavailableError:
    return ServerUnavailableError("The server is stopping.", hint="Try again in a moment.")
