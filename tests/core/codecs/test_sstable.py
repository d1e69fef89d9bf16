"""Reading sorted string tables, the container of checkpoint indexes."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.codecs.errors import CodecError, LimitError, TruncatedError
from tfreg.core.codecs.sstable import entries, find, is_sstable, places
from tfreg.core.trees import BytesReader

KEYS = st.lists(st.binary(max_size=20), unique=True, max_size=40).map(sorted)


def read(content: bytes) -> list[tuple[bytes, bytes]]:
    return list(entries(BytesReader(content)))


@given(keys=KEYS, data=st.data())
def test_entries_come_back_as_they_were_written(keys, data, table_writer):
    written = [(key, data.draw(st.binary(max_size=10))) for key in keys]
    content = table_writer.table(written)
    assert is_sstable(BytesReader(content))
    assert read(content) == written


@given(data=st.data())
def test_flipped_bytes_give_entries_or_a_codec_error(data, table_writer):
    content = bytearray(table_writer.table([(bytes([65 + i]) * 3, b"value") for i in range(12)]))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    with suppress(CodecError):
        read(bytes(content))


def test_a_table_cut_off_anywhere_is_told(table_writer):
    content = table_writer.table([(bytes([65 + i]), b"value") for i in range(12)])
    for cut in range(len(content)):
        with pytest.raises(CodecError):
            read(content[:cut])


def test_a_flipped_byte_in_a_block_is_found_by_its_checksum(table_writer):
    content = bytearray(table_writer.table([(b"key", b"value")]))
    content[4] ^= 1
    with pytest.raises(CodecError, match="wrong checksum"):
        read(bytes(content))


def test_keys_out_of_order_are_told(table_writer):
    with pytest.raises(CodecError, match="out of order"):
        read(table_writer.table([(b"b", b""), (b"a", b"")]))


def test_snappy_is_told(table_writer):
    with pytest.raises(LimitError, match="Snappy"):
        read(table_writer.table([(b"a", b"")], compression=1))


def test_prefixes_that_spell_out_gigabytes_stop_at_a_limit(table_writer):
    first = table_writer.varint(0) + table_writer.varint(8003) + table_writer.varint(0) + b"k" * 8000 + bytes(3)
    more = b"".join(table_writer.varint(8000) + b"\x03\x00" + i.to_bytes(3, "big") for i in range(1, 20_000))
    with pytest.raises(LimitError, match="keys of more than"):
        for _ in entries(BytesReader(table_writer.table_of([(b"z", first + more + bytes(4))]))):
            pass


def test_an_empty_file_is_no_table(table_writer):
    assert not is_sstable(BytesReader(b""))
    with pytest.raises(TruncatedError):
        read(b"")


def test_prefixes_that_spell_out_far_more_than_the_file_holds_stop_at_a_limit(table_writer):
    keys = [b"k" * 8000 + number.to_bytes(4, "big") for number in range(2000)]
    content = table_writer.table([(key, b"") for key in keys], block_size=2000, restart_every=2000)
    assert len(content) < 100_000
    with pytest.raises(LimitError, match="keys of more than"):
        read(content)


def test_blocks_that_lie_in_each_other_are_refused(table_writer):
    value, index = b"v" * 10_000, []
    for key in (b"c", b"b", b"a"):
        block = table_writer.block([(key, value)])
        index = [(key, 0, len(block)), *((inner, start + block.index(value), size) for inner, start, size in index)]
        value = table_writer.with_trailer(block)
    places = [(key, table_writer.varint(start) + table_writer.varint(size)) for key, start, size in index]
    with pytest.raises(CodecError, match="in each other"):
        read(table_writer.finished(value, places))


@given(keys=KEYS, data=st.data())
def test_places_say_where_the_values_of_entries_are(keys, data, table_writer):
    written = [(key, data.draw(st.binary(max_size=10))) for key in keys]
    content = table_writer.table(written)
    found = list(places(BytesReader(content)))
    assert [(place.key, content[place.offset : place.offset + place.length]) for place in found] == written


@given(keys=KEYS, wanted=st.binary(max_size=3))
def test_a_key_is_found_in_its_block_or_nowhere(keys, wanted, table_writer):
    content = BytesReader(table_writer.table([(key, b"of " + key) for key in keys]))
    assert all(find(content, key) == b"of " + key for key in keys)
    assert find(content, wanted) == (b"of " + wanted if wanted in keys else None)


def large_table(table_writer) -> list[tuple[bytes, bytes]]:
    return [(b"", b"head"), (b"a", bytes(3 << 20)), (b"ab", b"x"), (b"b", bytes(100))]


def test_values_of_megabytes_are_stepped_over(table_writer):
    class Counting(BytesReader):
        read_bytes = 0

        def read_at(self, offset: int, length: int) -> bytes:
            self.read_bytes += length
            return super().read_at(offset, length)

    written = large_table(table_writer)
    content = table_writer.table(written)
    reader = Counting(content)
    found = list(places(reader))
    assert [(place.key, place.length) for place in found] == [(key, len(value)) for key, value in written]
    assert [content[place.offset : place.offset + place.length] for place in found] == [value for _, value in written]
    assert reader.read_bytes < 1000


def test_a_large_block_cut_off_or_compressed_is_told(table_writer):
    content = bytearray(table_writer.table(large_table(table_writer)))
    content[(3 << 20) + 90 :] = content[(3 << 20) + 190 :]  # everything behind it is elsewhere now
    with pytest.raises(CodecError):
        list(places(BytesReader(bytes(content))))
    with pytest.raises(LimitError):
        list(places(BytesReader(table_writer.table(large_table(table_writer), compression=1))))
