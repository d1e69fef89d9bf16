"""The first bytes of what a file compressed by zlib, gzip, bzip2 or xz holds, however much more it would unpack to."""

from __future__ import annotations

import bz2
import lzma
import zlib
from contextlib import suppress
from typing import Protocol

from tfreg.core.files import FileReader

_CHUNK_BYTES = 64 << 10
_MAX_MEMORY_BYTES = 16 << 20  # for xz, whose files say how much they need
_ZLIB_OR_GZIP = 47  # 15 bits of window, the kind told by the header


class _Decompressor(Protocol):
    """What the modules' decompressors have in common."""

    @property
    def eof(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def first_bytes(reader: FileReader, limit_bytes: int) -> bytes:
    """Returns at most `limit_bytes` of what the file holds; fewer if it ends or breaks before, none if it is not compressed."""
    out = bytearray()
    position = 0
    with suppress(zlib.error, lzma.LZMAError, OSError, EOFError, ValueError):
        decompressor = _decompressor(reader.read_at(0, 2))
        while len(out) < limit_bytes and not decompressor.eof and (chunk := reader.read_at(position, _CHUNK_BYTES)):
            position += len(chunk)
            out += decompressor.decompress(chunk, limit_bytes - len(out))
    return bytes(out)


def _decompressor(head: bytes) -> _Decompressor:
    if head == b"BZ":
        return bz2.BZ2Decompressor()
    if head == b"\xfd7":
        return lzma.LZMADecompressor(memlimit=_MAX_MEMORY_BYTES)
    return _Zlib()


class _Zlib:
    """zlib's decompressor, which hands back what it did not consume, like the others, which keep it."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(_ZLIB_OR_GZIP)

    @property
    def eof(self) -> bool:
        """Whether the end of the stream was reached."""
        return self._inner.eof

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Returns at most `max_length` bytes."""
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
