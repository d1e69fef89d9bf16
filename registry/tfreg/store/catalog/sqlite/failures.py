"""SQLite's failures in the words of tfreg."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from tfreg.core.errors import DataFolderInvalidError, ServerUnavailableError, TfregError
from tfreg.store.blobs.full_disk import storage_full

_CATALOG_NEEDS_BYTES = 1024 * 1024  # a transaction's usual size is far below


@contextmanager
def failures_told(path: str) -> Iterator[None]:
    """Turns what can happen to a sound program into errors that say what to do. Others pass as they are: they are bugs."""
    try:
        yield
    except sqlite3.DatabaseError as failure:
        raise told(failure, path) from failure


def told(failure: sqlite3.DatabaseError, path: str) -> TfregError | sqlite3.DatabaseError:
    """Returns what to raise for a failure: it itself, where it can only be a bug."""
    code = getattr(failure, "sqlite_errorcode", 0) & 0xFF  # the upper bits say more than is needed
    if code == sqlite3.SQLITE_FULL:
        return storage_full(_CATALOG_NEEDS_BYTES, shutil.disk_usage(os.path.dirname(path)).free)
    if code == sqlite3.SQLITE_BUSY:
        return ServerUnavailableError(f"Other processes have kept {path} busy for too long.", hint="Try again.", path=path)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return DataFolderInvalidError(
            f"{path} is damaged: {failure}.", hint="Put a backup of the data folder in its place.", path=path
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return DataFolderInvalidError(f"{path} cannot be written: {failure}.", hint="Make the folder writable.", path=path)
    return failure
