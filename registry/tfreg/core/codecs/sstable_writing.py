"""Writes a sorted string table, as LevelDB and TensorFlow's checkpoints lay it out; `sstable` reads it and says how it looks."""

from __future__ import annotations

from collections.abc import Iterable

from tfreg.core.codecs import crc32c
from tfreg.core.codecs.sstable import MAGIC
from tfreg.core.codecs.varint import encode

_BLOCK_BYTES = 256 << 10  # where TensorFlow ends a block
_RESTART_INTERVAL = 16
_HANDLES_BYTES = 40
_UNCOMPRESSED = b"\0"
Entry = tuple[bytes, bytes]


def write_table(entries: Iterable[Entry]) -> bytes:
    """Returns the file for keys and their values.

    Args:
        entries: In any order; no two of one key.

    Raises:
        ValueError: Two have one key.
    """
    content, index = bytearray(), _Block(restart_interval=1)
    block, last = _Block(), None
    for key, value in sorted(entries):
        if key == last:
            raise ValueError(f"two entries have the key {key[:100]!r}")
        if block.size_bytes >= _BLOCK_BYTES and last is not None:
            index.add(last, _appended(content, block))
            block = _Block()
        block.add(key, value)
        last = key
    if last is not None:
        index.add(last, _appended(content, block))
    handles = _appended(content, _Block()) + _appended(content, index)  # the former is the metaindex, which holds nothing
    return bytes(content) + handles.ljust(_HANDLES_BYTES, b"\0") + MAGIC


class _Block:
    """Entries in ascending order, each written as what it adds to the key before; every so often one is written whole."""

    def __init__(self, restart_interval: int = _RESTART_INTERVAL) -> None:
        self._content = bytearray()
        self._restarts = [0]
        self._interval = restart_interval
        self._count = 0
        self._last = b""

    @property
    def size_bytes(self) -> int:
        return len(self._content)

    def add(self, key: bytes, value: bytes) -> None:
        shared = 0
        if self._count % self._interval:
            shared = _shared(self._last, key)
        elif self._count:
            self._restarts.append(len(self._content))
        self._content += encode(shared) + encode(len(key) - shared) + encode(len(value)) + key[shared:] + value
        self._last, self._count = key, self._count + 1

    def content(self) -> bytes:
        restarts = [*self._restarts, len(self._restarts)]
        return bytes(self._content) + b"".join(number.to_bytes(4, "little") for number in restarts)


def _shared(last: bytes, key: bytes) -> int:
    """Returns how many bytes both begin with alike."""
    return next((at for at, (one, other) in enumerate(zip(last, key, strict=False)) if one != other), min(len(last), len(key)))


def _appended(content: bytearray, block: _Block) -> bytes:
    """Appends a block with its checksum; returns its handle, which says where it is."""
    start, body = len(content), block.content() + _UNCOMPRESSED
    content += body + crc32c.mask(crc32c.extend(0, body)).to_bytes(4, "little")
    return encode(start) + encode(len(body) - len(_UNCOMPRESSED))
