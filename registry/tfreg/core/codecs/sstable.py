"""Reads a sorted string table, the container of a checkpoint's `.index` file and of a whole V1 checkpoint.

The format is LevelDB's (https://github.com/google/leveldb/blob/main/doc/table_format.md): blocks of key-value pairs whose keys are
written as what they add to the key before; an index block that says where the data blocks are; a footer that says where the index is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tfreg.core.codecs.crc32c import matches
from tfreg.core.codecs.errors import ChecksumError, CodecError, LimitError, TruncatedError
from tfreg.core.codecs.varint import decode
from tfreg.core.files import FileReader

MAGIC = bytes.fromhex("57fb808b247547db")
"""The last eight bytes of the file."""

_FOOTER_BYTES = 48
_TRAILER_BYTES = 5  # compression type and checksum after each block
_MAX_BLOCK_BYTES = 16 << 20  # TensorFlow cuts at 256 KiB; a block is longer only for a longer value
_LARGE_BLOCK_BYTES = 1 << 20  # `places` steps over the values of longer ones, so cannot check their checksums
_MAX_HEAD_BYTES = 30  # of an entry: three varints
_MAX_KEY_BYTES = 8 << 10
_MAX_KEYS_BYTES = 64 << 20  # of all keys together: prefixes let a small file spell out long keys, so also:
_MAX_KEYS_FACTOR, _FREE_KEYS_BYTES = 8, 1 << 20  # so many times the file, and these; TensorFlow saves less than half
_UNCOMPRESSED, _SNAPPY = 0, 1


def is_sstable(reader: FileReader) -> bool:
    """Returns whether the file ends as a table does."""
    return reader.size_bytes >= _FOOTER_BYTES and reader.read_at(reader.size_bytes - len(MAGIC), len(MAGIC)) == MAGIC


class Place(NamedTuple):
    """Where in the file the value of a key is."""

    key: bytes
    offset: int
    length: int


def entries(reader: FileReader) -> Iterator[tuple[bytes, bytes]]:
    """Yields key and value of each entry, in ascending order of keys.

    Raises:
        CodecError: The file is cut off, a checksum is wrong, keys are out of order, or a limit is passed.
    """
    check = _Order(reader.size_bytes)
    for _, offset, size in _data_blocks(reader):
        block = _block(reader, offset, size)
        for key, at, length in _block_entries(block):
            check.add(key, length)
            yield key, block[at : at + length]


def places(reader: FileReader) -> Iterator[Place]:
    """Yields where each value is, in ascending order of keys, for tables with values of any size: large ones are not read.

    Raises:
        CodecError: As `entries`; the checksum of a block with a large value is not checked.
    """
    check = _Order(reader.size_bytes)
    for _, offset, size in _data_blocks(reader):
        large = size > _LARGE_BLOCK_BYTES
        for key, at, length in (
            _large_block_entries(reader, offset, size) if large else _block_entries(_block(reader, offset, size))
        ):
            check.add(key, length)
            yield Place(key, offset + at, length)


def find(reader: FileReader, wanted: bytes) -> bytes | None:
    """Returns the value of a key, None if the table lacks it. Reads the index and one block.

    Raises:
        CodecError: As `entries`, as far as those two go.
    """
    for last_key, offset, size in _data_blocks(reader):
        if last_key >= wanted:  # it is in this block or nowhere: the index has a key that is at least the block's last
            block = _block(reader, offset, size)
            return next((block[at : at + length] for key, at, length in _block_entries(block) if key == wanted), None)
    return None


class _Order:
    """Checks, entry by entry, that keys ascend and that a small file does not claim to hold much."""

    def __init__(self, size_bytes: int) -> None:
        self._size_bytes = size_bytes
        self._max_keys_bytes = min(_MAX_KEYS_BYTES, _FREE_KEYS_BYTES + _MAX_KEYS_FACTOR * size_bytes)
        self._spelled = self._held = 0
        self._last: bytes | None = None

    def add(self, key: bytes, length: int) -> None:
        self._spelled, self._held = self._spelled + len(key), self._held + length
        if self._spelled > self._max_keys_bytes:
            raise LimitError(f"has keys of more than {self._max_keys_bytes} bytes in all")
        if self._held > self._size_bytes:
            raise CodecError("has blocks that lie in each other")
        if self._last is not None and key <= self._last:
            raise CodecError(f"has the key {key[:100]!r} out of order")
        self._last = key


def _data_blocks(reader: FileReader) -> Iterator[tuple[bytes, int, int]]:
    """Yields of each data block a key that is at least its last one, its offset and its size."""
    footer = reader.read_at(max(0, reader.size_bytes - _FOOTER_BYTES), _FOOTER_BYTES)
    if len(footer) < _FOOTER_BYTES or not footer.endswith(MAGIC):
        raise TruncatedError("does not end as a checkpoint index does")
    _, _, at = _handle(footer, 0)  # of the metaindex block, which checkpoints leave empty
    offset, size, _ = _handle(footer, at)
    index = _block(reader, offset, size)
    for key, at, length in _block_entries(index):
        block_offset, block_size, _ = _handle(index[at : at + length], 0)
        yield key, block_offset, block_size


def _block(reader: FileReader, offset: int, size: int) -> bytes:
    if size > _MAX_BLOCK_BYTES:
        raise LimitError(f"has a block of {size} bytes at byte {offset}")
    content = reader.read_at(offset, size + _TRAILER_BYTES) if offset <= reader.size_bytes else b""
    if len(content) < size + _TRAILER_BYTES:
        raise TruncatedError(f"has a block of {size} bytes at byte {offset}, which passes the end at byte {reader.size_bytes}")
    if not matches(content[:-4], int.from_bytes(content[-4:], "little")):
        raise ChecksumError(f"has a block with a wrong checksum at byte {offset}")
    if content[size] == _SNAPPY:
        raise LimitError(f"has a block compressed by Snappy at byte {offset}; TensorFlow writes none, and tfreg reads none")
    if content[size] != _UNCOMPRESSED:
        raise CodecError(f"has a block of the unknown compression {content[size]} at byte {offset}")
    return content[:size]


def _block_entries(block: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yields of each entry of a block, which ends with its restart points and their number: its key, where its value is, how long."""
    end = _entries_end(len(block), block[-4:])
    key, at = b"", 0
    while at < end:
        shared, at = _varint(block, at)
        added, at = _varint(block, at)
        length, at = _varint(block, at)
        _check_entry(key, shared, added, length, end - at)
        key = key[:shared] + block[at : at + added]
        at += added
        yield key, at, length
        at += length


