"""Which extents of an incoming artifact are written already."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

Place = tuple[int, int]
"""File index and extent index, as layout.json orders them."""

NAME = "journal"
_LINE = re.compile(rb"([0-9]{1,9}) ([0-9]{1,9})\n")


class Journal:
    """The journal of an incoming artifact, open for appending. Thread-safe.

    Args:
        folder: The incoming artifact's folder.
        extent_counts: How many extents each file has.
    """

    def __init__(self, folder: Path, extent_counts: Sequence[int]) -> None:
        self._path = folder / NAME
        self._lock = threading.Lock()
        self._places = set(_read(self._path, extent_counts))
        self._descriptor = self._open()
        size_bytes = os.fstat(self._descriptor).st_size
        if size_bytes and os.pread(self._descriptor, 1, size_bytes - 1) != b"\n":
            os.write(self._descriptor, b"\n")

    def __contains__(self, place: Place) -> bool:
        return place in self._places

    def add(self, places: Collection[Place]) -> None:
        """Notes that the bytes of extents are at their places."""
        lines = b"".join(b"%d %d\n" % place for place in places)
        with self._lock:
            os.write(self._descriptor, lines)
            self._places.update(places)

    def drop_files(self, files: Collection[int]) -> None:
        """Forgets all extents of files, by a new journal."""
        with self._lock:
            self._places = {place for place in self._places if place[0] not in files}
            draft = self._path.with_name(f".{NAME}.{os.getpid()}")
            draft.write_bytes(b"".join(b"%d %d\n" % place for place in sorted(self._places)))
            draft.rename(self._path)
            os.close(self._descriptor)
            self._descriptor = self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        os.close(self._descriptor)

    def _open(self) -> int:
        return os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)


def _read(path: Path, extent_counts: Sequence[int]) -> Iterator[Place]:
    if not path.exists():
        return
    with path.open("rb") as lines:
        for line in lines:
            match = _LINE.fullmatch(line)
            if match and int(match[1]) < len(extent_counts) and int(match[2]) < extent_counts[int(match[1])]:
                yield int(match[1]), int(match[2])
