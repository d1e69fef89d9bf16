"""Shapes of outputs by op, from those of the inputs: the ops that models are made of. What is not here is not known.

A rule takes the inputs and the attributes; it returns the outputs, or one for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

from tfreg.core.rewrites.interface.inference.dims import UNKNOWN, Dim, FixedError, Shaped, broadcast, lost, merged, product
from tfreg.core.rewrites.interface.inference.reshape_rule import reshaped, unknown_target
from tfreg.core.rewrites.interface.inference.values import plain
from tfreg.core.shapes import shape_of

if TYPE_CHECKING:
    from tfreg.wire.graph_pb2 import AttrValue

Attrs = Mapping[str, "AttrValue"]
Rule = Callable[[str, Sequence[Shaped], Attrs], Shaped | list[Shaped]]

_SAME_NAMES = """
    Abs Acos Acosh Asin Asinh AsString Atan Atanh Bitcast Cast Ceil CheckNumerics Cos Cosh Cumprod Cumsum Digamma Elu Erf Erfc Erfinv
    Exp Expm1 FakeQuantWithMinMaxArgs FakeQuantWithMinMaxVars Floor Identity Inv Invert IsFinite IsInf IsNan LRN LeakyRelu Lgamma Log
    Log1p LogSoftmax LogicalNot Neg OnesLike PlaceholderWithDefault PreventGradient Reciprocal Relu Relu6 ReverseV2 Rint Round Rsqrt
    Selu Sigmoid Sign Sin Sinh Snapshot Softmax Softplus Softsign Sqrt Square StopGradient StringLower StringStrip StringToNumber Tan
    Tanh ZerosLike
"""
_ELEMENTWISE_NAMES = """
    Add AddV2 Atan2 BitwiseAnd BitwiseOr BitwiseXor Div DivNoNan Equal FloorDiv FloorMod Greater GreaterEqual Less LessEqual LogicalAnd
    LogicalOr Maximum Minimum Mod Mul MulNoNan NotEqual Pow RealDiv SelectV2 SquaredDifference Sub TruncateDiv Xdivy Xlogy
