"""Files below a folder, reached without following a link, whatever somebody put there."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tfreg.core.errors import PathInvalidError
from tfreg.core.manifests import check_path


@contextmanager
def open_beneath(root: Path, path: str, flags: int, mode: int = 0o644, *, make_folders: bool = False) -> Iterator[int]:
    """Opens `path` below `root` and yields its descriptor, which is closed at the end.

    Args:
        root: The folder. It may itself be reached through links.
        path: Path of a manifest.
        flags: As for os.open.
        mode: Permissions of a file that is made.
        make_folders: Make the folders on the way.

    Raises:
        PathInvalidError: The path is unsafe, or a link or something that is no folder lies in the way.
        FileNotFoundError: It is not there.
    """
    *folders, name = check_path(path).split("/")
    try:
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for segment in folders:
                inner = _open_folder(segment, folder, make=make_folders)
                os.close(folder)
                folder = inner
            descriptor = os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, mode, dir_fd=folder)
        finally:
            os.close(folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EISDIR):
            raise PathInvalidError(
                f"A link or something else lies in the way of '{path}' in '{root}'.", hint="Take it away.", path=path
            ) from None
        raise
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _open_folder(name: str, parent: int, *, make: bool) -> int:
    if make:
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=parent)
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)


def write_all(descriptor: int, data: bytes | memoryview, offset: int) -> None:
    """Writes bytes at a place of a file."""
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written


def copy_range(source: int, target: int, length: int, source_offset: int, target_offset: int) -> int:
    """Copies bytes between files, within the kernel where it can. Returns how many: fewer only at the source's end."""
    copied = 0
    while copied < length:
        step = _copy_some(source, target, length - copied, source_offset + copied, target_offset + copied)
        if step == 0:
            break
        copied += step
    return copied


def _copy_some(source: int, target: int, length: int, source_offset: int, target_offset: int) -> int:
    if hasattr(os, "copy_file_range"):
        try:
            return os.copy_file_range(source, target, min(length, 1 << 30), source_offset, target_offset)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM):
                raise
    data = os.pread(source, min(length, 1 << 20), source_offset)
    write_all(target, data, target_offset)
    return len(data)
