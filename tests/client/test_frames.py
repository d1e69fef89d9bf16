"""The messages that are written and read by hand are those of protobuf."""

from __future__ import annotations

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from tfreg.client.frames import read_frame, write_frame
from tfreg.v1.blobs_pb2 import BlobRef, ReadResponse, WriteRequest

DATA = st.one_of(st.binary(max_size=300), st.integers(1, 70_000).map(bytes))


@given(lease_id=st.text(max_size=20), digest=st.text(max_size=80), size_bytes=st.integers(0, 2**53), data=DATA)
def test_a_written_message_is_read_by_protobuf(lease_id: str, digest: str, size_bytes: int, data: bytes) -> None:
    head = WriteRequest(lease_id=lease_id, blob=BlobRef(digest=digest, size_bytes=size_bytes))
    assert WriteRequest.FromString(write_frame(head, data)) == WriteRequest(lease_id=lease_id, blob=head.blob, data=data)
    assert WriteRequest.FromString(write_frame(None, data)) == WriteRequest(data=data)


@given(index=st.integers(0, 2**31 - 1), data=DATA)
def test_a_message_of_protobuf_is_read(index: int, data: bytes) -> None:
    assert read_frame(ReadResponse(range_index=index, data=data).SerializeToString()) == (index, data)


def test_fields_in_another_order_and_unknown_ones_are_read() -> None:
    message = b"\x12\x02ab" + b"\x08\x05" + b"\x7a\x01x"
    assert read_frame(message) == (5, b"ab")


@given(message=st.binary(max_size=40))
def test_whatever_comes_is_read_as_protobuf_reads_it(message: bytes) -> None:
    try:
        expected = ReadResponse.FromString(message)
    except DecodeError:
        with pytest.raises(DecodeError):
            read_frame(message)
        return
    assert read_frame(message) == (expected.range_index, expected.data)
