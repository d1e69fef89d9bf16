"""The two messages that carry bytes, written and read by hand.

protobuf copies the bytes twice on their way into a message and twice on their way out; for these two messages that is a third of a
transfer's processor time. A serialised message is the concatenation of its fields, so the bytes can be put behind the others.
"""

from __future__ import annotations

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.varint import decode, encode
from tfreg.v1.blobs_pb2 import ReadResponse, WriteRequest

_WRITE_DATA = b"\x1a"  # WriteRequest.data = 3, length-delimited
_READ_INDEX = 0x08  # ReadResponse.range_index = 1, varint
_READ_DATA = 0x12  # ReadResponse.data = 2, length-delimited


def write_frame(head: WriteRequest | None, data: bytes) -> bytes:
    """Returns a serialised WriteRequest: the fields of `head`, and `data`."""
    start = head.SerializeToString() if head is not None else b""
    return b"".join((start, _WRITE_DATA, encode(len(data)), data))


def read_frame(message: bytes) -> tuple[int, memoryview]:
    """Returns range index and data of a serialised ReadResponse. The data is a view of `message`.

    Raises:
        google.protobuf.message.DecodeError: It is not one.
    """
    try:
        index, position = (0, 0) if message[0] != _READ_INDEX else decode(message, 1)
        if message[position] == _READ_DATA:
            length, position = decode(message, position + 1)
            if position + length == len(message):
                return index, memoryview(message)[position:]
    except (IndexError, CodecError):
        pass
    response = ReadResponse.FromString(message)  # fields in another order, twice, or that we do not know
    return response.range_index, memoryview(response.data)
