"""Zip archives: members where `zipfile` finds them, and archives made to mislead."""

from __future__ import annotations

import io
import time
import tracemalloc
import zipfile
import zlib
from contextlib import suppress
from struct import pack, pack_into

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfreg.core.codecs.errors import ChecksumError, CodecError, LimitError, TruncatedError
from tfreg.core.codecs.zip_directory import DEFLATED, STORED, is_zip, read_zip, unpack, unpack_whole
from tfreg.core.trees import BytesReader

MIB = 1 << 20


def archive(members: dict[str, bytes], method: int = zipfile.ZIP_STORED, comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, content in members.items():
            file.writestr(name, content)
        file.comment = comment
    return out.getvalue()


GOOD = archive({"config.json": b"{}", "assets/ü.txt": b"word\n" * 50, "model.weights.h5": bytes(range(256))})


def patched(content: bytes, at: int, form: str, *values: int) -> bytes:
    out = bytearray(content)
    pack_into(form, out, at if at >= 0 else len(out) + at, *values)
    return bytes(out)


def entry(content: bytes, number: int = 0) -> int:
    """Where the directory's entry of a member is."""
    at = -1
    for _ in range(number + 1):
        at = content.index(b"PK\x01\x02", at + 1)
    return at


@pytest.mark.parametrize("comment", [b"", b"PK\x05\x06 in a comment" + bytes(30)])
@pytest.mark.parametrize("before", [b"", b"#!/bin/sh\n"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_lie_where_zipfile_finds_them(method, before, comment):
    members = {"a": b"x" * 3_000_000, "folder/ü": b"yy", "empty": b""}
    content = before + archive(members, method, comment)
    reader, found = BytesReader(content), read_zip(BytesReader(content))
    assert list(found) == list(members)
    for name, member in found.items():
        assert unpack_whole(reader, member, 4 * MIB) == members[name]
        if member.method == STORED:
            assert content[member.offset_bytes :][: member.size_bytes] == members[name]
        else:
            assert zlib.decompress(content[member.offset_bytes :][: member.packed_bytes], -15) == members[name]


def test_members_of_unknown_size_and_of_zip64_are_read():
    out = io.BytesIO()

    class Pipe(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, content) -> int:
            return out.write(content)

    with zipfile.ZipFile(Pipe(), "w") as file:  # cannot seek, so sizes stand behind the members
        file.writestr("streamed", b"abc" * 100)
        with file.open("large", "w", force_zip64=True) as member:
            member.write(b"zz" * 100)
    reader = BytesReader(out.getvalue())
    assert [unpack_whole(reader, member, MIB) for member in read_zip(reader).values()] == [b"abc" * 100, b"zz" * 100]


def test_folders_are_no_members():
    assert list(read_zip(BytesReader(archive({"folder/": b"", "folder/x": b"1"})))) == ["folder/x"]


def test_an_archive_is_known_by_its_first_member():
    assert is_zip(BytesReader(GOOD))
    assert not is_zip(BytesReader(b"PK"))


def test_an_archive_cut_off_anywhere_is_refused():
    for cut in range(len(GOOD)):
        with pytest.raises(CodecError):
            read_zip(BytesReader(GOOD[:cut]))


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (patched(GOOD, entry(GOOD) + 8, "<H", 1), CodecError, "encrypted"),
        (patched(GOOD, entry(GOOD) + 10, "<H", 8), CodecError, "otherwise"),
        (patched(GOOD, entry(GOOD) + 16, "<L", 7), CodecError, "otherwise"),
        (patched(GOOD, entry(GOOD) + 24, "<L", 7), CodecError, "two sizes"),
        (patched(GOOD, entry(GOOD) + 42, "<L", 11), CodecError, "no member"),
        (patched(GOOD, entry(GOOD) + 42, "<L", 0xFFFFFFF0), CodecError, "no member"),
        (patched(GOOD, entry(GOOD, 1) + 20, "<LL", 1 << 31, 1 << 31), CodecError, "otherwise"),
        (patched(GOOD, entry(GOOD) + 46, "<B", 88), CodecError, "otherwise"),
        (patched(GOOD, -22 + 8, "<HH", 2, 3), CodecError, "several parts"),
        (patched(GOOD, -22 + 8, "<HH", 9, 9), CodecError, "damaged directory"),
        (patched(GOOD, -22 + 12, "<L", 1 << 30), CodecError, "where it says"),
        (patched(GOOD, -22 + 12, "<LL", 1 << 20, 0), CodecError, "where it says"),
        (GOOD[:-22], TruncatedError, "no directory"),
        (archive({"n" * 5000: b""}), LimitError, "longer"),
    ],
)
def test_a_directory_that_contradicts_the_members_is_refused(content, error, message):
    with pytest.raises(error, match=message):
        read_zip(BytesReader(content))


def test_two_members_of_one_name_are_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("config.json", "{}")
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("config.json", "{ }")
    with pytest.raises(CodecError, match="two members"):
        read_zip(BytesReader(out.getvalue()))


def overlapping(count: int, packed: bytes, size: int) -> bytes:
    """All members' bytes are those of one and the same, each behind a header of its own further ahead."""
    crc = zlib.crc32(bytes(size))
    headers = b"".join(
        pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, crc, len(packed), size, 4, 34 * (count - n - 1)) + b"%04d" % n
        for n in range(count)
    )
    entries = b"".join(
        pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, len(packed), size, 4, 0, 0, 0, 0, 0, 34 * n) + b"%04d" % n
        for n in range(count)
    )
    end = pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(entries), len(headers) + len(packed), 0)
    return headers + packed + entries + end


