"""Varints are those of protobuf, and nothing that stands in a file makes them raise anything else than they say."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.varint import decode, encode
from tfreg.wire.graph_pb2 import GraphDef


@given(st.integers(0, 2**64 - 1), st.binary(max_size=5), st.binary(max_size=5))
def test_a_number_is_read_as_it_is_written(value: int, before: bytes, after: bytes) -> None:
    encoded = encode(value)
    assert decode(before + encoded + after, len(before)) == (value, len(before) + len(encoded))


@given(st.integers(1, 2**31 - 1))
def test_numbers_are_written_as_protobuf_writes_them(value: int) -> None:
    assert GraphDef(version=value).SerializeToString() == b"\x18" + encode(value)


def test_more_than_64_bits_are_cut_as_protobuf_cuts_them() -> None:
    assert decode(b"\xff" * 9 + b"\x7f", 0) == (2**64 - 1, 10)


@pytest.mark.parametrize(("content", "error"), [(b"", IndexError), (b"\x80" * 9, IndexError), (b"\x80" * 10, CodecError)])
def test_a_number_that_does_not_end_is_told(content: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        decode(content, 0)


@given(st.binary(max_size=20))
def test_any_bytes_are_a_number_or_an_error(content: bytes) -> None:
    with suppress(IndexError, CodecError):
        decode(content, 0)
