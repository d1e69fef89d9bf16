"""The messages that carry bytes, written and read by hand, are the protos' own."""

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from tfreg.server.blob_messages import encode_read, split_write
from tfreg.v1 import blobs_pb2

requests = st.builds(
    blobs_pb2.WriteRequest,
    lease_id=st.text(max_size=5),
    blob=st.none() | st.builds(blobs_pb2.BlobRef, digest=st.text(max_size=5), size_bytes=st.integers(0, 2**60)),
    data=st.binary(max_size=300),
)


@given(requests)
def test_a_request_is_taken_apart_as_protobuf_would(request) -> None:
    head, data = split_write(request.SerializeToString())
    assert bytes(data) == request.data
    request.ClearField("data")
    assert head == request


@given(requests, requests)
def test_fields_in_another_order_or_given_twice_are_read_as_protobuf_does(one, other) -> None:
    message = one.SerializeToString() + other.SerializeToString()
    expected = blobs_pb2.WriteRequest.FromString(message)
    head, data = split_write(message)
    assert bytes(data) == expected.data
    expected.ClearField("data")
    head.ClearField("data")
    assert head == expected


@given(st.binary(max_size=40))
def test_garbage_is_refused_exactly_where_protobuf_refuses_it(message) -> None:
    try:
        expected = blobs_pb2.WriteRequest.FromString(message)
    except DecodeError:
        with pytest.raises(DecodeError):
            split_write(message)
    else:
        assert bytes(split_write(message)[1]) == expected.data


@given(st.integers(0, 2**31 - 1), st.binary(max_size=300))
def test_a_response_reads_back(index, data) -> None:
    response = blobs_pb2.ReadResponse.FromString(encode_read(index, data))
    assert (response.range_index, response.data) == (index, data)
