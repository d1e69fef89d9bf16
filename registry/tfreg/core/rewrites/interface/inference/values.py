"""Small vectors of integers that a graph computes from shapes and constants: targets of Reshape, axes, sizes.

Taken after what TensorFlow itself evaluates (framework/shape_inference.cc, MakeShapeFromShapeTensor; tensor_util.constant_value_as_shape).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tfreg.core.dtypes import dtype_name
from tfreg.core.rewrites.interface.inference.dims import Dim, Shaped, product
from tfreg.core.shapes import MAX_RANK, element_count, known_shape_of

if TYPE_CHECKING:
    from tfreg.wire.graph_pb2 import AttrValue
    from tfreg.wire.tensor_pb2 import TensorProto

MAX_ELEMENTS = 64
"""Longer vectors are no shapes, nor axes."""
_PACKED = {"int32": ("i", 4), "int64": ("q", 8)}


def constant_value(name: str, tensor: TensorProto) -> tuple[Dim, ...] | None:
    """Returns the elements of a constant of integers; None if it is of another dtype, too long, or left out."""
    dtype, shape = dtype_name(tensor.dtype), known_shape_of(tensor.tensor_shape)
    if dtype not in _PACKED or shape is None or element_count(shape) > MAX_ELEMENTS:
        return None
    count, (code, width) = element_count(shape), _PACKED[dtype]
    numbers: Sequence[int]
    if tensor.tensor_content:
        if len(tensor.tensor_content) != count * width:
            return None
        numbers = struct.unpack(f"<{count}{code}", tensor.tensor_content)
    else:
        said = tensor.int_val if dtype == "int32" else tensor.int64_val
        numbers = [*said[:count], *([said[-1] if said else 0] * (count - len(said)))]
    return tuple(Dim(number, origin=name) for number in numbers)


def length_of(vector: Shaped) -> int | None:
    """Returns how many elements a vector has that says a shape; None if that is not known, or more than a shape can have."""
    size = vector.dims[0].size if vector.dims is not None and len(vector.dims) == 1 else None
    return size if size is not None and 0 <= size <= MAX_RANK else None


def plain(value: tuple[Dim, ...] | None) -> list[int] | None:
    """Returns a value as numbers; None unless each is known."""
    if value is None or any(dim.size is None for dim in value):
        return None
    return [dim.size or 0 for dim in value]


def strided_slice(inputs: Sequence[Shaped], attr: Mapping[str, AttrValue]) -> tuple[Dim, ...] | None:
    """Returns the value of a StridedSlice of a vector, such as `tf.shape(x)[0]`."""
    value = inputs[0].value
    begin, end, strides = (plain(one.value) for one in inputs[1:4])
    masks = {name: attr[name].i if name in attr else 0 for name in _MASKS}
    if (
        value is None
        or not begin
        or not end
        or not strides
        or len(begin) != 1
        or masks["ellipsis_mask"]
        or masks["new_axis_mask"]
    ):
        return None
    if masks["shrink_axis_mask"]:
        at = begin[0] + (len(value) if begin[0] < 0 else 0)
        return (value[at],) if 0 <= at < len(value) else None
    start = None if masks["begin_mask"] else begin[0]
    stop = None if masks["end_mask"] else end[0]
    return value[slice(start, stop, strides[0])] if strides[0] else None


_MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")


def combined(op: str, inputs: Sequence[Shaped], attr: Mapping[str, AttrValue]) -> tuple[Dim, ...] | None:
    """Returns the value that an op makes of values; None if it is not known."""
    values = [one.value for one in inputs]
    if op in _PASSING:
        return values[0]
    if op in ("Pack", "ConcatV2"):
        return _joined(values if op == "Pack" else values[:-1], inputs, op)
    if op in _ARITHMETIC and len(values) == 2:
        return _elementwise(op, values[0], values[1])
    if op == "StridedSlice" and len(inputs) >= 4:
        return strided_slice(inputs, attr)
    return _picked(op, values)


def _picked(op: str, values: Sequence[tuple[Dim, ...] | None]) -> tuple[Dim, ...] | None:
    first = values[0]
    if first is None:
        return None
    if op in ("GatherV2", "Gather") and (at := plain(values[1])) is not None:
        inside = [index for index in at if 0 <= index < len(first)]
        return tuple(first[index] for index in inside) if len(inside) == len(at) else None
    return (product(first),) if op == "Prod" else None


_PASSING = frozenset({"Cast", "ExpandDims", "Identity", "Reshape", "Squeeze", "StopGradient"})


def _joined(parts: Sequence[tuple[Dim, ...] | None], inputs: Sequence[Shaped], op: str) -> tuple[Dim, ...] | None:
    found: list[Dim] = []
    for part, one in zip(parts, inputs, strict=False):
        if part is not None:
            found.extend(part)
        elif op == "Pack" and one.dims == ():
            found.append(Dim(changed=one.is_changed))  # a scalar that is not known
        else:
            return None
    return tuple(found) if len(found) <= MAX_ELEMENTS else None


_ARITHMETIC = frozenset({"Add", "AddV2", "FloorDiv", "Maximum", "Minimum", "Mul", "Sub"})


def _elementwise(op: str, one: tuple[Dim, ...] | None, other: tuple[Dim, ...] | None) -> tuple[Dim, ...] | None:
    if one is None or other is None or (len(one) != len(other) and 1 not in (len(one), len(other))):
        return None
    count = max(len(one), len(other))
    left, right = (side * count if len(side) == 1 else side for side in (one, other))
    return tuple(_calculated(op, a, b) for a, b in zip(left, right, strict=True))


def _calculated(op: str, one: Dim, other: Dim) -> Dim:
    changed, origin = one.changed or other.changed, one.origin if other.origin else ""
    if one.size is None or other.size is None or (op == "FloorDiv" and not other.size):
        return Dim(changed=changed)
    a, b = one.size, other.size
    results = {"Add": a + b, "AddV2": a + b, "Sub": a - b, "Mul": a * b, "Maximum": max(a, b), "Minimum": min(a, b)}
    size = a // b if op == "FloorDiv" else results[op]
    return Dim(size, changed, origin)