def test_members_that_overlap_are_refused():
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(MIB)) + packer.flush()
    assert len(read_zip(BytesReader(overlapping(1, packed, MIB)))) == 1
    with pytest.raises(CodecError, match="overlap"):
        read_zip(BytesReader(overlapping(500, packed, MIB)))


def test_a_million_claimed_members_stop_at_a_limit():
    end = pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFE, 0xFFFE, 0, 4, 0)
    with pytest.raises(CodecError, match="damaged directory"):
        read_zip(BytesReader(b"PK\x03\x04" + end))
    with pytest.raises(LimitError, match="more than 65536 members"):
        read_zip(BytesReader(archive({str(number): b"" for number in range(66_000)})))


def test_a_bomb_unpacks_to_no_more_than_was_asked_for():
    content = archive({"bomb": bytes(300 * MIB)}, zipfile.ZIP_DEFLATED)
    (member,) = read_zip(BytesReader(content)).values()
    with pytest.raises(LimitError):
        list(unpack(BytesReader(content), member, MIB))
    lying = patched(patched(content, entry(content) + 24, "<L", 1000), 22, "<L", 1000)  # claims to be small
    (member,) = read_zip(BytesReader(lying)).values()
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(CodecError, match="another size"):
        list(unpack(BytesReader(lying), member, MIB))
    assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    assert time.process_time() - started < 10
    tracemalloc.stop()


def test_wrong_checksums_and_damaged_bytes_are_told():
    content = archive({"x": b"word " * 100}, zipfile.ZIP_DEFLATED)
    (member,) = read_zip(BytesReader(content)).values()
    for at in range(member.offset_bytes, member.offset_bytes + member.packed_bytes):
        damaged = patched(content, at, "<B", content[at] ^ 0x55)
        with suppress(CodecError):  # or a bit that means nothing
            assert unpack_whole(BytesReader(damaged), member, MIB) == b"word " * 100
    stored = archive({"x": b"abc"})
    (member,) = read_zip(BytesReader(stored)).values()
    with pytest.raises(ChecksumError):
        unpack_whole(BytesReader(patched(stored, member.offset_bytes, "<B", 1)), member, MIB)


def test_another_method_is_told_only_when_it_is_unpacked():
    content = archive({"x": b"abc" * 100}, zipfile.ZIP_BZIP2)
    (member,) = read_zip(BytesReader(content)).values()
    assert member.method not in (STORED, DEFLATED)
    with pytest.raises(CodecError, match="method 12"):
        unpack_whole(BytesReader(content), member, MIB)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_flipped_bytes_never_raise_anything_else(data):
    content = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    reader = BytesReader(bytes(content))
    try:
        for member in read_zip(reader).values():
            unpack_whole(reader, member, MIB)
    except CodecError:
        pass
