"""The directory at the end of a zip file: which members it has and where they lie, without unpacking any."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from tfreg.core.codecs.errors import LimitError, TruncatedError
from tfreg.core.files import FileReader

MAX_DIRECTORY_BYTES = 8 << 20
_MAX_MEMBERS = 100_000
_END = struct.Struct("<4s4H2LH")  # end of central directory
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_MAX_COMMENT_BYTES = 1 << 16
_ALL_ONES = 0xFFFFFFFF
_ZIP64_FIELD = 1
STORED = 0


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a zip file.

    Attributes:
        name: Its path.
        method: How it is compressed; `STORED` if it is not.
        compressed_bytes: How many bytes it takes in the file.
        size_bytes: How many it has unpacked, as the directory says.
        header_offset: Where its local header is, behind which its bytes follow.
    """

    name: str
    method: int
    compressed_bytes: int
    size_bytes: int
    header_offset: int


def is_zip(reader: FileReader) -> bool:
    """Whether a file begins like a zip file."""
    return reader.read_at(0, 4) in (b"PK\x03\x04", b"PK\x05\x06")


def members(reader: FileReader) -> Iterator[Member]:
    """Yields what the directory lists; nothing if the file does not end like a zip file, whatever it begins like.

    Raises:
        TruncatedError: The directory is not where the file's end says.
        LimitError: It is larger than `MAX_DIRECTORY_BYTES`.
    """
    end = _end(reader)
    if end is None:
        return
    start, size_bytes, shift = end
    if size_bytes > MAX_DIRECTORY_BYTES:
        raise LimitError(f"has a zip directory of {size_bytes} bytes, of which at most {MAX_DIRECTORY_BYTES} are read")
    content = reader.read_at(start, size_bytes)
    position = count = 0
    while position + _ENTRY.size <= len(content) and count < _MAX_MEMBERS:
        signature, _, _, flags, method, _, _, _, packed, size, name, extra, comment, _, _, _, offset = _ENTRY.unpack_from(
            content, position
        )
        if signature != b"PK\x01\x02":
            raise TruncatedError(f"has no entry of a zip directory at byte {start + position}")
        after_name = position + _ENTRY.size + name
        text = content[position + _ENTRY.size : after_name]
        packed, size, offset = _zip64(content[after_name : after_name + extra], packed, size, offset)
        position = after_name + extra + comment
        count += 1
        yield Member(text.decode("utf-8" if flags & 0x800 else "cp437", "replace"), method, packed, size, offset + shift)


def start_of(reader: FileReader, member: Member) -> int:
    """Returns where a member's bytes start.

    Raises:
        TruncatedError: Its local header, or what should follow it, is not within the file.
    """
    header = reader.read_at(member.header_offset, _LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(b"PK\x03\x04"):
        raise TruncatedError(f"has no member of a zip at byte {member.header_offset}")
    *_, name, extra = _LOCAL.unpack(header)
    start = member.header_offset + _LOCAL.size + int(name) + int(extra)
    if start + member.compressed_bytes > reader.size_bytes:
        raise TruncatedError(f"has a zip's member at byte {start} that passes the end")
    return start


def _end(reader: FileReader) -> tuple[int, int, int] | None:
    """Returns the directory's start and size, and by how much the offsets in it fall short: a zip can follow other bytes."""
    tail_start = max(0, reader.size_bytes - _MAX_COMMENT_BYTES - _END.size)
    tail = reader.read_at(tail_start, reader.size_bytes - tail_start)
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or found + _END.size > len(tail):
        return None
    _, _, _, _, _, size_bytes, offset, _ = _END.unpack_from(tail, found)
    behind = tail_start + found
    if _ALL_ONES in (offset, size_bytes):
        locator = reader.read_at(max(0, behind - _LOCATOR64.size), _LOCATOR64.size)
        if len(locator) == _LOCATOR64.size and locator.startswith(b"PK\x06\x07"):
            end64 = reader.read_at(_LOCATOR64.unpack(locator)[2], _END64.size)
            if len(end64) == _END64.size and end64.startswith(b"PK\x06\x06"):
                *_, size_bytes, offset = _END64.unpack(end64)
                behind = _LOCATOR64.unpack(locator)[2]
    start = behind - size_bytes
    if start < 0:
        raise TruncatedError("has a zip directory that starts before the file")
    return start, size_bytes, start - offset


def _zip64(extra: bytes, packed: int, size: int, offset: int) -> tuple[int, int, int]:
    """Returns the sizes and the offset, from the field for large ones where they stand there: in this order, those that are all ones."""
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, position)
        if kind == _ZIP64_FIELD:
            body = extra[position + 4 : position + 4 + length]
            numbers = iter(struct.unpack(f"<{len(body) // 8}Q", body[: len(body) // 8 * 8]))
            size = next(numbers, size) if size == _ALL_ONES else size
            packed = next(numbers, packed) if packed == _ALL_ONES else packed
            offset = next(numbers, offset) if offset == _ALL_ONES else offset
        position += 4 + length
    return packed, size, offset
