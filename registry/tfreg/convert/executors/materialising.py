"""Inputs of a job written into its work folder, piece by piece."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

from tfreg.core.conversions.steps import StillWanted
from tfreg.core.errors import CancelledError, StorageFullError
from tfreg.core.files import FileTree
from tfreg.core.manifests import check_path
from tfreg.core.rewrites.pieces import CHUNK_BYTES, RewrittenTree, chunks_of
from tfreg.core.trees import LocalTree

_SAVED_MODEL = frozenset({"saved_model.pb", "saved_model.pbtxt"})


def materialise(tree: FileTree, folder: Path, still_wanted: StillWanted) -> str:
    """Writes the files of a tree into a new folder.

    Args:
        tree: The files.
        folder: The folder to make; its name is the role.
        still_wanted: Is asked after each piece.

    Returns:
        What stands for the artifact, relative to the folder's parent: its folder, or its single file.

    Raises:
        StorageFullError: No room on the disk.
        CancelledError: It is no longer wanted.
    """
    files = tree.files()
    folder.mkdir(mode=0o755)
    try:
        for file in files:
            target = folder / check_path(file.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as out:
                for chunk in _chunks(tree, file.path, file.size_bytes):
                    out.write(chunk)
                    if not still_wanted():
                        raise CancelledError("The conversion was cancelled.")
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise StorageFullError(
            f"There is no room for the files of '{tree.name}' in the work folder.", hint="Free space where conversions work."
        ) from None
    paths = [file.path for file in files]
    return f"{folder.name}/{paths[0]}" if _is_single_file(tree, paths) else folder.name


def _is_single_file(tree: FileTree, paths: list[str]) -> bool:
    if isinstance(tree, LocalTree) and tree.is_file:
        return True
    return len(paths) == 1 and "/" not in paths[0] and paths[0] not in _SAVED_MODEL


def _chunks(tree: FileTree, path: str, size_bytes: int) -> Iterator[bytes]:
    if isinstance(tree, RewrittenTree):
        yield from chunks_of(tree.pieces(path))
        return
    with tree.open(path) as reader:
        for offset in range(0, size_bytes, CHUNK_BYTES):
            yield reader.read_at(offset, CHUNK_BYTES)