def _large_block_entries(reader: FileReader, start: int, size: int) -> Iterator[tuple[bytes, int, int]]:
    """As `_block_entries`, reading heads and keys only."""
    if start + size + _TRAILER_BYTES > reader.size_bytes:
        raise TruncatedError(f"has a block of {size} bytes at byte {start}, which passes the end at byte {reader.size_bytes}")
    tail = reader.read_at(start + size - 4, 5)
    if tail[4] != _UNCOMPRESSED:
        raise LimitError(f"has a compressed block of {size} bytes at byte {start}")
    end = _entries_end(size, tail[:4])
    key, at = b"", 0
    while at < end:
        head = reader.read_at(start + at, min(_MAX_HEAD_BYTES, end - at))
        shared, used = _varint(head, 0)
        added, used = _varint(head, used)
        length, used = _varint(head, used)
        at += used
        _check_entry(key, shared, added, length, end - at)
        key = key[:shared] + reader.read_at(start + at, added)
        at += added
        yield key, at, length
        at += length


def _entries_end(size: int, last_four: bytes) -> int:
    """Returns where the entries of a block end and its restart points begin."""
    end = size - 4 - 4 * int.from_bytes(last_four, "little")
    if size < 4 or end < 0:
        raise CodecError("has a block that is shorter than its restart points")
    return end


def _check_entry(key: bytes, shared: int, added: int, length: int, left: int) -> None:
    if shared > len(key) or added + length > left:
        raise CodecError("has an entry that passes the end of its block")
    if shared + added > _MAX_KEY_BYTES:
        raise LimitError(f"has a key of more than {_MAX_KEY_BYTES} bytes")


def _handle(content: bytes, at: int) -> tuple[int, int, int]:
    """Decodes where a block is; returns its offset, its size and where the handle ends."""
    offset, at = _varint(content, at)
    size, at = _varint(content, at)
    return offset, size, at


def _varint(content: bytes, at: int) -> tuple[int, int]:
    try:
        return decode(content, at)
    except IndexError:
        raise TruncatedError("ends within a number") from None
