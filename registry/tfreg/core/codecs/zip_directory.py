"""The central directory of a zip archive, over any reader: which members there are, and where their bytes lie.

Own rather than `zipfile`, because a member's offset is needed, because a hostile directory must not become a million objects, and
because the two descriptions of a member, in the directory and before its bytes, must agree: what one reader loads must be what another
checked. Source: PKWARE's APPNOTE 6.3, sections 4.3 to 4.5.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from struct import Struct

from tfreg.core.codecs.errors import ChecksumError, CodecError, LimitError, TruncatedError
from tfreg.core.files import FileReader

MAGIC = b"PK\x03\x04"
"""The first bytes of an archive that has a member and nothing before it."""
MAX_MEMBERS = 65_536
MAX_DIRECTORY_BYTES = 16 << 20
MAX_NAME_BYTES = 4_096
STORED, DEFLATED = 0, 8

_END = Struct("<4s4H2LH")
_END64_PLACE = Struct("<4sLQL")
_END64 = Struct("<4sQ2H2L4Q")
_ENTRY = Struct("<4s6H3L5H2L")
_LOCAL = Struct("<4s5H3L2H")
_MAX_COMMENT_BYTES = (1 << 16) - 1
_ENCRYPTED, _SIZES_LATER, _UTF8 = 1, 1 << 3, 1 << 11
_CHUNK_BYTES = 1 << 20
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an archive.

    Attributes:
        name: Its path in the archive.
        method: `STORED`, `DEFLATED`, or another that cannot be read here.
        offset_bytes: Where its bytes start in the archive.
        packed_bytes: How many there are in the archive.
        size_bytes: How many they are unpacked, as the directory says.
        crc32: Of the unpacked bytes.
    """

    name: str
    method: int
    offset_bytes: int
    packed_bytes: int
    size_bytes: int
    crc32: int


def is_zip(reader: FileReader) -> bool:
    """Whether a file begins like an archive with members."""
    return reader.read_at(0, len(MAGIC)) == MAGIC


def read_zip(reader: FileReader) -> dict[str, Member]:
    """Returns the members by name, in the order of the directory; folders are left out.

    Raises:
        CodecError: The directory is damaged, contradicts the members, or has two of one name.
        LimitError: It has more members or longer names than are read.
    """
    place = _directory_place(reader)
    if place.size_bytes > MAX_DIRECTORY_BYTES or place.count > MAX_MEMBERS:
        raise LimitError(f"has more than {MAX_MEMBERS} members, or a directory of more than {MAX_DIRECTORY_BYTES} bytes")
    found: dict[str, Member] = {}
    for member in _members(reader, reader.read_at(place.offset_bytes, place.size_bytes), place):
        if member.name in found:
            raise CodecError(f"has two members of the name {member.name[:200]!r}")
        found[member.name] = member
    _check_overlaps(found.values(), place.offset_bytes)
    return {name: member for name, member in found.items() if not name.endswith("/")}


def unpack(reader: FileReader, member: Member, max_bytes: int) -> Iterator[bytes]:
    """Yields the bytes of a member.

    Raises:
        LimitError: They are more than `max_bytes`.
        CodecError: They are packed in another way, damaged, or not as many as the directory says.
        ChecksumError: They are not those that were packed.
    """
    if member.size_bytes > max_bytes:
        raise LimitError(f"has a member {member.name[:200]!r} of more than {max_bytes} bytes")
    if member.method not in (STORED, DEFLATED):
        raise CodecError(f"has a member {member.name[:200]!r} packed by method {member.method}, which is not read")
    crc, left = 0, member.size_bytes
    for part in _stored(reader, member) if member.method == STORED else _inflated(reader, member):
        left -= len(part)
        if left < 0:
            break
        crc = zlib.crc32(part, crc)
        yield part
    if left != 0:
        raise CodecError(f"has a member {member.name[:200]!r} of another size than its directory says")
    if crc != member.crc32:
        raise ChecksumError(f"has a member {member.name[:200]!r} whose crc32 is wrong")


def unpack_whole(reader: FileReader, member: Member, max_bytes: int) -> bytes:
    """Returns the bytes of a small member; raises as `unpack`."""
    return b"".join(unpack(reader, member, max_bytes))


def _stored(reader: FileReader, member: Member) -> Iterator[bytes]:
    for at in range(0, member.packed_bytes, _CHUNK_BYTES):
        yield reader.read_at(member.offset_bytes + at, min(_CHUNK_BYTES, member.packed_bytes - at))


def _inflated(reader: FileReader, member: Member) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for packed in _stored(reader, member):
            left = packed
            while left and not inflater.eof:
                yield inflater.decompress(left, _CHUNK_BYTES)
                left = inflater.unconsumed_tail
        while not inflater.eof and (part := inflater.decompress(b"", _CHUNK_BYTES)):
            yield part
    except zlib.error:
        raise CodecError(f"has a member {member.name[:200]!r} whose packed bytes are damaged") from None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the directory is.

    Attributes:
        count: How many entries it has.
        offset_bytes: Where it starts.
        size_bytes: Its size.
        shift: By how much all offsets that it tells are too small, because other bytes stand before the archive.
    """

    count: int
    offset_bytes: int
    size_bytes: int
    shift: int


def _directory_place(reader: FileReader) -> _Place:
    """Finds the record at the archive's end, before which the directory stands."""
    start = max(0, reader.size_bytes - _END.size - _MAX_COMMENT_BYTES)
    tail = reader.read_at(start, reader.size_bytes - start)
    at = tail.rfind(b"PK\x05\x06")
    while at >= 0:
        if at + _END.size <= len(tail) and at + _END.size + _END.unpack_from(tail, at)[-1] == len(tail):
            break
        at = tail.rfind(b"PK\x05\x06", 0, at)
    else:
        raise TruncatedError("has no directory of its members at its end")
    _, disk, first_disk, here, count, size, offset, _ = _END.unpack_from(tail, at)
    end = start + at
    if disk not in (0, _FULL16) or first_disk not in (0, _FULL16) or here != count:
        raise CodecError("is one part of an archive in several parts")
    # Some writers, such as PyTorch's, write the larger record for every archive, between the directory and this record.
    count, size, offset, end = _zip64_place(reader, end, (count, size, offset))
    if size + offset > end:
        raise CodecError("has a directory that does not lie where it says")
    return _Place(count, end - size, size, end - size - offset)


