"""Reads a sorted string table, the container of a checkpoint's `.index` file.

The format is LevelDB's (https://github.com/google/leveldb/blob/main/doc/table_format.md): blocks of key-value pairs whose keys are
written as what they add to the key before; an index block that says where the data blocks are; a footer that says where the index is.
"""

from __future__ import annotations

from collections.abc import Iterator

from tfreg.core.codecs.crc32c import matches
from tfreg.core.codecs.errors import ChecksumError, CodecError, LimitError, TruncatedError
from tfreg.core.codecs.varint import decode
from tfreg.core.files import FileReader

MAGIC = bytes.fromhex("57fb808b247547db")
"""The last eight bytes of the file."""

_FOOTER_BYTES = 48
_TRAILER_BYTES = 5  # compression type and checksum after each block
_MAX_BLOCK_BYTES = 16 << 20  # TensorFlow cuts at 256 KiB; a block is longer only for a longer value
_MAX_KEY_BYTES = 8 << 10
_MAX_KEYS_BYTES = 64 << 20  # of all keys together: prefixes let a small file spell out long keys, so also:
_MAX_KEYS_FACTOR, _FREE_KEYS_BYTES = 8, 1 << 20  # so many times the file, and these; TensorFlow saves less than half
_UNCOMPRESSED, _SNAPPY = 0, 1


def is_sstable(reader: FileReader) -> bool:
    """Returns whether the file ends as a table does."""
    return reader.size_bytes >= _FOOTER_BYTES and reader.read_at(reader.size_bytes - len(MAGIC), len(MAGIC)) == MAGIC


def entries(reader: FileReader) -> Iterator[tuple[bytes, bytes]]:
    """Yields key and value of each entry, in ascending order of keys.

    Raises:
        CodecError: The file is cut off, a checksum is wrong, keys are out of order, or a limit is passed.
    """
    footer = reader.read_at(max(0, reader.size_bytes - _FOOTER_BYTES), _FOOTER_BYTES)
    if len(footer) < _FOOTER_BYTES or not footer.endswith(MAGIC):
        raise TruncatedError("does not end as a checkpoint index does")
    _, _, at = _handle(footer, 0)  # of the metaindex block, which checkpoints leave empty
    offset, size, _ = _handle(footer, at)
    spelled, held, last = 0, 0, None
    max_keys_bytes = min(_MAX_KEYS_BYTES, _FREE_KEYS_BYTES + _MAX_KEYS_FACTOR * reader.size_bytes)
    for _, value in _block_entries(_block(reader, offset, size)):
        block_offset, block_size, _ = _handle(value, 0)
        for key, content in _block_entries(_block(reader, block_offset, block_size)):
            spelled, held = spelled + len(key), held + len(content)
            if spelled > max_keys_bytes:
                raise LimitError(f"has keys of more than {max_keys_bytes} bytes in all")
            if held > reader.size_bytes:
                raise CodecError("has blocks that lie in each other")
            if last is not None and key <= last:
                raise CodecError(f"has the key {key[:100]!r} out of order")
            last = key
            yield key, content


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


def _block_entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yields key and value of each entry of a block, which ends with its restart points and their number."""
    restarts = int.from_bytes(block[-4:], "little")
    end = len(block) - 4 - 4 * restarts
    if len(block) < 4 or end < 0:
        raise CodecError("has a block that is shorter than its restart points")
    key, at = b"", 0
    while at < end:
        shared, at = _varint(block, at)
        added, at = _varint(block, at)
        length, at = _varint(block, at)
        if shared > len(key) or at + added + length > end:
            raise CodecError("has an entry that passes the end of its block")
        if shared + added > _MAX_KEY_BYTES:
            raise LimitError(f"has a key of more than {_MAX_KEY_BYTES} bytes")
        key = key[:shared] + block[at : at + added]
        at += added
        yield key, block[at : at + length]
        at += length


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
