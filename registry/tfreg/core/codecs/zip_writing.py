"""Writes a zip archive whose members are pieces, stored as they are. They are read once, for their CRC-32.

Source: PKWARE's APPNOTE 6.3, sections 4.3 to 4.5.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from struct import pack

from tfreg.core.codecs.zip_directory import MAX_NAME_BYTES, STORED
from tfreg.core.rewrites.pieces import Inline, Piece, chunks_of

_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_PLAIN, _ZIP64 = 20, 45  # versions of the format that a reader has to know
_UTF8 = 1 << 11
_UNIX, _READABLE = 3 << 8, 0o100644 << 16  # as zipfile writes it: made on Unix, a plain file
_TIME, _DATE = 0, 1 << 5 | 1  # the first day of 1980: the same members give the same archive


def write_zip(members: Mapping[str, Sequence[Piece]]) -> list[Piece]:
    """Returns the archive, its members in their order.

    Raises:
        ValueError: A name is empty or longer than `MAX_NAME_BYTES`.
    """
    pieces: list[Piece] = []
    directory, at = bytearray(), 0
    for name, content in members.items():
        raw, size = name.encode(), sum(piece.length_bytes for piece in content)
        if not 0 < len(raw) <= MAX_NAME_BYTES:
            raise ValueError(f"{name[:100]!r} is no name of a member")
        crc = _crc32(content)
        head = _local_header(raw, crc, size)
        directory += _directory_entry(raw, crc, size, at)
        pieces += [Inline(head), *content]
        at += len(head) + size
    return [*pieces, Inline(bytes(directory) + _end(len(members), len(directory), at))]


def _crc32(content: Iterable[Piece]) -> int:
    crc = 0
    for chunk in chunks_of(content):
        crc = zlib.crc32(chunk, crc)
    return crc


def _local_header(name: bytes, crc: int, size: int) -> bytes:
    large = _large(size, size) if size >= _FULL32 else b""
    told = _FULL32 if large else size
    version = _ZIP64 if large else _PLAIN
    common = pack("<5H3L", version, _flags(name), STORED, _TIME, _DATE, crc, told, told)
    return b"PK\x03\x04" + common + pack("<2H", len(name), len(large)) + name + large


def _directory_entry(name: bytes, crc: int, size: int, offset: int) -> bytes:
    """Returns what the directory says of a member; numbers that do not fit 32 bits stand behind the name."""
    sizes = [size, size] if size >= _FULL32 else []
    large = _large(*sizes, *([offset] if offset >= _FULL32 else []))
    version = _ZIP64 if large else _PLAIN
    common = pack("<6H", _UNIX | version, version, _flags(name), STORED, _TIME, _DATE)
    told = _FULL32 if sizes else size
    rest = pack("<3L5H2L", crc, told, told, len(name), len(large), 0, 0, 0, _READABLE, min(offset, _FULL32))
    return b"PK\x01\x02" + common + rest + name + large


def _large(*numbers: int) -> bytes:
    return pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers) if numbers else b""


def _flags(name: bytes) -> int:
    return 0 if name.isascii() else _UTF8


def _end(count: int, size: int, offset: int) -> bytes:
    """Returns what stands behind the directory: where it is, twice if a number is too large for the old form."""
    large = b""
    if count >= _FULL16 or size >= _FULL32 or offset >= _FULL32:
        record = pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, _ZIP64, _ZIP64, 0, 0, count, count, size, offset)
        large = record + pack("<4sLQL", b"PK\x06\x07", 0, offset + size, 1)
    few = min(count, _FULL16)
    return large + pack("<4s4H2LH", b"PK\x05\x06", 0, 0, few, few, min(size, _FULL32), min(offset, _FULL32), 0)
