"""The folders that workers work in: one for each owner, held by a lock, so that what a dead owner left is known and taken away."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LOCK = "lock"
_REMOVE_TRIES = 50
_REMOVE_PAUSE_S = 0.05


class ScratchFolder:
    """A folder of this process below `scratch`. Making it takes away those whose owner is dead.

    Raises:
        OSError: `scratch` cannot be written.
    """

    def __init__(self, scratch: Path) -> None:
        scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(scratch / _LOCK):
            _sweep(scratch)
            self.path = Path(os.path.realpath(scratch)) / secrets.token_hex(8)
            self.path.mkdir(mode=0o700)
            self._lock = _try_lock(self.path / _LOCK)

    def make(self) -> Path:
        """Makes the folder of one worker: `in`, `out`, `scratch`, and `root` to build its walls upon."""
        folder = self.path / secrets.token_hex(8)
        for path in (folder, *(folder / name for name in ("in", "out", "scratch", "root"))):
            path.mkdir(mode=0o755)
        return folder

    def close(self) -> None:
        """Takes the folder away."""
        remove_tree(self.path)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def remove_tree(folder: Path) -> None:
    """Removes a folder with all that a worker left in it, however deep, and whatever its permissions.

    Processes that are just ending may still write there for a moment: it is tried again. What cannot be removed stays for the next
    start's sweep.
    """
    for _ in range(_REMOVE_TRIES):
        with suppress(OSError):
            _remove(folder)
        if not folder.exists():
            return
        time.sleep(_REMOVE_PAUSE_S)


def _remove(folder: Path) -> None:
    """Folders within folders are first moved to the top: so no path gets too long, and no call too deep."""
    while inner := _emptied(os.fspath(folder)):
        for path in inner:
            for deeper in _emptied(path):
                os.rename(deeper, folder / secrets.token_hex(8))
            os.rmdir(path)
    os.rmdir(folder)


def _emptied(folder: str) -> list[str]:
    """Removes the files of a folder and returns the folders in it."""
    inner = []
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            os.chmod(entry.path, 0o700)  # to list it, and to move it
            inner.append(entry.path)
        else:
            os.unlink(entry.path)
    return inner


def _sweep(scratch: Path) -> None:
    for folder in scratch.iterdir():
        if folder.is_dir() and not folder.is_symlink() and (lock := _try_lock(folder / _LOCK)) is not None:
            remove_tree(folder)
            os.close(lock)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    import fcntl

    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _try_lock(path: Path) -> int | None:
    """Returns the descriptor that holds the lock; None if another process holds it."""
    import fcntl

    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
