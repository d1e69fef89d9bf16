"""Times: milliseconds since 1970-01-01 UTC in the core, Timestamp on the wire."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp


def time_to_proto(time_ms: int) -> Timestamp:
    """Returns the message for a time."""
    return Timestamp(seconds=time_ms // 1000, nanos=time_ms % 1000 * 1_000_000)


def time_from_proto(message: Timestamp) -> int:
    """Returns milliseconds; what is finer is cut off."""
    return message.seconds * 1000 + message.nanos // 1_000_000