def _zip64_place(reader: FileReader, end: int, small: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Reads the larger numbers of zip64, and where its own end record starts."""
    place = reader.read_at(max(0, end - _END64_PLACE.size), _END64_PLACE.size)
    if end < _END64_PLACE.size or place[:4] != b"PK\x06\x07":
        return *small, end  # there is none, so that numbers of all ones are really so large
    at = _END64_PLACE.unpack(place)[2]
    record = reader.read_at(at, _END64.size) if at <= end - _END64_PLACE.size - _END64.size else b""
    if len(record) < _END64.size or record[:4] != b"PK\x06\x06":
        raise CodecError("has a zip64 directory that does not lie where it says")
    _, _, _, _, disk, first_disk, here, count, size, offset = _END64.unpack(record)
    if disk or first_disk or here != count:
        raise CodecError("is one part of an archive in several parts")
    return count, size, offset, at


def _members(reader: FileReader, content: bytes, place: _Place) -> Iterator[Member]:
    at = 0
    for _ in range(place.count):
        if at + _ENTRY.size > len(content) or content[at : at + 4] != b"PK\x01\x02":
            raise CodecError("has a damaged directory")
        entry = _ENTRY.unpack_from(content, at)
        _, _, _, flags, method, _, _, crc, packed, size, name_bytes, extra_bytes, comment_bytes, _, _, _, local = entry
        name_at = at + _ENTRY.size
        extra_at = name_at + name_bytes
        at = extra_at + extra_bytes + comment_bytes
        if at > len(content):
            raise CodecError("has a damaged directory")
        if name_bytes > MAX_NAME_BYTES:
            raise LimitError(f"has a member whose name is longer than {MAX_NAME_BYTES} bytes")
        raw_name = content[name_at:extra_at]
        name = raw_name.decode("utf-8" if flags & _UTF8 else "cp437", errors="replace")
        size, packed, local = _zip64_sizes(content[extra_at : extra_at + extra_bytes], size, packed, local)
        if flags & _ENCRYPTED:
            raise CodecError(f"has a member {name[:200]!r} that is encrypted")
        if method == STORED and size != packed:
            raise CodecError(f"has a member {name[:200]!r} of two sizes")
        offset = _data_offset(reader, local + place.shift, raw_name, (flags, method, crc, packed, size))
        if offset + packed > reader.size_bytes:
            raise TruncatedError(f"ends within its member {name[:200]!r}")
        yield Member(name, method, offset, packed, size, crc)


def _zip64_sizes(extra: bytes, *numbers: int) -> tuple[int, ...]:
    """Returns the sizes and the offset, from the extra field those that do not fit 32 bits, which stand there in this order."""
    at = 0
    while _FULL32 in numbers and at + 4 <= len(extra):
        kind, length = int.from_bytes(extra[at : at + 2], "little"), int.from_bytes(extra[at + 2 : at + 4], "little")
        field, at = extra[at + 4 : at + 4 + length], at + 4 + length
        if kind != 1:
            continue
        if len(field) < 8 * numbers.count(_FULL32):
            raise CodecError("has a damaged zip64 field")
        large = iter(int.from_bytes(field[start : start + 8], "little") for start in range(0, len(field), 8))
        return tuple(next(large) if number == _FULL32 else number for number in numbers)
    return numbers


def _data_offset(reader: FileReader, local: int, raw_name: bytes, told: tuple[int, int, int, int, int]) -> int:
    """Returns where a member's bytes start, if what stands before them agrees with the directory."""
    header = reader.read_at(local, _LOCAL.size + len(raw_name)) if 0 <= local < reader.size_bytes else b""
    shown = raw_name[:200].decode("utf-8", errors="replace")
    if len(header) < _LOCAL.size + len(raw_name) or header[:4] != MAGIC:
        raise CodecError(f"has no member {shown!r} where its directory says")
    _, _, flags, method, _, _, crc, packed, size, name_bytes, extra_bytes = _LOCAL.unpack_from(header)
    told_flags, told_method, told_crc, told_packed, told_size = told
    same = method == told_method and header[_LOCAL.size :] == raw_name and name_bytes == len(raw_name)
    if not flags & _SIZES_LATER:
        same = same and crc == told_crc and packed in (told_packed, _FULL32) and size in (told_size, _FULL32)
    if not same or (flags ^ told_flags) & (_ENCRYPTED | _SIZES_LATER):
        raise CodecError(f"has a member {shown!r} that its directory describes otherwise")
    return local + _LOCAL.size + len(raw_name) + int(extra_bytes)


def _check_overlaps(members: Iterable[Member], directory_offset: int) -> None:
    """Refuses members that share bytes: nobody writes them but to make little expand to much."""
    end, before = 0, ""
    for member in sorted(members, key=lambda member: (member.offset_bytes, member.packed_bytes)):
        if member.offset_bytes < end:
            raise CodecError(f"has members {before[:200]!r} and {member.name[:200]!r} that overlap")
        end, before = member.offset_bytes + member.packed_bytes, member.name
    if end > directory_offset:
        raise CodecError(f"has a member {before[:200]!r} that overlaps its directory")
