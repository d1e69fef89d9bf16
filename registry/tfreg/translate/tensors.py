"""tfreg/v1/tensors.proto and the core's tensors."""

from __future__ import annotations

from tfreg.core.tensors import Quantization, Shape, TensorRef, TensorSpec
from tfreg.v1 import tensors_pb2 as pb

_UNKNOWN_DIM = -1


def ref_to_proto(ref: TensorRef) -> pb.TensorRef:
    """Returns the message for a place in a graph."""
    return pb.TensorRef(operation=ref.operation, index=ref.index)


def ref_from_proto(message: pb.TensorRef) -> TensorRef:
    """Returns the place that a message names."""
    return TensorRef(message.operation, message.index)


def shape_to_proto(shape: Shape) -> pb.Shape:
    """Returns the message for a shape."""
    if shape is None:
        return pb.Shape(unknown_rank=True)
    return pb.Shape(dims=(_UNKNOWN_DIM if dim is None else dim for dim in shape))


def shape_from_proto(message: pb.Shape) -> Shape:
    """Returns the shape that a message tells; each negative size is one that is not known."""
    if message.unknown_rank:
        return None
    return tuple(None if dim < 0 else dim for dim in message.dims)


def quantization_to_proto(quantization: Quantization | None) -> pb.Quantization | None:
    """Returns the message for how integers stand for real numbers; None for None."""
    if quantization is None:
        return None
    return pb.Quantization(scales=quantization.scales, zero_points=quantization.zero_points, axis=quantization.axis)


def quantization_from_proto(message: pb.Quantization) -> Quantization:
    """Returns how integers stand for real numbers."""
    return Quantization(tuple(message.scales), tuple(message.zero_points), message.axis)


def spec_to_proto(spec: TensorSpec) -> pb.TensorSpec:
    """Returns the message for a tensor with its key."""
    return pb.TensorSpec(
        key=spec.key,
        ref=None if spec.ref is None else ref_to_proto(spec.ref),
        dtype=spec.dtype,
        shape=shape_to_proto(spec.shape) if spec.has_shape else None,
        components=map(spec_to_proto, spec.components),
        encoding=spec.encoding,
        tensor_index=spec.tensor_index,
        quantization=quantization_to_proto(spec.quantization),
    )


def spec_from_proto(message: pb.TensorSpec) -> TensorSpec:
    """Returns the tensor that a message tells."""
    has_shape = message.HasField("shape")
    return TensorSpec(
        key=message.key,
        ref=ref_from_proto(message.ref) if message.HasField("ref") else None,
        dtype=message.dtype,
        shape=shape_from_proto(message.shape) if has_shape else None,
        has_shape=has_shape,
        components=tuple(map(spec_from_proto, message.components)),
        encoding=message.encoding,
        tensor_index=message.tensor_index if message.HasField("tensor_index") else None,
        quantization=quantization_from_proto(message.quantization) if message.HasField("quantization") else None,
    )
