"""Which files make up the artifact that a local path stands for: all of a folder, or one checkpoint of those that lie in it.

A path may be a folder, a file, or the prefix of a checkpoint, with or without `.index` or `.meta` behind it. Of a folder with checkpoints
the newest one is taken (see `checkpoint_files`), with its graph; the state file `checkpoint`, events and other checkpoints are left out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tfreg.core.diagnostics import Diagnostic
from tfreg.core.errors import PathNotFoundError, TfregError
from tfreg.core.files import FileTree
from tfreg.core.formats.checkpoint_files import (
    Checkpoint,
    checkpoints_in,
    files_of,
    is_v1_table,
    may_belong,
    prefix_of,
)
from tfreg.core.formats.format import Format
from tfreg.core.formats.registry import recognise
from tfreg.core.formats.saved_model_files import main_file
from tfreg.core.trees import LocalTree, SubTree

_MAX_LISTED = 20


@dataclass(frozen=True, slots=True)
class Selected:
    """An artifact among the files of a tree.

    Attributes:
        tree: Its files.
        format: Its format.
        name: Prefix of the checkpoint; empty if the artifact is the whole tree, or a checkpoint whose prefix is empty.
        left_out: Paths of the tree's other files, where the user did not say which of them to take.
    """

    tree: FileTree
    format: Format
    name: str = ""
    left_out: tuple[str, ...] = ()

    def problem(self) -> Diagnostic | None:
        """Returns what to say of the files that are left out; None if none is."""
        from tfreg.core.formats.checkpoint_reading import left_out_problem

        return left_out_problem(self.left_out) if self.left_out else None


def open_path(path: str | os.PathLike[str]) -> tuple[LocalTree, str | None]:
    """Returns the tree that a path stands for, and the prefix of the checkpoint there if the path names one.

    Raises:
        PathNotFoundError, PathInvalidError: As LocalTree.
    """
    place = Path(path)
    if not place.is_dir() and place.parent.is_dir():
        prefix = prefix_of(place.name)
        folder = LocalTree(place.parent, only=lambda name: may_belong(name, prefix))
        if (
            place.name not in ("", "..")
            and (not place.is_file() or prefix != place.name or _is_v1(place))
            and _has(folder, prefix)
        ):
            return folder, prefix
    return LocalTree(place), None


def select(tree: FileTree, prefix: str | None = None) -> Selected:
    """Returns the artifact of a tree: the checkpoint of the prefix, else the newest checkpoint, else the whole tree.

    Raises:
        PathNotFoundError: There is no checkpoint of the prefix.
        NotAModelError: It is in no format.
    """
    found = _checkpoints(tree, prefix)
    return _of_checkpoint(tree, found[-1], named=prefix is not None) if found else Selected(tree, recognise(tree))


def select_all(tree: FileTree, prefix: str | None = None) -> Iterator[Selected]:
    """Yields each checkpoint of a tree that has values, oldest first; else what `select` returns.

    Raises:
        PathNotFoundError, NotAModelError: As `select`.
    """
    found = _checkpoints(tree, prefix)
    whole = [checkpoint for checkpoint in found if checkpoint.has_values]
    if not whole:
        yield select(tree, prefix)
    for checkpoint in whole:
        yield _of_checkpoint(tree, checkpoint, named=True)


def _checkpoints(tree: FileTree, prefix: str | None) -> list[Checkpoint]:
    if main_file(tree) is not None:
        return []
    found = checkpoints_in(tree)
    if prefix is None:
        return found
    chosen = [checkpoint for checkpoint in found if checkpoint.prefix == prefix]
    if not chosen:
        existing = ", ".join(repr(checkpoint.prefix) for checkpoint in found[-_MAX_LISTED:])
        raise PathNotFoundError(
            f"There is no checkpoint {prefix!r} in '{tree.name}'.",
            hint=f"There are: {existing}." if existing else "Check the path.",
            path=prefix,
        )
    return chosen


def _of_checkpoint(tree: FileTree, checkpoint: Checkpoint, *, named: bool) -> Selected:
    """Files beside one that the user named need no mention."""
    own = frozenset(files_of(tree, checkpoint))
    part = SubTree(tree, own)
    left_out = () if named else tuple(file.path for file in tree.files() if file.path not in own)
    return Selected(part, recognise(part), checkpoint.prefix, left_out)


def _has(folder: LocalTree, prefix: str) -> bool:
    try:
        return any(checkpoint.prefix == prefix for checkpoint in checkpoints_in(folder))
    except TfregError:
        return False


def _is_v1(file: Path) -> bool:
    tree = LocalTree(file)
    return is_v1_table(tree, file.name)
