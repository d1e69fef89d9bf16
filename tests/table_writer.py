"""Writes sorted string tables, for tests."""

from __future__ import annotations

import google_crc32c

from tfreg.core.codecs.crc32c import mask
from tfreg.core.codecs.sstable import MAGIC


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def block(entries: list[tuple[bytes, bytes]], restart_every: int = 4) -> bytes:
    content, restarts, last = b"", [0], b""
    for count, (key, value) in enumerate(entries):
        shared = 0
        if count % restart_every:
            while shared < min(len(last), len(key)) and last[shared] == key[shared]:
                shared += 1
        elif count:
            restarts.append(len(content))
        content += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        last = key
    return content + b"".join(at.to_bytes(4, "little") for at in restarts) + len(restarts).to_bytes(4, "little")


def with_trailer(content: bytes, compression: int = 0) -> bytes:
    body = content + bytes([compression])
    return body + mask(google_crc32c.value(body)).to_bytes(4, "little")


def table(entries: list[tuple[bytes, bytes]], block_size: int = 5, compression: int = 0, restart_every: int = 4) -> bytes:
    parts = [entries[at : at + block_size] for at in range(0, len(entries), block_size)]
    return table_of([(part[-1][0], block(part, restart_every)) for part in parts], compression)


def table_of(blocks: list[tuple[bytes, bytes]], compression: int = 0) -> bytes:
    """A table of blocks, each with its last key."""
    file, index = b"", []
    for last_key, content in blocks:
        index.append((last_key, varint(len(file)) + varint(len(content))))
        file += with_trailer(content, compression)
    return finished(file, index)


def finished(file: bytes, index: list[tuple[bytes, bytes]]) -> bytes:
    """A file of blocks with what comes behind them; the index says where each is: offset and length."""
    metaindex, meta_content = len(file), block([])
    file += with_trailer(meta_content)
    index_at, index_content = len(file), block(index, restart_every=1)
    file += with_trailer(index_content)
    handles = varint(metaindex) + varint(len(meta_content)) + varint(index_at) + varint(len(index_content))
    return file + handles.ljust(40, b"\x00") + MAGIC
