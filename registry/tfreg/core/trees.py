"""The file trees that need no store: a local folder or file, some of the files of another tree, and a dictionary in memory."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from shlex import quote
from types import TracebackType
from typing import Self

from tfreg.core.errors import LimitExceededError, PathInvalidError, PathNotFoundError, SourceChangedError
from tfreg.core.files import FileReader, FileStat, FileTree
from tfreg.core.manifests import MAX_FILES, check_path


class LocalTree:
    """A local folder, or a single file.

    Only regular files belong to it. A link inside is refused rather than followed: it could point at a file that its sender never
    meant to publish, and it would become something else on another machine. The root itself may be a link.

    Args:
        path: The folder or the file.
        only: Of the folder's own entries those with such a name belong to it, and others are not even looked at; None: all do.

    Raises:
        PathNotFoundError: There is nothing at `path`.
        PathInvalidError: `path` is neither a folder nor a regular file.
    """

    def __init__(self, path: str | os.PathLike[str], only: Callable[[str], bool] | None = None) -> None:
        self._root = Path(path)
        self._only = only
        try:
            mode = self._root.stat().st_mode
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise PathNotFoundError(
                f"There is nothing to read at '{os.fspath(path)}': {reason}.", hint="Check the path.", path=str(self._root)
            ) from None
        if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
            raise PathInvalidError(f"'{self._root}' is neither a folder nor a regular file.", path=str(self._root))
        self._is_file = stat.S_ISREG(mode)

    @property
    def name(self) -> str:
        """The path as the user gave it."""
        return str(self._root)

    @property
    def is_file(self) -> bool:
        """Whether the root is a single file."""
        return self._is_file

    def files(self) -> tuple[FileStat, ...]:
        """All files below the root, sorted by the path's UTF-8 bytes; the file itself under its plain name if the root is a file.

        Raises:
            PathInvalidError: The folder holds a link or a special file, or a path that is not portable.
            PathNotFoundError: A folder cannot be read.
            LimitExceededError: There are more than `MAX_FILES` files.
        """
        if self._is_file:
            return (FileStat(_portable(self._root.name), self._root.stat().st_size),)
        found: list[FileStat] = []
        for file in self._walk(self._root, ""):
            found.append(file)
            if len(found) > MAX_FILES:
                raise LimitExceededError(f"'{self._root}' has more than {MAX_FILES} files.", hint="Name the model's own folder.")
        return tuple(sorted(found, key=lambda file: file.path.encode()))

    def open(self, path: str) -> FileReader:
        """Opens a file of `files()`.

        Raises:
            PathNotFoundError: There is no such file.
            PathInvalidError: A link or a special file stands there.
        """
        flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            if self._is_file:
                return LocalReader(os.open(self._root, flags), path)
            descriptor = _open_beneath(self._root, path, flags)
        except OSError as error:
            if error.errno is not None and self._is_link(path):
                raise self._not_regular(path) from None
            raise PathNotFoundError(
                f"'{path}' cannot be read in '{self._root}': {error.strerror}.",
                hint="Check the path and its permissions.",
                path=path,
            ) from None
        return LocalReader(descriptor, path)

    def _walk(self, folder: Path, prefix: str) -> Iterator[FileStat]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            raise PathNotFoundError(
                f"'{folder}' cannot be read: {error.strerror}.", hint="Check its permissions.", path=str(folder)
            ) from None
        for entry in entries:
            if self._only is not None and not prefix and not self._only(entry.name):
                continue
            path = _portable(prefix + entry.name)
            if entry.is_symlink():
                raise self._not_regular(path)
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(Path(entry.path), path + "/")
            elif entry.is_file(follow_symlinks=False):
                yield FileStat(path, entry.stat(follow_symlinks=False).st_size)
            else:
                raise self._not_regular(path)

    def _is_link(self, path: str) -> bool:
        parts = path.split("/")
        return any(self._root.joinpath(*parts[:depth]).is_symlink() for depth in range(1, len(parts) + 1))

    def _not_regular(self, path: str) -> PathInvalidError:
        if self._is_link(path):
            hint = f"Copy the folder with the files that its links stand for, and name the copy: cp -rL {quote(self.name)} DST"
            return PathInvalidError(f"'{path}' in '{self._root}' is a link.", hint=hint, path=path)
        hint = "Move it out of the folder; only regular files are read."
        return PathInvalidError(
            f"'{path}' in '{self._root}' is a special file, such as a pipe or a device.", hint=hint, path=path
        )


class LocalReader:
    """Random access to an open local file, by positions, so that threads can share it. Closes the descriptor on exit.

    Raises:
        PathInvalidError: The descriptor is not a regular file's.
    """

    def __init__(self, descriptor: int, path: str) -> None:
        self._descriptor = descriptor
        self._path = path
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise PathInvalidError(f"'{path}' is not a regular file.", path=path)
        self._size_bytes = status.st_size

    @property
    def size_bytes(self) -> int:
        """Size of the file when it was opened."""
        return self._size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        """Returns `length` bytes from `offset`; fewer only at the file's end.

        Raises:
            SourceChangedError: The file can no longer be read.
        """
        try:
            content = os.pread(self._descriptor, length, offset)
            while len(content) < length and (more := os.pread(self._descriptor, length - len(content), offset + len(content))):
                content += more
        except OSError as error:
            raise SourceChangedError(f"'{self._path}' can no longer be read: {error.strerror}.", path=self._path) from None
        return content

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        os.close(self._descriptor)


class SubTree:
    """Some of the files of a tree.

    Args:
        tree: All of them.
        paths: Those that belong to this one.
    """

    def __init__(self, tree: FileTree, paths: Iterable[str]) -> None:
        self._tree = tree
        wanted = frozenset(paths)
        self._files = tuple(file for file in tree.files() if file.path in wanted)
        self._paths = frozenset(file.path for file in self._files)

    @property
    def name(self) -> str:
        """The name of the whole tree."""
        return self._tree.name

    def files(self) -> tuple[FileStat, ...]:
        """The files, sorted by the path's UTF-8 bytes."""
        return self._files

    def open(self, path: str) -> FileReader:
        """Opens a file.

        Raises:
            PathNotFoundError: There is no such file in this part of the tree.
        """
        if path not in self._paths:
            raise PathNotFoundError(f"'{path}' is not among the files of '{self.name}'.", path=path)
        return self._tree.open(path)


