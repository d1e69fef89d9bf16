"""Getting bytes onto the disk, by the cheapest means that the system has.

Measured on ext4: writing 1 GiB with the write-back started along the way leaves nothing to wait for at the end; one `syncfs` for many
files is cheaper than a sync of each, but waits for everybody else's bytes too, so that few files are synced one by one.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from functools import cache

from tfreg.store.blobs.folders import open_file

FEW = 16
"""Up to so many files or folders are synced one by one."""

_WRITE = 2  # SYNC_FILE_RANGE_WRITE of <linux/fs.h>: start writing what is dirty, do not wait
_THREADS = 8

_StartWriteback = Callable[[int, int, int], None]
_SyncFilesystem = Callable[[int], bool]


def start_writeback(fd: int, offset_bytes: int, length_bytes: int) -> None:
    """Asks the system to begin writing a range to the disk now. Promises nothing; does nothing where there is no such call."""
    _writeback_starter()(fd, offset_bytes, length_bytes)


def sync_files(folder_fd: int, names: Sequence[str]) -> None:
    """Returns when the content of the files is on the disk."""
    if len(names) > FEW and _filesystem_syncer()(folder_fd):
        return
    if len(names) == 1:
        _sync_file(folder_fd, names[0])
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_THREADS) as pool:
        for synced in [pool.submit(_sync_file, folder_fd, name) for name in names]:
            synced.result()


def sync_folders(folder_fds: Sequence[int]) -> None:
    """Returns when the names in the folders are on the disk. All are on one file system."""
    if len(folder_fds) > FEW and _filesystem_syncer()(folder_fds[0]):
        return
    for fd in folder_fds:
        os.fsync(fd)


def _sync_file(folder_fd: int, name: str) -> None:
    fd = open_file(name, folder_fd)
    try:
        getattr(os, "fdatasync", os.fsync)(fd)
    finally:
        os.close(fd)


@cache
def _writeback_starter() -> _StartWriteback:
    import ctypes

    call = getattr(ctypes.CDLL(None), "sync_file_range", None)
    if call is None:
        return lambda *_: None
    call.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    return lambda fd, offset_bytes, length_bytes: call(fd, offset_bytes, length_bytes, _WRITE)


@cache
def _filesystem_syncer() -> _SyncFilesystem:
    """Returns a function that syncs a whole file system, or answers False where that cannot be done."""
    import ctypes

    call = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if call is None:
        return lambda _: False

    def sync(fd: int) -> bool:
        if call(fd) == 0:
            return True
        number = ctypes.get_errno()
        if number == errno.ENOSYS:  # some sandboxes
            return False
        raise OSError(number, os.strerror(number))

    return sync
