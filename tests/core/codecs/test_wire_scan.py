"""Scanning protobuf messages: against protobuf's own parser, and against bytes that are no message."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.codecs import wire_scan
from tfreg.core.codecs.errors import CodecError, TruncatedError
from tfreg.core.codecs.wire_scan import FIXED32, FIXED64, LENGTH_DELIMITED, VARINT, scan
from tfreg.core.trees import BytesReader
from tfreg.wire.checkpoint_pb2 import BundleEntryProto
from tfreg.wire.graph_pb2 import GraphDef


def fields_of(content: bytes, keep_bytes: int = 1 << 20) -> list[wire_scan.Field]:
    return list(scan(BytesReader(content), 0, len(content), keep_bytes=keep_bytes))


@st.composite
def written_fields(draw):
    """A message with what its fields should be: (number, wire type, value or payload)."""
    content, expected = b"", []
    for _ in range(draw(st.integers(0, 20))):
        number = draw(st.integers(1, (1 << 29) - 1))
        wire_type = draw(st.sampled_from([VARINT, FIXED64, LENGTH_DELIMITED, FIXED32]))
        content += varint(number << 3 | wire_type)
        if wire_type == LENGTH_DELIMITED:
            payload = draw(st.binary(max_size=300))
            content += varint(len(payload)) + payload
            expected.append((number, wire_type, payload))
        else:
            bits = {VARINT: 64, FIXED64: 64, FIXED32: 32}[wire_type]
            value = draw(st.integers(0, (1 << bits) - 1))
            content += varint(value) if wire_type == VARINT else value.to_bytes(bits // 8, "little")
            expected.append((number, wire_type, value))
    return content, expected


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


@given(written_fields())
def test_every_field_is_found_with_its_value(message):
    content, expected = message
    found = [(f.number, f.wire_type, f.payload if f.wire_type == LENGTH_DELIMITED else f.value) for f in fields_of(content)]
    assert found == expected


@given(written_fields(), st.integers(1, 40))
def test_the_size_of_the_window_changes_nothing(message, window):
    content, _ = message
    whole = fields_of(content, 64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire_scan, "_MIN_WINDOW_BYTES", 20)
        patch.setattr(wire_scan, "_MAX_WINDOW_BYTES", 20 + window)
        assert fields_of(content, 64) == whole


@given(written_fields())
def test_payloads_lie_where_the_field_says(message):
    content, _ = message
    for field in fields_of(content):
        if field.payload is not None:
            assert content[field.offset : field.offset + field.length] == field.payload


@given(st.binary(max_size=200))
def test_bytes_that_are_no_message_give_fields_or_a_codec_error_and_nothing_else(content):
    try:
        found = fields_of(content)
    except CodecError:
        return
    assert sum(field.length for field in found) <= len(content)


@given(written_fields(), st.data())
def test_a_message_cut_off_gives_a_prefix_of_its_fields(message, data):
    content, _ = message
    whole = fields_of(content)
    cut = data.draw(st.integers(0, len(content)))
    found = []
    with suppress(TruncatedError):
        found.extend(scan(BytesReader(content[:cut]), 0, cut, keep_bytes=1 << 20))
    assert found == whole[: len(found)]


def test_long_payloads_are_not_read():
    class Counting(BytesReader):
        read = 0

        def read_at(self, offset, length):
            content = super().read_at(offset, length)
            Counting.read += len(content)
            return content

    entry = BundleEntryProto(offset=7).SerializeToString()
    content = b"\x0a" + varint(50_000_000) + bytes(50_000_000) + entry
    reader = Counting(content)
    found = list(scan(reader, 0, len(content), keep_bytes=1000))
    assert (found[0].number, found[0].length, found[0].payload) == (1, 50_000_000, None)
    assert found[1].value == 7
    assert Counting.read < 20_000


def test_a_length_of_three_gigabytes_is_told_with_its_place():
    with pytest.raises(TruncatedError, match="a field of 3221225472 bytes at byte 6, which passes the end at byte 7"):
        fields_of(b"\x0a" + varint(3 << 30) + b"x")


def test_a_file_that_shrinks_while_it_is_read_is_an_error():
    with pytest.raises(TruncatedError):
        list(scan(BytesReader(b"\x0a\x05ab"), 0, 7, keep_bytes=100))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x08" + b"\xff" * 10, "more than ten bytes"),
        (b"\x0a" + b"\xff" * 10, "more than ten bytes"),
        (b"\x0b", "unknown wire type 3"),
        (b"\x02\x00", "impossible number 0"),
        (b"\x08", "ends within a field"),
        (b"\x0d\x01\x02", "ends within a field"),
    ],
)
def test_impossible_bytes_are_told(content, reason):
    with pytest.raises(CodecError, match=reason):
        fields_of(content)


def test_a_graph_is_found_as_protobuf_parses_it():
    graph = GraphDef()
    for number in range(1000):
        graph.node.add(name=f"n{number}", op="NoOp")
    graph.versions.producer = 9
    found = fields_of(graph.SerializeToString())
    assert [field.payload for field in found if field.number == 1] == [node.SerializeToString() for node in graph.node]
