"""Shapes of products, sums along dimensions, and normalisations."""

from __future__ import annotations

from collections.abc import Sequence

from tfreg.core.rewrites.interface.inference.attributes import Attrs, flag, is_nchw
from tfreg.core.rewrites.interface.inference.dims import Dim, Shaped, broadcast, lost, merged, without
from tfreg.core.rewrites.interface.inference.values import plain


def mat_mul(name: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    """The rule of MatMul and the BatchMatMuls."""
    a, b = inputs[0].dims, inputs[1].dims
    if a is None or b is None or len(a) < 2 or len(b) < 2:
        return lost(*inputs)
    left = a[:-2] + _turned(a[-2:], flag(attr, "transpose_a", "adj_x"))
    right = b[:-2] + _turned(b[-2:], flag(attr, "transpose_b", "adj_y"))
    merged(left[-1], right[-2], f"the matrix product {name}")
    batch = broadcast([Shaped(left[:-2]), Shaped(right[:-2])], name).dims or ()
    return Shaped((*batch, left[-2], right[-1]))


def _turned(dims: tuple[Dim, ...], turned: bool) -> tuple[Dim, ...]:
    return dims[::-1] if turned else dims


def einsum(_: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    """The rule of Einsum without ellipsis."""
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


def bias_add(name: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    """The rule of BiasAdd."""
    data, bias = inputs[0], inputs[1]
    if data.dims and bias.dims and not is_nchw(attr):
        last = merged(data.dims[-1], bias.dims[0], f"the bias of {name}")
        return Shaped((*data.dims[:-1], last))
    return data


def batch_norm(_: str, inputs: Sequence[Shaped], attr: Attrs) -> list[Shaped]:
    """The rule of the FusedBatchNorms."""
    data, scale = inputs[0], inputs[1]
    if data.dims and scale.dims:
        merged(data.dims[1 if is_nchw(attr) else -1], scale.dims[0], "the scale")
    return [data, *[scale] * 5]


def reduction(_: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    """The rule of sums, means and their kin."""
    data, axes = inputs[0], plain(inputs[1].value)
    if data.dims is None or axes is None:
        return lost(data)
    rank = len(data.dims)
    gone = {axis % rank for axis in axes} if rank else set()
    if flag(attr, "keep_dims"):
        return Shaped(tuple(Dim(1) if at in gone else dim for at, dim in enumerate(data.dims)))
    return Shaped(tuple(dim for at, dim in enumerate(data.dims) if at not in gone))


def arg_max(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    """The rule of ArgMax and ArgMin."""
    data, axis = inputs[0], plain(inputs[1].value)
    if not data.dims or axis is None or len(axis) != 1:
        return lost(data)
    return Shaped(without(data.dims, axis[0] % len(data.dims)))
