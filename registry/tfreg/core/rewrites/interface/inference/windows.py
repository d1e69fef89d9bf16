"""Shapes of convolutions and poolings, in two dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from tfreg.core.rewrites.interface.inference.attributes import Attrs, is_nchw, numbers
from tfreg.core.rewrites.interface.inference.dims import Dim, FixedError, Shaped, lost, merged, product


def conv_2d(name: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    """The rule of Conv2D."""
    data, kernel = inputs[0].dims, inputs[1].dims
    if data is None or kernel is None or len(data) != 4 or len(kernel) != 4:
        return lost(*inputs)
    channel, (high, wide) = _axes(attr)
    per_group = kernel[2].size or 0
    if data[channel].changed or (data[channel].is_known and per_group and (data[channel].size or 0) % per_group):
        merged(data[channel], kernel[2], f"the kernel of {name}")
    dilations, strides = numbers(attr, "dilations") or [1] * 4, numbers(attr, "strides") or [1] * 4
    sizes = [
        _windowed(data[axis], kernel[at], (strides[axis], dilations[axis]), attr, at) for at, axis in enumerate((high, wide))
    ]
    return Shaped(_placed(data[0], sizes, kernel[3], channel))


def depthwise(name: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    """The rule of DepthwiseConv2dNative."""
    data, kernel = inputs[0].dims, inputs[1].dims
    if data is None or kernel is None or len(data) != 4 or len(kernel) != 4:
        return lost(*inputs)
    channel, (high, wide) = _axes(attr)
    merged(data[channel], kernel[2], f"the kernel of {name}")
    dilations, strides = numbers(attr, "dilations") or [1] * 4, numbers(attr, "strides") or [1] * 4
    sizes = [
        _windowed(data[axis], kernel[at], (strides[axis], dilations[axis]), attr, at) for at, axis in enumerate((high, wide))
    ]
    return Shaped(_placed(data[0], sizes, product(kernel[2:]), channel))


def pool(_: str, inputs: Sequence[Shaped], attr: Attrs) -> Shaped:
    """The rule of MaxPool and AvgPool."""
    data, window, strides = inputs[0].dims, numbers(attr, "ksize"), numbers(attr, "strides")
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
    pads = numbers(attr, "explicit_paddings")
    size += sum(pads[2 * (at + 1) : 2 * (at + 1) + 2]) if padding == b"EXPLICIT" and pads else 0
    covered = (size - ((window.size or 1) - 1) * dilation + stride - 1) // stride
    if covered < 1:
        raise FixedError("", f"its window of {window.size} is larger than {size}")
    return Dim(covered, data.changed)


def _placed(batch: Dim, sizes: list[Dim], channels: Dim, channel: int) -> tuple[Dim, ...]:
    return (batch, channels, *sizes) if channel == 1 else (batch, *sizes, channels)


def _axes(attr: Attrs) -> tuple[int, tuple[int, int]]:
    return (1, (2, 3)) if is_nchw(attr) else (3, (1, 2))