"""
_SAME, _ELEMENTWISE = frozenset(_SAME_NAMES.split()), frozenset(_ELEMENTWISE_NAMES.split())
_REDUCTIONS = frozenset({"All", "Any", "EuclideanNorm", "Max", "Mean", "Min", "Prod", "Sum"})


def rule_of(op: str) -> Rule | None:
    """Returns the rule of an op; None if there is none."""
    if op in _SAME:
        return _first
    if op in _ELEMENTWISE:
        return lambda name, inputs, _: broadcast(inputs, f"{op} in {name}")
    return _reduction if op in _REDUCTIONS else _RULES.get(op)


def _first(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    return replace(inputs[0], value=None)


def _ensured(_: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    data, wanted = inputs[0], shape_of(attr["shape"].shape) if "shape" in attr else None
    if data.dims is None or wanted is None or len(wanted) != len(data.dims):
        return data
    sizes = zip(data.dims, wanted, strict=True)
    return Shaped(tuple(dim if size is None else merged(dim, Dim(size), "its attribute shape") for dim, size in sizes))


def _scalar(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    del inputs
    return Shaped(())


def _shape(_: str, inputs: Sequence[Shaped], __: Attrs) -> list[Shaped]:
    return [Shaped(None if one.dims is None else (Dim(len(one.dims)),), changed=False, value=one.dims) for one in inputs]


def _size(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    dims = inputs[0].dims
    return Shaped((), value=None if dims is None else (product(dims),))


def _bias_add(name: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    data, bias = inputs[0], inputs[1]
    if data.dims and bias.dims and not _is_nchw(attr):
        last = merged(data.dims[-1], bias.dims[0], f"the bias of {name}")
        return Shaped((*data.dims[:-1], last))
    return data


def _mat_mul(name: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    a, b = inputs[0].dims, inputs[1].dims
    if a is None or b is None or len(a) < 2 or len(b) < 2:
        return lost(*inputs)
    left = a[:-2] + _turned(a[-2:], _flag(attr, "transpose_a", "adj_x"))
    right = b[:-2] + _turned(b[-2:], _flag(attr, "transpose_b", "adj_y"))
    merged(left[-1], right[-2], f"the matrix product {name}")
    batch = broadcast([Shaped(left[:-2]), Shaped(right[:-2])], name).dims or ()
    return Shaped((*batch, left[-2], right[-1]))


def _turned(dims: tuple[Dim, ...], turned: bool) -> tuple[Dim, ...]:
    return dims[::-1] if turned else dims


def _conv_2d(name: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    data, kernel = inputs[0].dims, inputs[1].dims
    if data is None or kernel is None or len(data) != 4 or len(kernel) != 4:
        return lost(*inputs)
    channel, (high, wide) = _axes(attr)
    grouped = not (data[channel].is_known and kernel[2].is_known and kernel[2].size)
    if not grouped and (data[channel].size or 0) % (kernel[2].size or 1):
        merged(data[channel], kernel[2], f"the kernel of {name}")
    dilations, strides = _numbers(attr, "dilations") or [1] * 4, _numbers(attr, "strides") or [1] * 4
    sizes = [
        _windowed(data[axis], kernel[at], (strides[axis], dilations[axis]), attr, at) for at, axis in enumerate((high, wide))
    ]
    return Shaped(_placed(data[0], sizes, kernel[3], channel))


def _depthwise(name: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    data, kernel = inputs[0].dims, inputs[1].dims
    if data is None or kernel is None or len(data) != 4 or len(kernel) != 4:
        return lost(*inputs)
    channel, (high, wide) = _axes(attr)
    merged(data[channel], kernel[2], f"the kernel of {name}")
    dilations, strides = _numbers(attr, "dilations") or [1] * 4, _numbers(attr, "strides") or [1] * 4
    sizes = [
        _windowed(data[axis], kernel[at], (strides[axis], dilations[axis]), attr, at) for at, axis in enumerate((high, wide))
    ]
    return Shaped(_placed(data[0], sizes, product(kernel[2:]), channel))


def _pool(_: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    data, window, strides = inputs[0].dims, _numbers(attr, "ksize"), _numbers(attr, "strides")
    if data is None or len(data) != 4 or not window or not strides:
        return lost(*inputs)
    channel, spatial = _axes(attr)
    sizes = [_windowed(data[axis], Dim(window[axis]), (strides[axis], 1), attr, at) for at, axis in enumerate(spatial)]
    return Shaped(_placed(data[0], sizes, data[channel], channel))


def _windowed(data: Dim, window: Dim, steps: tuple[int, int], attr: Attrs, at: int) -> Dim:
    stride, dilation = steps
    padding = attr["padding"].s if "padding" in attr else b""
    if not data.is_known or stride < 1:
        return Dim(changed=data.changed)
    size = data.size or 0
    if padding == b"SAME":
        return Dim(ceil(size / stride), data.changed)
    if not window.is_known:
        return Dim(changed=data.changed)
    pads = _numbers(attr, "explicit_paddings")
    size += sum(pads[2 * (at + 1) : 2 * (at + 1) + 2]) if padding == b"EXPLICIT" and pads else 0
    covered = (size - ((window.size or 1) - 1) * dilation + stride - 1) // stride
    if covered < 1:
        raise FixedError("", f"its window of {window.size} is larger than {size}")
    return Dim(covered, data.changed)


def _placed(batch: Dim, sizes: list[Dim], channels: Dim, channel: int) -> tuple[Dim, ...]:
    return (batch, channels, *sizes) if channel == 1 else (batch, *sizes, channels)


def _axes(attr: Attrs) -> tuple[int, tuple[int, int]]:
    return (1, (2, 3)) if _is_nchw(attr) else (3, (1, 2))


def _is_nchw(attr: Attrs) -> bool:
    return "data_format" in attr and attr["data_format"].s.startswith(b"NC")


def _reduction(_: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    data, axes = inputs[0], plain(inputs[1].value)
    if data.dims is None or axes is None:
        return lost(data)
    rank = len(data.dims)
    gone = {axis % rank for axis in axes} if rank else set()
    if _flag(attr, "keep_dims"):
        return Shaped(tuple(Dim(1) if at in gone else dim for at, dim in enumerate(data.dims)))
    return Shaped(tuple(dim for at, dim in enumerate(data.dims) if at not in gone))


def _arg_max(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    data, axis = inputs[0], plain(inputs[1].value)
    if not data.dims or axis is None or len(axis) != 1:
        return lost(data)
    return Shaped(_without(data.dims, axis[0] % len(data.dims)))


def _squeeze(_: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    data, axes = inputs[0], _numbers(attr, "squeeze_dims")
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


def _expand_dims(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    data, axis = inputs[0], plain(inputs[1].value)
    if data.dims is None or axis is None or len(axis) != 1:
        return lost(data)
    at = axis[0] % (len(data.dims) + 1)
    return Shaped((*data.dims[:at], Dim(1), *data.dims[at:]))


def _reshape(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    data, target = inputs[0], inputs[1]
    if target.value is not None:
        return reshaped(data, target.value)
    return unknown_target(data, _length(target))


def _transpose(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    data, order = inputs[0], plain(inputs[1].value)
    if data.dims is None or order is None or sorted(order) != list(range(len(data.dims))):
        return lost(data)
    return Shaped(tuple(data.dims[at] for at in order))


def _concat(name: str, inputs: Sequence[Shaped], _: Attrs) -> Shaped:
    parts, axis = inputs[:-1], plain(inputs[-1].value)
    if (
        axis is None
        or len(axis) != 1
        or any(one.dims is None for one in parts)
        or len({len(one.dims or ()) for one in parts}) != 1
    ):
        return lost(*parts)
    return _concatenated(name, [one.dims or () for one in parts], axis[0])


def _concatenated(name: str, parts: list[tuple[Dim, ...]], axis: int) -> Shaped:
    rank = len(parts[0])
    if not rank:
        return UNKNOWN
    dims = list(parts[0])
    for part in parts[1:]:
        dims = [
            merged(a, b, f"the concatenation {name}") if at != axis % rank else a
            for at, (a, b) in enumerate(zip(dims, part, strict=True))
        ]
    along = [part[axis % rank] for part in parts]
    total = sum(dim.size or 0 for dim in along) if all(dim.is_known for dim in along) else None
    dims[axis % rank] = Dim(total, any(dim.changed for dim in along))
    return Shaped(tuple(dims))


def _pack(name: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    if any(one.dims is None for one in inputs) or len({len(one.dims or ()) for one in inputs}) != 1:
        return lost(*inputs)
    dims = list(inputs[0].dims or ())
    for one in inputs[1:]:
        dims = [merged(a, b, f"the packing {name}") for a, b in zip(dims, one.dims or (), strict=True)]
    at = (attr["axis"].i if "axis" in attr else 0) % (len(dims) + 1)
    return Shaped((*dims[:at], Dim(len(inputs)), *dims[at:]))


def _unpack(_: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    dims = inputs[0].dims
    if not dims:
        return lost(*inputs)
    at = (attr["axis"].i if "axis" in attr else 0) % len(dims)
    if dims[at].changed:
        raise FixedError("", "it takes a dimension apart that had a fixed size")
    return Shaped(_without(dims, at))


def _split(_: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    axis, data, parts = plain(inputs[0].value), inputs[1], attr["num_split"].i if "num_split" in attr else 0
    if not data.dims or axis is None or len(axis) != 1 or parts < 1:
        return lost(data)
    at = axis[0] % len(data.dims)
    dim = data.dims[at]
    if dim.changed and dim.is_known and (dim.size or 0) % parts:
        raise FixedError("", f"it splits into {parts} parts of one size")
    return Shaped((*data.dims[:at], Dim((dim.size or 0) // parts if dim.is_known else None, dim.changed), *data.dims[at + 1 :]))


def _strided_slice(_: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    data = inputs[0]
    begin, end, strides = (plain(one.value) for one in inputs[1:4])
    masks = {key: attr[key].i if key in attr else 0 for key in ("begin_mask", "end_mask", "shrink_axis_mask")}
    special = any(key in attr and attr[key].i for key in ("ellipsis_mask", "new_axis_mask"))
    if data.dims is None or begin is None or end is None or strides is None or special or len(begin) > len(data.dims):
        return lost(data)
    dims: list[Dim] = []
    for at, dim in enumerate(data.dims):
        if at >= len(begin):
            dims.append(dim)
        elif not masks["shrink_axis_mask"] >> at & 1:
            start = None if masks["begin_mask"] >> at & 1 else begin[at]
            stop = None if masks["end_mask"] >> at & 1 else end[at]
            dims.append(_cut(dim, start, stop, strides[at]))
    return Shaped(tuple(dims))


def _cut(dim: Dim, start: int | None, stop: int | None, stride: int) -> Dim:
    if not start and stop is None and stride == 1:
        return dim
    if not dim.is_known or not stride:
        return Dim(changed=dim.changed)
    return Dim(len(range(*slice(start, stop, stride).indices(dim.size or 0))), dim.changed)


def _slice(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
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


def _gather(_: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    data, indices = inputs[0].dims, inputs[1].dims
    axis = plain(inputs[2].value) if len(inputs) > 2 else [0]
    batched = "batch_dims" in attr and attr["batch_dims"].i
    if data is None or indices is None or axis is None or batched or not data:
        return lost(*inputs[:2])
    at = axis[0] % len(data)
    return Shaped((*data[:at], *indices, *data[at + 1 :]))


def _one_hot(_: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    dims, depth = inputs[0].dims, inputs[1].value
    if dims is None:
        return lost(inputs[0])
    axis = attr["axis"].i if "axis" in attr else -1
    at = len(dims) if axis == -1 else axis
    return Shaped((*dims[:at], depth[0] if depth else Dim(), *dims[at:]))


def _pad(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    dims, pads = inputs[0].dims, plain(inputs[1].value)
    if dims is None or pads is None or len(pads) != 2 * len(dims):
        return lost(inputs[0])
    return Shaped(
        tuple(
            replace(dim, size=(dim.size or 0) + sum(pads[2 * at : 2 * at + 2])) if dim.is_known else dim
            for at, dim in enumerate(dims)
        )
    )


def _tile(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    dims, times = inputs[0].dims, inputs[1].value
    if dims is None or times is None or len(dims) != len(times):
        return lost(inputs[0])
    return Shaped(
        tuple(
            replace(count, size=(dim.size or 0) * (count.size or 0), changed=dim.changed or count.changed)
            if dim.is_known and count.is_known
            else Dim(changed=dim.changed or count.changed)
            for dim, count in zip(dims, times, strict=True)
        )
    )


def _filled(at: int) -> Rule:
    def rule(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
        target = inputs[at]
        if target.value is not None:
            return Shaped(target.value)
        length = _length(target)
        return lost(target) if length is None else Shaped(tuple(Dim(changed=target.is_changed) for _ in range(length)))

    return rule


def _broadcast_to(name: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    target = _filled(1)(name, inputs, attr)
    if isinstance(target, Shaped) and target.dims is not None and inputs[0].dims is not None:
        for one, other in zip(inputs[0].dims[::-1], target.dims[::-1], strict=False):
            if one.changed and other.is_known and not other.changed and one.size != other.size:
                raise FixedError(other.origin, f"it is broadcast to {other.size}")
    return target if isinstance(target, Shaped) else UNKNOWN


def _top_k(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    dims, count = inputs[0].dims, inputs[1].value
    return lost(inputs[0]) if not dims else Shaped((*dims[:-1], count[0] if count else Dim()))


def _batch_norm(_: str, inputs: Sequence[Shaped], attr: Attrs) -> list[Shaped]:
    data, scale = inputs[0], inputs[1]
    if data.dims and scale.dims:
        merged(data.dims[1 if _is_nchw(attr) else -1], scale.dims[0], "the scale")
    return [data, *[scale] * 5]


def _einsum(_: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    equation = attr["equation"].s.decode(errors="replace") if "equation" in attr else ""
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if not arrow or "." in equation or len(terms) != len(inputs) or any(one.dims is None for one in inputs):
        return lost(*inputs)
    sizes: dict[str, Dim] = {}
    for term, one in zip(terms, inputs, strict=True):
        if len(term) != len(one.dims or ()):
            return lost(*inputs)
        for letter, dim in zip(term, one.dims or (), strict=True):
            sizes[letter] = merged(sizes[letter], dim, "the product") if letter in sizes else dim
    return Shaped(tuple(sizes.get(letter, Dim()) for letter in right))


def _range(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    start, limit, delta = ((one.value or (Dim(),))[0] for one in inputs[:3])
    known = start.size is not None and limit.size is not None and delta.size
    size = len(range(start.size or 0, limit.size or 0, delta.size or 1)) if known else None
    return Shaped((Dim(size, start.changed or limit.changed),))


def _select(name: str, inputs: Sequence[Shaped], _: Attrs) -> Shaped:
    return broadcast(inputs[1:3], name)


def _identity_n(_: str, inputs: Sequence[Shaped], __: Attrs) -> list[Shaped]:
    return list(inputs)


def _list_reserved(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    return Shaped((), value=inputs[0].value)  # a list's value is the shape of its elements


def _list_stacked(name: str, inputs: Sequence[Shaped], _: Attrs) -> Shaped:
    element = inputs[1].value if len(inputs) > 1 else None
    kept = inputs[0].value
    if element is None:
        return lost(*inputs)
    dims = [merged(a, b, f"the list {name}") for a, b in zip(element, kept, strict=False)] if kept else list(element)
    return Shaped((Dim(changed=False), *(dim if dim.is_known else Dim(changed=dim.changed) for dim in dims)))


def _length(target: Shaped) -> int | None:
    """Returns how many elements a vector has."""
    return target.dims[0].size if target.dims is not None and len(target.dims) == 1 and target.dims[0].is_known else None


def _without(dims: tuple[Dim, ...], at: int) -> tuple[Dim, ...]:
    return (*dims[:at], *dims[at + 1 :])


def _flag(attr: Attrs, *names: str) -> bool:
    return any(name in attr and attr[name].b for name in names)


def _numbers(attr: Attrs, name: str) -> list[int]:
    return list(attr[name].list.i) if name in attr else []


_RULES: dict[str, Rule] = {
    "ArgMax": _arg_max,
    "ArgMin": _arg_max,
    "AvgPool": _pool,
    "BatchMatMul": _mat_mul,
    "BatchMatMulV2": _mat_mul,
    "BatchMatMulV3": _mat_mul,
    "BiasAdd": _bias_add,
    "BroadcastTo": _broadcast_to,
    "ConcatV2": _concat,
    "Conv2D": _conv_2d,
    "DepthwiseConv2dNative": _depthwise,
    "Einsum": _einsum,
    "EnsureShape": _ensured,
    "ExpandDims": _expand_dims,
    "Fill": _filled(0),
    "FusedBatchNorm": _batch_norm,
    "FusedBatchNormV2": _batch_norm,
    "FusedBatchNormV3": _batch_norm,
    "Gather": _gather,
    "GatherV2": _gather,
    "IdentityN": _identity_n,
    "MatMul": _mat_mul,
    "MaxPool": _pool,
    "MirrorPad": _pad,
    "OneHot": _one_hot,
    "Pack": _pack,
    "Pad": _pad,
    "PadV2": _pad,
    "RandomStandardNormal": _filled(0),
    "RandomUniform": _filled(0),
    "Range": _range,
    "Rank": _scalar,
    "Reshape": _reshape,
    "Select": _select,
    "Shape": _shape,
    "ShapeN": _shape,
    "Size": _size,
    "Slice": _slice,
    "Split": _split,
    "Squeeze": _squeeze,
    "StridedSlice": _strided_slice,
    "TensorListReserve": _list_reserved,
    "TensorListStack": _list_stacked,
    "Tile": _tile,
    "TopKV2": _top_k,
    "Transpose": _transpose,
    "TruncatedNormal": _filled(0),
    "Unpack": _unpack,
}
