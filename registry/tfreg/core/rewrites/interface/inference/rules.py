"""Shapes of outputs by op, from those of the inputs: the ops that models are made of. What is not here is not known.

A rule takes the inputs and the attributes; it returns the outputs, or one for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tfreg.core.rewrites.interface.inference import joining, lists, products, selecting, windows
from tfreg.core.rewrites.interface.inference.attributes import Attrs, Rule
from tfreg.core.rewrites.interface.inference.dims import Dim, Shaped, broadcast, lost, merged, product
from tfreg.core.rewrites.interface.inference.reshape_rule import reshaped, unknown_target
from tfreg.core.rewrites.interface.inference.values import length_of, plain
from tfreg.core.shapes import shape_of

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
    return products.reduction if op in _REDUCTIONS else _RULES.get(op)


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


def _reshape(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    data, target = inputs[0], inputs[1]
    if target.value is not None:
        return reshaped(data, target.value)
    return unknown_target(data, length_of(target))


def _transpose(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    data, order = inputs[0], plain(inputs[1].value)
    if data.dims is None or order is None or sorted(order) != list(range(len(data.dims))):
        return lost(data)
    return Shaped(tuple(data.dims[at] for at in order))


def _select(name: str, inputs: Sequence[Shaped], _: Attrs) -> Shaped:
    return broadcast(inputs[1:3], name)


def _identity_n(_: str, inputs: Sequence[Shaped], __: Attrs) -> list[Shaped]:
    return list(inputs)


_RULES: dict[str, Rule] = {
    "ArgMax": products.arg_max,
    "ArgMin": products.arg_max,
    "AvgPool": windows.pool,
    "BatchMatMul": products.mat_mul,
    "BatchMatMulV2": products.mat_mul,
    "BatchMatMulV3": products.mat_mul,
    "BiasAdd": products.bias_add,
    "BroadcastTo": joining.broadcast_to,
    "ConcatV2": joining.concat,
    "Conv2D": windows.conv_2d,
    "DepthwiseConv2dNative": windows.depthwise,
    "Einsum": products.einsum,
    "EnsureShape": _ensured,
    "ExpandDims": selecting.expand_dims,
    "Fill": joining.filled(0),
    "FusedBatchNorm": products.batch_norm,
    "FusedBatchNormV2": products.batch_norm,
    "FusedBatchNormV3": products.batch_norm,
    "Gather": selecting.gather,
    "GatherV2": selecting.gather,
    "IdentityN": _identity_n,
    "MatMul": products.mat_mul,
    "MaxPool": windows.pool,
    "MirrorPad": joining.pad,
    "OneHot": selecting.one_hot,
    "Pack": joining.pack,
    "Pad": joining.pad,
    "PadV2": joining.pad,
    "RandomStandardNormal": joining.filled(0),
    "RandomUniform": joining.filled(0),
    "Range": joining.ranged,
    "Rank": _scalar,
    "Reshape": _reshape,
    "Select": _select,
    "Shape": _shape,
    "ShapeN": _shape,
    "Size": _size,
    "Slice": selecting.sliced,
    "Split": selecting.split,
    "Squeeze": selecting.squeeze,
    "StridedSlice": selecting.strided_slice,
    "TensorListFromTensor": lists.from_tensor,
    "TensorListGetItem": lists.get_item,
    "TensorListReserve": lists.reserve,
    "TensorListSetItem": lists.set_item,
    "TensorListStack": lists.stack,
    "Tile": joining.tile,
    "TopKV2": selecting.top_k,
    "Transpose": _transpose,
    "TruncatedNormal": joining.filled(0),
    "Unpack": selecting.unpack,
}