class MemoryTree:
    """A dictionary of path to content as a tree."""

    def __init__(self, files: Mapping[str, bytes], name: str = "memory") -> None:
        self._files = dict(files)
        self._name = name

    @property
    def name(self) -> str:
        """The name that was given."""
        return self._name

    def files(self) -> tuple[FileStat, ...]:
        """All files, sorted by the path's UTF-8 bytes."""
        return tuple(FileStat(path, len(self._files[path])) for path in sorted(self._files, key=str.encode))

    def open(self, path: str) -> FileReader:
        """Opens a file.

        Raises:
            PathNotFoundError: There is no such file.
        """
        if path not in self._files:
            raise PathNotFoundError(f"'{path}' is not in {self._name}.", path=path)
        return BytesReader(self._files[path])


class BytesReader:
    """Bytes in memory as a file."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    @property
    def size_bytes(self) -> int:
        """How many bytes."""
        return len(self._content)

    def read_at(self, offset: int, length: int) -> bytes:
        """Returns `length` bytes from `offset`; fewer only at the end."""
        return self._content[offset : offset + length]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        pass


def _portable(path: str) -> str:
    """Returns the path of a file that is there if every file system can hold it.

    Raises:
        PathInvalidError: It must be renamed.
    """
    try:
        return check_path(path)
    except PathInvalidError as error:
        raise PathInvalidError(error.message, hint="Rename the file, or the folder it is in.", **error.metadata) from None


def _open_beneath(root: Path, path: str, flags: int) -> int:
    """Opens `path` below `root` segment by segment without following a link, so that a link put there meanwhile leads nowhere."""
    *folders, name = check_path(path).split("/")
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for segment in folders:
            inner = os.open(segment, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(name, flags | os.O_NOFOLLOW, dir_fd=folder)
    finally:
        os.close(folder)
