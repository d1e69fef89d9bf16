"""Shapes of what puts tensors together, repeats or fills them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tfreg.core.rewrites.interface.inference.attributes import Attrs, Rule
from tfreg.core.rewrites.interface.inference.dims import UNKNOWN, Dim, FixedError, Shaped, lost, merged
from tfreg.core.rewrites.interface.inference.values import length_of, plain


def concat(name: str, inputs: Sequence[Shaped], _: Attrs) -> Shaped:
    """The rule of ConcatV2."""
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


def pack(name: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    """The rule of Pack."""
    if any(one.dims is None for one in inputs) or len({len(one.dims or ()) for one in inputs}) != 1:
        return lost(*inputs)
    dims = list(inputs[0].dims or ())
    for one in inputs[1:]:
        dims = [merged(a, b, f"the packing {name}") for a, b in zip(dims, one.dims or (), strict=True)]
    at = (attr["axis"].i if "axis" in attr else 0) % (len(dims) + 1)
    return Shaped((*dims[:at], Dim(len(inputs)), *dims[at:]))


def tile(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    """The rule of Tile."""
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


def pad(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    """The rule of Pad and its kin."""
    dims, pads = inputs[0].dims, plain(inputs[1].value)
    if dims is None or pads is None or len(pads) != 2 * len(dims):
        return lost(inputs[0])
    return Shaped(
        tuple(
            replace(dim, size=(dim.size or 0) + sum(pads[2 * at : 2 * at + 2])) if dim.is_known else dim
            for at, dim in enumerate(dims)
        )
    )


def filled(at: int) -> Rule:
    """Returns the rule of an op whose input at this position is the shape of its output: Fill, RandomUniform."""

    def rule(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
        target = inputs[at]
        if target.value is not None:
            return Shaped(target.value)
        length = length_of(target)
        return lost(target) if length is None else Shaped(tuple(Dim(changed=target.is_changed) for _ in range(length)))

    return rule


def broadcast_to(name: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    """The rule of BroadcastTo."""
    target = filled(1)(name, inputs, attr)
    if isinstance(target, Shaped) and target.dims is not None and inputs[0].dims is not None:
        for one, other in zip(inputs[0].dims[::-1], target.dims[::-1], strict=False):
            if one.changed and other.is_known and not other.changed and one.size != other.size:
                raise FixedError(other.origin, f"it is broadcast to {other.size}")
    return target if isinstance(target, Shaped) else UNKNOWN


def ranged(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    """The rule of Range."""
    start, limit, delta = ((one.value or (Dim(),))[0] for one in inputs[:3])
    known = start.size is not None and limit.size is not None and delta.size
    size = len(range(start.size or 0, limit.size or 0, delta.size or 1)) if known else None
    return Shaped((Dim(size, start.changed or limit.changed),))
