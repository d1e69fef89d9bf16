"""Folders by descriptor: each name is opened below its parent's descriptor, so that no symbolic link is ever followed."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tfreg.core.errors import DataFolderInvalidError

_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a planted pipe must not make anyone wait


def open_folder(name: str, parent_fd: int, *, make: bool = False) -> int:
    """Returns a descriptor of the folder `name` below an open folder; the caller closes it.

    Raises:
        FileNotFoundError: There is none, and it was not to be made.
        DataFolderInvalidError: Something else is there, such as a symbolic link.
    """
    if make:
        with suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=parent_fd)
    try:
        return os.open(name, _FOLDER_FLAGS, dir_fd=parent_fd)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENOTDIR):
            raise
        raise DataFolderInvalidError(
            f"{name!r} in the data folder is not a folder but something else, such as a symbolic link.",
            hint="Nothing in the data folder is a link; find out who put it there and remove it.",
            name=name,
        ) from error


@contextmanager
def folder(name: str, parent_fd: int, *, make: bool = False) -> Iterator[int]:
    """`open_folder` for the time of a with block."""
    fd = open_folder(name, parent_fd, make=make)
    try:
        yield fd
    finally:
        os.close(fd)


@contextmanager
def unlocked(folder_fd: int) -> Iterator[bool]:
    """Gives whether nobody holds the folder's lock (`flock`), and keeps it from being taken for the time of a with block."""
    import fcntl

    own_fd = os.open(
        ".", _FOLDER_FLAGS, dir_fd=folder_fd
    )  # a lock belongs to an opening of the folder: threads must not share one
    try:
        try:
            fcntl.flock(own_fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(own_fd)


def open_file(name: str, folder_fd: int) -> int:
    """Returns a descriptor for reading `name`, which may be anything but a link; a link is an OSError with ELOOP."""
    return os.open(name, _FILE_FLAGS, dir_fd=folder_fd)
