"""Tensors whose values are stored: their part of tfreg/v1/artifacts.proto."""

from __future__ import annotations

from tfreg.core.tensors import Part, StoredAs, StoredTensor
from tfreg.translate.tensors import quantization_from_proto, quantization_to_proto, shape_from_proto, shape_to_proto
from tfreg.v1 import artifacts_pb2 as pb
from tfreg.v1.tensors_pb2 import Shape


def stored_tensor_to_proto(tensor: StoredTensor) -> pb.StoredTensor:
    """Returns the message for a tensor whose value is stored."""
    return pb.StoredTensor(
        name=tensor.name,
        dtype=tensor.dtype,
        shape=shape_to_proto(tensor.shape),
        file=tensor.file,
        offset_bytes=tensor.offset_bytes,
        size_bytes=tensor.size_bytes,
        stored_as=tensor.stored_as,
        path=tensor.path,
        trainable=tensor.trainable,
        part=None if tensor.part is None else _part_to_proto(tensor.part),
        quantization=quantization_to_proto(tensor.quantization),
        digest=tensor.digest,
        constant=tensor.constant,
        crc32c=tensor.crc32c,
    )


def stored_tensor_from_proto(message: pb.StoredTensor) -> StoredTensor:
    """Returns the tensor that a message tells. Its shape is fully known; a size that is not counts as 0.

    A way of storing that this release does not know counts as raw: ReadTensors gives plain values anyway.
    """
    return StoredTensor(
        name=message.name,
        dtype=message.dtype,
        shape=_known(message.shape),
        file=message.file,
        offset_bytes=message.offset_bytes,
        size_bytes=message.size_bytes,
        stored_as=StoredAs(message.stored_as) if message.stored_as in set(StoredAs) else StoredAs.RAW,
        path=message.path,
        trainable=message.trainable if message.HasField("trainable") else None,
        part=_part_from_proto(message.part) if message.HasField("part") else None,
        quantization=quantization_from_proto(message.quantization) if message.HasField("quantization") else None,
        digest=message.digest,
        constant=message.constant,
        crc32c=message.crc32c if message.HasField("crc32c") else None,
    )


def _part_to_proto(part: Part) -> pb.TensorPart:
    return pb.TensorPart(name=part.name, shape=shape_to_proto(part.shape), begin=part.begin)


def _part_from_proto(message: pb.TensorPart) -> Part:
    return Part(message.name, _known(message.shape), tuple(message.begin))


def _known(shape: Shape) -> tuple[int, ...]:
    return tuple(dim or 0 for dim in shape_from_proto(shape) or ())
