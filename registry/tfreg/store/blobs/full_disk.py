"""A full disk, said in numbers: how much is needed and how much is free."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from tfreg.core.errors import StorageFullError

RESERVE_BYTES = 16 * 1024 * 1024
"""Kept free for the catalog, which needs room even to delete."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})  # no room, quota reached, file size limit reached


def storage_full(needed_bytes: int, free_bytes: int) -> StorageFullError:
    """Makes the error of a disk that has `free_bytes` where `needed_bytes` and the reserve are needed."""
    needed = f"{_mb(needed_bytes + 99_999)} are needed beside" if needed_bytes else "needed are"
    return StorageFullError(
        f"The registry's disk is full: {needed} the {_mb(RESERVE_BYTES)} that are kept for the catalog, {_mb(free_bytes)} are free.",
        hint="Make room on that disk: other files, or versions (tfreg rm REF --purge frees their space at once). Push again within the "
        "hour and what was sent is still there; else the server frees it then, and tfreg doctor --clean at once.",
        needed_bytes=str(needed_bytes),
        free_bytes=str(free_bytes),
    )


def free_bytes(folder_fd: int) -> int:
    """Bytes that this user may still write on the file system of an open folder."""
    stat = os.fstatvfs(folder_fd)
    return stat.f_bavail * stat.f_frsize


def check_room(folder_fd: int, needed_bytes: int) -> None:
    """Raises StorageFullError if `needed_bytes` more would not leave the reserve."""
    free = free_bytes(folder_fd)
    if needed_bytes + RESERVE_BYTES > free:
        raise storage_full(needed_bytes, free)


@contextmanager
def full_disk_told(folder_fd: int, needed_bytes: int) -> Iterator[None]:
    """Turns the system's errors for a full disk into StorageFullError."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise storage_full(needed_bytes, free_bytes(folder_fd)) from error


def _mb(size_bytes: int) -> str:
    """A size rounded down: what is free must not read as enough."""
    return f"{size_bytes // 100_000 / 10:,.1f} MB"
