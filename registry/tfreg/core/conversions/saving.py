"""A conversion's result as local files: they appear whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tfreg.core.errors import DestinationExistsError, PathInvalidError, PathNotFoundError, StorageFullError
from tfreg.core.files import FileTree
from tfreg.core.rewrites.pieces import RewrittenTree, chunks_of

_CHUNK_BYTES = 1 << 20


def check_destination(destination: Path, *, overwrite: bool) -> None:
    """Checks that a result can be put there, before any work.

    Raises:
        DestinationExistsError: Something is there, and may not be replaced; or it is a folder that holds something else.
        PathNotFoundError: The folder that it shall be in is not there.
    """
    if not destination.absolute().parent.is_dir():
        raise PathNotFoundError(
            f"There is no folder '{destination.parent}'.", hint="Make it first.", path=str(destination.parent)
        )
    if os.path.lexists(destination) and not overwrite:
        raise DestinationExistsError(
            f"'{destination}' is there already.", hint="Name another place, or add --overwrite.", path=str(destination)
        )


def save(tree: FileTree, destination: Path, *, is_folder: bool, overwrite: bool = False) -> int:
    """Writes a tree: into a new folder, or its only file as a file.

    Args:
        tree: The files.
        destination: The folder, or the file.
        is_folder: Whether `destination` shall be a folder.
        overwrite: Whether what is there may be replaced.

    Returns:
        How many bytes were written.

    Raises:
        DestinationExistsError, PathNotFoundError: As `check_destination`.
        StorageFullError: The disk is full; nothing is left.
        PathInvalidError: It cannot be written there.
    """
    check_destination(destination, overwrite=overwrite)
    waiting = destination.absolute().parent / f".{destination.name}.{os.urandom(6).hex()}"
    with _told(destination):
        try:
            size_bytes = _write_folder(tree, waiting) if is_folder else _write_file(tree, tree.files()[0].path, waiting)
            _put(waiting, destination)
        finally:
            _remove(waiting)
    return size_bytes


def _write_folder(tree: FileTree, folder: Path) -> int:
    folder.mkdir()
    total = 0
    for file in tree.files():
        target = folder.joinpath(*file.path.split("/"))
        target.parent.mkdir(parents=True, exist_ok=True)
        total += _write_file(tree, file.path, target)
    return total


def _write_file(tree: FileTree, path: str, target: Path) -> int:
    with target.open("xb") as out:
        for chunk in _chunks(tree, path):
            out.write(chunk)
        return out.tell()


def _chunks(tree: FileTree, path: str) -> Iterator[bytes]:
    if isinstance(tree, RewrittenTree):
        yield from chunks_of(tree.pieces(path))
        return
    with tree.open(path) as reader:
        for offset in range(0, reader.size_bytes, _CHUNK_BYTES):
            yield reader.read_at(offset, _CHUNK_BYTES)


def _put(waiting: Path, destination: Path) -> None:
    """Moves what was written to its place; what is there goes first, and comes back if that fails."""
    if not os.path.lexists(destination) or (destination.is_file() and waiting.is_file()):
        waiting.replace(destination)
        return
    aside = destination.absolute().parent / f".{destination.name}.{os.urandom(6).hex()}"
    destination.rename(aside)
    try:
        waiting.rename(destination)
    except OSError:
        aside.rename(destination)
        raise
    _remove(aside)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _told(destination: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFullError(
                f"The disk is full: '{destination}' was not written.", hint="Make room.", path=str(destination)
            ) from None
        raise PathInvalidError(
            f"'{destination}' cannot be written: {error.strerror}.", hint="Check the folder's permissions.", path=str(destination)
        ) from None
