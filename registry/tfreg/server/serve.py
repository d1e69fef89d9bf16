"""`tfreg serve`: a data folder served until a signal ends it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from queue import SimpleQueue

from tfreg.server.compose import RegistryServer, ServerOptions, open_stores
from tfreg.server.embedded import close_stores
from tfreg.server.housekeeping import Housekeeping
from tfreg.server.version import server_version
from tfreg.store.data_folder import WORK_FOLDER
from tfreg.translate.buffers import keep_buffers

GRACE_S = 10.0


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def serve(
    address: str,
    data: str | PathLike[str],
    *,
    options: ServerOptions | None = None,
    announce: Callable[[str], None] = _print,
    grace_s: float = GRACE_S,
) -> None:
    """Serves a data folder until SIGTERM or SIGINT; then calls that run get `grace_s` seconds. To be called on the main thread.

    Args:
        address: `host:port` (port 0: any that is free) or `unix:/path`.
        data: The data folder; made if it is not there.
        options: How the server runs.
        announce: Is given one line when the server is ready, with the address taken.
        grace_s: How long calls may go on after the signal.

    Raises:
        DataFolderInvalidError, RequestInvalidError: The folder cannot be used, or the address not be had.
    """
    keep_buffers()
    ended: SimpleQueue[int] = SimpleQueue()  # which a signal's handler may use at any moment; an Event would lock up
    with ExitStack() as cleanup:
        stores = open_stores(data)
        cleanup.callback(close_stores, stores)
        options = options or ServerOptions()
        server = RegistryServer(stores, replace(options, convert=options.convert.working_in(Path(data) / WORK_FOLDER)))
        housekeeping = Housekeeping(stores, server.converting)
        cleanup.callback(housekeeping.stop)  # waits for a collection that runs: only once no more calls are taken
        taken = server.bind(address)
        for number in (signal.SIGTERM, signal.SIGINT):
            cleanup.callback(signal.signal, number, signal.signal(number, lambda number, _: ended.put(number)))
        server.start()
        cleanup.callback(server.stop, grace_s)
        housekeeping.start()
        announce(f"tfreg {server_version()} serving {fspath(data)} on {taken}")
        ended.get()
