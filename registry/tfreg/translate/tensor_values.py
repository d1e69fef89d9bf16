"""Reading values of tensors: ReadTensors of tfreg/v1/artifacts.proto."""

from __future__ import annotations

from tfreg.core.values.selection import Selection, ValueHeader
from tfreg.translate.tensors import shape_from_proto, shape_to_proto
from tfreg.v1 import artifacts_pb2 as pb

_UNKNOWN_SIZE = -1


def selection_to_proto(selection: Selection) -> pb.TensorSelection:
    """Returns the message for what is to be read."""
    return pb.TensorSelection(name=selection.name, begin=selection.begin, size=selection.size)


def selection_from_proto(message: pb.TensorSelection) -> Selection:
    """Returns what is to be read."""
    return Selection(message.name, tuple(message.begin), tuple(message.size))


def header_to_proto(header: ValueHeader) -> pb.TensorHeader:
    """Returns the message for what the bytes that follow are."""
    size_bytes = _UNKNOWN_SIZE if header.size_bytes is None else header.size_bytes
    return pb.TensorHeader(name=header.name, dtype=header.dtype, shape=shape_to_proto(header.shape), size_bytes=size_bytes)


def header_from_proto(message: pb.TensorHeader) -> ValueHeader:
    """Returns what the bytes that follow are."""
    shape = tuple(dim or 0 for dim in shape_from_proto(message.shape) or ())
    return ValueHeader(message.name, message.dtype, shape, message.size_bytes if message.size_bytes >= 0 else None)
