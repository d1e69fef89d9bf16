"""The two messages that carry blobs' bytes, taken apart and put together by hand.

protobuf would copy each MiB twice on its way to the disk; here the bytes stay where grpc put them. Whatever looks unusual goes
through protobuf after all.
"""

from __future__ import annotations

from contextlib import suppress

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.varint import decode, encode
from tfreg.v1 import blobs_pb2 as pb

_LEASE_ID, _BLOB, _DATA = 0x0A, 0x12, 0x1A  # field number << 3 | 2, length-delimited
_RANGE_INDEX, _READ_DATA = 0x08, 0x12


def split_write(message: bytes) -> tuple[pb.WriteRequest, memoryview]:
    """Returns an encoded WriteRequest without its data, and its data as a view of `message`.

    Raises:
        google.protobuf.message.DecodeError: It is not such a message.
    """
    position, end = 0, len(message)
    with suppress(IndexError, CodecError):  # protobuf says what is wrong with it
        while position < end:
            tag = message[position]
            length, start = decode(message, position + 1)
            if tag not in (_LEASE_ID, _BLOB, _DATA) or start + length > end:
                break
            if tag == _DATA and start + length == end:
                return pb.WriteRequest.FromString(message[:position]), memoryview(message)[start:]
            position = start + length
    request = pb.WriteRequest.FromString(message)
    data = memoryview(request.data)
    request.ClearField("data")
    return request, data


def encode_read(range_index: int, data: bytes) -> bytes:
    """Returns an encoded ReadResponse."""
    return b"".join((bytes([_RANGE_INDEX]), encode(range_index), bytes([_READ_DATA]), encode(len(data)), data))
