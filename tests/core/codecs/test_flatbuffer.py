"""FlatBuffers made by hand, byte for byte, and what is refused in them."""

from __future__ import annotations

import struct
import time

import pytest

from tfreg.core.codecs.errors import CodecError, LimitError, TruncatedError
from tfreg.core.codecs.flatbuffer import INT32, UINT8, UINT32, FlatBuffer
from tfreg.core.trees import BytesReader

# root -> table at 16 whose vtable is at 4: slots 0 (int32 at +4), 1 (none), 2 (string at +8), 3 (vector at +12)
VTABLE = struct.pack("<6H", 12, 16, 4, 0, 8, 12)
TABLE = struct.pack("<iiII", 12, -7, 8, 12)
TEXT = struct.pack("<I", 2) + b"h\xc3\0\0"
NUMBERS = struct.pack("<I3i", 3, 1, -2, 3)
SMALL = struct.pack("<I", 16) + VTABLE + TABLE + TEXT + NUMBERS


class CountedReader(BytesReader):
    """Says how much was read."""

    read_bytes = 0

    def read_at(self, offset: int, length: int) -> bytes:
        found = super().read_at(offset, length)
        self.read_bytes += len(found)
        return found


def root(content: bytes, **limits: int):
    return FlatBuffer(BytesReader(content), **limits).root


def test_fields_are_found_by_slot_and_have_defaults():
    table = root(SMALL)
    assert table.number(0, INT32) == -7
    assert [table.has(slot) for slot in range(5)] == [True, False, True, True, False]
    assert (table.number(1, INT32, 5), table.number(9, INT32), table.text(1), table.table(1)) == (5, 0, "", None)
    assert table.integers(3, INT32, 10) == (1, -2, 3)
    assert table.integers(1, INT32, 10) == ()
    assert not table.flag(1)


def test_a_text_that_is_no_utf_8_is_still_a_text():
    assert root(SMALL).text(2) == "h\N{REPLACEMENT CHARACTER}"


def test_only_pages_that_are_wanted_are_read():
    reader = CountedReader(SMALL + bytes(50 << 20))
    assert FlatBuffer(reader).root.number(0, INT32) == -7
    assert reader.read_bytes <= 4096


def test_numbers_and_texts_across_pages_are_whole():
    shift = 4096 - 18
    content = struct.pack("<I", 16 + shift) + bytes(shift) + SMALL[4:]
    assert root(content).number(0, INT32) == -7
    assert root(content).integers(3, INT32, 3) == (1, -2, 3)


def all_of(content: bytes) -> tuple:
    table = root(content)
    return table.number(0, INT32), table.text(2), table.integers(3, INT32, 10)


@pytest.mark.parametrize("cut", range(len(SMALL)))
def test_a_buffer_cut_off_anywhere_is_a_codec_error(cut):
    with pytest.raises(TruncatedError):
        all_of(SMALL[:cut])


@pytest.mark.parametrize("position", range(len(SMALL)))
@pytest.mark.parametrize("value", [0x00, 0x7F, 0x80, 0xFF])
def test_a_changed_byte_is_read_or_is_a_codec_error(position, value):
    content = bytearray(SMALL)
    content[position] = value
    try:
        table = root(bytes(content))
        (table.number(0, UINT8), table.text(2), table.integers(3, INT32, 10), table.table(0), list(table.tables(3)))
    except CodecError:
        pass


def test_many_references_to_one_table_stop_at_a_limit():
    count = 500_000
    head = struct.pack("<I", 12) + struct.pack("<3H", 6, 8, 4) + b"\0\0" + struct.pack("<iI", 8, 4)
    elements = b"".join(struct.pack("<I", 4 * (count - number) + 4) for number in range(count))
    content = head + struct.pack("<I", count) + elements + struct.pack("<HH", 4, 4) + struct.pack("<i", 4)
    started = time.process_time()
    with pytest.raises(LimitError, match="tables"):
        for _ in FlatBuffer(BytesReader(content)).root.tables(0):
            pass
    assert time.process_time() - started < 20


def test_texts_stop_at_a_limit():
    with pytest.raises(LimitError, match="texts"):
        root(SMALL, max_text_bytes=1).text(2)


def test_vectors_that_claim_a_thousand_million_elements_are_refused():
    huge = SMALL[:-16] + struct.pack("<I3i", 10**9, 1, -2, 3)
    with pytest.raises(TruncatedError, match="passes the end"):
        root(huge).integers(3, INT32, 10)
    with pytest.raises(LimitError):
        root(SMALL).integers(3, INT32, 2)
    assert root(SMALL).table_of(3, 7) is None
    assert root(SMALL).number(0, UINT32) == (1 << 32) - 7
