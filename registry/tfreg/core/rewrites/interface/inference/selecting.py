"""Shapes of what takes a part of a tensor, or dimensions away or to it."""

from __future__ import annotations

from collections.abc import Sequence

from tfreg.core.rewrites.interface.inference.attributes import Attrs, numbers
from tfreg.core.rewrites.interface.inference.dims import Dim, FixedError, Shaped, lost, without
from tfreg.core.rewrites.interface.inference.values import plain
from tfreg.core.shapes import MAX_RANK


def strided_slice(_: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    """The rule of StridedSlice."""
    data = inputs[0]
    begin, end, strides = (plain(one.value) for one in inputs[1:4])
    if data.dims is None or begin is None or end is None or strides is None:
        return lost(data)
    taken = _entries(len(begin), attr)
    covered = sum(entry in ("slice", "shrink") for entry in taken)
    if covered > len(data.dims) or len(taken) > MAX_RANK:
        return lost(data)
    masks = {key: attr[key].i if key in attr else 0 for key in ("begin_mask", "end_mask")}
    left, dims = list(data.dims), []
    for at, entry in enumerate(taken):
        if entry == "rest":
            later = sum(one in ("slice", "shrink") for one in taken[at + 1 :])
            dims += left[: len(left) - later]
            left = left[len(left) - later :]
        elif entry == "new":
            dims.append(Dim(1))
        else:
            dim = left.pop(0)
            if entry == "slice":
                start = None if masks["begin_mask"] >> at & 1 else begin[at]
                stop = None if masks["end_mask"] >> at & 1 else end[at]
                dims.append(_cut(dim, start, stop, strides[at]))
    return Shaped((*dims, *left))


def _entries(count: int, attr: Attrs) -> list[str]:
    """Returns what each entry of the slice does: takes a `slice`, an element (`shrink`), the `rest` (...), or adds a `new` dimension."""
    masks = {
        kind: attr[f"{name}_mask"].i if f"{name}_mask" in attr else 0
        for kind, name in (("rest", "ellipsis"), ("new", "new_axis"), ("shrink", "shrink_axis"))
    }
    return [next((kind for kind, mask in masks.items() if mask >> at & 1), "slice") for at in range(count)]


def _cut(dim: Dim, start: int | None, stop: int | None, stride: int) -> Dim:
    if not start and stop is None and stride == 1:
        return dim
    if not dim.is_known or not stride:
        return Dim(changed=dim.changed)
    return Dim(len(range(*slice(start, stop, stride).indices(dim.size or 0))), dim.changed)


def sliced(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    """The rule of Slice."""
    data, begin, size = inputs[0], plain(inputs[1].value), plain(inputs[2].value)
    if data.dims is None or begin is None or size is None or not len(begin) == len(size) == len(data.dims):
        return lost(data)
    return Shaped(tuple(_taken(dim, *pair) for dim, pair in zip(data.dims, zip(begin, size, strict=True), strict=True)))


def _taken(dim: Dim, begin: int, size: int) -> Dim:
    if size >= 0:
        if dim.changed and dim.is_known and begin + size > (dim.size or 0):
            raise FixedError("", f"it takes {size} elements from {begin} on, of which there are {dim.size}")
        return Dim(size)
    return Dim(max((dim.size or 0) - begin, 0) if dim.is_known else None, dim.changed)


def gather(_: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    """The rule of Gather and GatherV2."""
    data, indices = inputs[0].dims, inputs[1].dims
    axis = plain(inputs[2].value) if len(inputs) > 2 else [0]
    batched = "batch_dims" in attr and attr["batch_dims"].i
    if data is None or indices is None or axis is None or batched or not data:
        return lost(*inputs[:2])
    at = axis[0] % len(data)
    return Shaped((*data[:at], *indices, *data[at + 1 :]))


def one_hot(_: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    """The rule of OneHot."""
    dims, depth = inputs[0].dims, inputs[1].value
    if dims is None:
        return lost(inputs[0])
    axis = attr["axis"].i if "axis" in attr else -1
    at = len(dims) if axis == -1 else axis
    return Shaped((*dims[:at], depth[0] if depth else Dim(), *dims[at:]))


def squeeze(_: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    """The rule of Squeeze."""
    data, axes = inputs[0], numbers(attr, "squeeze_dims")
    if data.dims is None:
        return lost(data)
    if not axes:
        known = all(dim.is_known for dim in data.dims)
        return Shaped(tuple(dim for dim in data.dims if dim.size != 1)) if known else lost(data)
    gone = {axis % len(data.dims) for axis in axes} if data.dims else set()
    moved = next((dim for at, dim in enumerate(data.dims) if at in gone and dim.changed and dim.size != 1), None)
    if moved is not None:
        raise FixedError("", "it takes away a dimension that was of size 1")
    return Shaped(tuple(dim for at, dim in enumerate(data.dims) if at not in gone))


def expand_dims(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    """The rule of ExpandDims."""
    data, axis = inputs[0], plain(inputs[1].value)
    if data.dims is None or axis is None or len(axis) != 1:
        return lost(data)
    at = axis[0] % (len(data.dims) + 1)
    return Shaped((*data.dims[:at], Dim(1), *data.dims[at:]))


def unpack(_: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    """The rule of Unpack."""
    dims = inputs[0].dims
    if not dims:
        return lost(*inputs)
    at = (attr["axis"].i if "axis" in attr else 0) % len(dims)
    if dims[at].changed:
        raise FixedError("", "it takes a dimension apart that had a fixed size")
    return Shaped(without(dims, at))


def split(_: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    """The rule of Split."""
    axis, data, parts = plain(inputs[0].value), inputs[1], attr["num_split"].i if "num_split" in attr else 0
    if not data.dims or axis is None or len(axis) != 1 or parts < 1:
        return lost(data)
    at = axis[0] % len(data.dims)
    dim = data.dims[at]
    if dim.changed and dim.is_known and (dim.size or 0) % parts:
        raise FixedError("", f"it splits into {parts} parts of one size")
    return Shaped((*data.dims[:at], Dim((dim.size or 0) // parts if dim.is_known else None, dim.changed), *data.dims[at + 1 :]))


def top_k(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    """The rule of TopKV2."""
    dims, count = inputs[0].dims, inputs[1].value
    return lost(inputs[0]) if not dims else Shaped((*dims[:-1], count[0] if count else Dim()))
