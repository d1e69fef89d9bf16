"""A registry within the process, reached over a private Unix socket: the same code as a server, without one."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Self

from tfreg.app.stores import Stores
from tfreg.server.compose import RegistryServer, ServerOptions, open_stores
from tfreg.server.converting import ConvertOptions
from tfreg.store.data_folder import WORK_FOLDER
from tfreg.translate.buffers import keep_buffers


class EmbeddedServer:
    """Serves a data folder, or stores that are open already, for as long as the context lasts.

    Attributes:
        target: Where to connect to, as grpc takes it.

    Raises:
        DataFolderInvalidError: On entering: the folder cannot be used.
    """

    def __init__(self, data: str | PathLike[str] | Stores, *, threads: int = 8, convert: ConvertOptions | None = None) -> None:
        self._data = data
        # Who opens a registry in its own process is gone after the answer: a server does the checks, or who waits for them.
        converting = replace(convert or ConvertOptions(), checks_in_background=False)
        self._options = ServerOptions(threads=threads, operable=False, convert=converting)
        self._cleanup = ExitStack()
        self.target = ""

    def __enter__(self) -> Self:
        keep_buffers()
        with ExitStack() as cleanup:
            stores, options = self._data, self._options
            if not isinstance(stores, Stores):
                options = replace(options, convert=options.convert.working_in(Path(stores) / WORK_FOLDER))
                stores = open_stores(stores)
                cleanup.callback(close_stores, stores)
            folder = tempfile.mkdtemp(prefix="tfreg-")  # 0700: only this user can connect
            cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
            server = RegistryServer(stores, options)
            cleanup.callback(server.stop)
            self.target = server.bind(f"unix:{folder}/s")
            server.start()
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._cleanup.close()


def close_stores(stores: Stores) -> None:
    """Gives up what `open_stores` opened."""
    stores.catalog.close()
    stores.blobs.close()
