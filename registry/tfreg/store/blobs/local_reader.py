"""Reads one blob of the local store."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Self


class LocalBlobReader:
    """Random access to an open blob, from any number of threads. Owns the descriptor."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.size_bytes = os.fstat(fd).st_size

    def read_at(self, offset: int, length: int) -> bytes:
        """Returns `length` bytes from `offset`; fewer only at the end."""
        content = os.pread(self._fd, length, offset)
        if len(content) == length or not content:
            return content
        return content + self.read_at(offset + len(content), length - len(content))  # a read may be cut short by a signal

    def close(self) -> None:
        """Gives up the descriptor."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
