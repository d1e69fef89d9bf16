"""What a long-running server does in the background: collection, what older releases did not compute, what killed servers left."""

from __future__ import annotations

import logging
from threading import Event, Thread

from tfreg.app.collection import clean
from tfreg.app.fingerprinting import take_missing
from tfreg.app.inspecting import Inspections
from tfreg.app.runtimes import forget_unused
from tfreg.app.stores import Stores
from tfreg.core.errors import TfregError
from tfreg.server.converting import Converting

_PERIOD_S = 3600.0
_log = logging.getLogger("tfreg.server")


class Housekeeping:
    """Works at the start and then hourly. A round that fails is logged; the next one comes."""

    def __init__(self, stores: Stores, converting: Converting | None = None, period_s: float = _PERIOD_S) -> None:
        self._stores = stores
        self._converting = converting
        self._period_s = period_s
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Ends; a round that runs is waited for. Fine if it never began."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._round()
            except TfregError as error:
                _log.warning("Housekeeping failed: %s", error)
            except Exception:
                _log.exception("Housekeeping failed")
            self._stopped.wait(self._period_s)

    def _round(self) -> None:
        freed = clean(self._stores)
        if freed.versions or freed.size_bytes:
            _log.info("Collected %d versions, %d blobs, %d bytes in all.", freed.versions, freed.blobs, freed.size_bytes)
        count = take_missing(self._stores, Inspections(self._stores), lambda: not self._stopped.is_set())
        if count:
            _log.info("Computed the fingerprints of %d artifacts.", count)
        forget_unused(self._stores)
        if self._converting is not None:
            self._converting.jobs().tidy()
            self._converting.checks().take_up(lambda: not self._stopped.is_set())
