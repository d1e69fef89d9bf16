"""A part of a file as a file."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from tfreg.core.files import FileReader


class WindowReader:
    """Bytes `offset` to `offset + size` of another reader, which stays its owner's to close."""

    def __init__(self, reader: FileReader, offset_bytes: int, size_bytes: int) -> None:
        self._reader = reader
        self._offset_bytes = offset_bytes
        self._size_bytes = size_bytes

    @property
    def size_bytes(self) -> int:
        """How many bytes."""
        return self._size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        """Returns `length` bytes from `offset`; fewer only at the end."""
        length = max(0, min(length, self._size_bytes - offset))
        return self._reader.read_at(self._offset_bytes + offset, length) if length else b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        pass
