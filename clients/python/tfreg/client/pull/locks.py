"""One pull of an artifact at a time, among all processes and threads of the machine."""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tfreg.client.scope import Scope
from tfreg.core.errors import RequestInvalidError

_POLL_S = 0.02
_held: set[str] = set()  # a record lock excludes processes only: this excludes the threads of this one
_held_lock = threading.Lock()


@contextmanager
def exclusive(path: Path, scope: Scope) -> Iterator[None]:
    """Holds the lock of a file. Waits for it until the operation is given up.

    Raises:
        CancelledError: The operation was given up.
    """
    name = os.path.realpath(path)
    while not _take(name):
        scope.pause(_POLL_S)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            while not _lock(descriptor):
                scope.pause(_POLL_S)
            yield
        finally:
            os.close(descriptor)  # which drops the lock
    finally:
        with _held_lock:
            _held.discard(name)


def _take(name: str) -> bool:
    with _held_lock:
        if name in _held:
            return False
        _held.add(name)
        return True


def check_lockable() -> None:
    """Checks that this system has the locks by which the processes that share a cache agree, and the rest of POSIX with them.

    Raises:
        RequestInvalidError: It has not.
    """
    try:
        import fcntl  # noqa: F401
    except ImportError:
        raise RequestInvalidError(
            f"Pulls need POSIX file locks, which Python has not on this system ({sys.platform}).",
            hint="Pull on Linux or macOS; or in WSL, on Windows. All else works here.",
        ) from None


def _lock(descriptor: int) -> bool:
    import fcntl

    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN):
            return False
        raise
    return True
