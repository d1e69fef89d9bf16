"""TensorShapeProto to `tensors.Shape`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfreg.core.tensors import Shape

if TYPE_CHECKING:
    from tfreg.wire.tensor_pb2 import TensorShapeProto

MAX_RANK = 254
"""The most dimensions that TensorFlow allows (TensorShape::MaxDimensions)."""


def shape_of(proto: TensorShapeProto) -> Shape:
    """Returns the shape: None if not even the rank is known, a negative size as None. What passes `MAX_RANK` is no shape."""
    if proto.unknown_rank or len(proto.dim) > MAX_RANK:
        return None
    return tuple(dim.size if dim.size >= 0 else None for dim in proto.dim)


def known_shape_of(proto: TensorShapeProto) -> tuple[int, ...] | None:
    """Returns the shape of a stored value; None if a size is missing or it passes `MAX_RANK`, which no stored value may do."""
    if len(proto.dim) > MAX_RANK:
        return None
    sizes = tuple(dim.size for dim in proto.dim)
    return None if proto.unknown_rank or any(size < 0 for size in sizes) else sizes


def element_count(shape: tuple[int, ...]) -> int:
    """Returns how many elements a value of this shape has."""
    count = 1
    for size in shape:
        count *= size
    return count
