"""The two messages that carry blobs' bytes, taken apart and put together by hand.

protobuf would copy each MiB twice on its way to the disk; here the bytes stay where grpc put them. Whatever looks unusual goes
through protobuf after all.
"""

from __future__ import annotations

from tfreg.v1 import blobs_pb2 as pb

_LEASE_ID, _BLOB, _DATA = 0x0A, 0x12, 0x1A  # field number << 3 | 2, length-delimited
_RANGE_INDEX, _READ_DATA = 0x08, 0x12


def split_write(message: bytes) -> tuple[pb.WriteRequest, memoryview]:
    """Returns an encoded WriteRequest without its data, and its data as a view of `message`.

    Raises:
        google.protobuf.message.DecodeError: It is not such a message.
    """
    position, end = 0, len(message)
    while position < end:
        tag = message[position]
        length, start = _varint(message, position + 1)
        if tag not in (_LEASE_ID, _BLOB, _DATA) or start < 0 or start + length > end:
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
    return b"".join((bytes([_RANGE_INDEX]), _encoded(range_index), bytes([_READ_DATA]), _encoded(len(data)), data))


def _varint(message: bytes, position: int) -> tuple[int, int]:
    """Returns a varint and where it ends; an end below 0 if it is cut off or longer than a message can be."""
    value = 0
    for index, byte in enumerate(message[position : position + 5]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, position + index + 1
    return 0, -1


def _encoded(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
