"""How the core reads files: a tree of paths and random access, whoever keeps the bytes.

A local folder, a stored artifact and a test's dictionary are all a `FileTree`, so each format is written once for `tfreg show ./dir`
and for the server.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self


@dataclass(frozen=True, slots=True)
class FileStat:
    """A file of a tree.

    Attributes:
        path: Path below the tree's root, `/` between segments. For a tree that is one file: its plain name.
        size_bytes: Its size.
    """

    path: str
    size_bytes: int


class FileReader(Protocol):
    """Random access to the bytes of one file. Use it as a context manager."""

    @property
    def size_bytes(self) -> int:
        """Size of the file."""

    def read_at(self, offset: int, length: int) -> bytes:
        """Returns `length` bytes from `offset`; fewer only at the file's end."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


class FileTree(Protocol):
    """Files below one root."""

    @property
    def name(self) -> str:
        """What the user calls the root, for messages: a path or a reference."""

    def files(self) -> tuple[FileStat, ...]:
        """All files, sorted by the path's UTF-8 bytes."""

    def open(self, path: str) -> FileReader:
        """Opens a file of `files()`.

        Raises:
            PathNotFoundError: There is no such file.
        """
