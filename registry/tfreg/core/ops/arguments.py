"""From arguments of an op to the tensors of a node: how many there are, of which types, and which name means which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tfreg.core.dtypes import dtype_name
from tfreg.core.ops.table import ArgSignature, OpSignature

if TYPE_CHECKING:
    from tfreg.wire.graph_pb2 import AttrValue

Attrs = Mapping[str, "AttrValue"]
MAX_TENSORS = 65_536
"""More tensors than this in one argument are the sign of a damaged file, not of a model."""


def input_dtypes(op: OpSignature, attrs: Attrs) -> tuple[str, ...]:
    """Returns the types of a node's inputs, in order, without control inputs.

    Raises:
        ValueError: The node lacks an attribute that says how many inputs there are.
    """
    return tuple(dtype for arg in op.inputs for dtype in _dtypes(arg, op, attrs))


def output_dtypes(op: OpSignature, attrs: Attrs) -> tuple[str, ...]:
    """Returns the types of a node's outputs, in order: `float32`, `float32_ref`; empty where the node does not say.

    Raises:
        ValueError: The node lacks an attribute that says how many outputs there are.
    """
    return tuple(dtype for arg in op.outputs for dtype in _dtypes(arg, op, attrs))


def flat_index(op: OpSignature, attrs: Attrs, output: str, index: int) -> int:
    """Returns which output of a node the name `node:OUTPUT:INDEX` means, as names are written within functions.

    Raises:
        ValueError: The op has no such output, or the node lacks an attribute that says how many there are.
    """
    before = 0
    for arg in op.outputs:
        count = len(_dtypes(arg, op, attrs))
        if arg.name == output:
            if index >= count:
                raise ValueError(f"output {output!r} of op {op.name!r} has {count} tensors, so no index {index}")
            return before + index
        before += count
    raise ValueError(f"op {op.name!r} has no output {output!r}; it has {[arg.name for arg in op.outputs]}")


def _dtypes(arg: ArgSignature, op: OpSignature, attrs: Attrs) -> tuple[str, ...]:
    if arg.type_list_attr:
        return _listed(arg.type_list_attr, op, attrs)
    dtype = arg.dtype or _dtype(arg.type_attr, op, attrs)
    dtype += "_ref" if arg.is_ref and dtype else ""
    return (dtype,) * (_number(arg.number_attr, op, attrs) if arg.number_attr else 1)


def _listed(attr: str, op: OpSignature, attrs: Attrs) -> tuple[str, ...]:
    if attr in attrs:
        return tuple(map(dtype_name, attrs[attr].list.type))
    return tuple(filter(None, _default(attr, op).split(",")))


def _dtype(attr: str, op: OpSignature, attrs: Attrs) -> str:
    return dtype_name(attrs[attr].type) if attr in attrs else op.defaults.get(attr, "")


def _number(attr: str, op: OpSignature, attrs: Attrs) -> int:
    number = attrs[attr].i if attr in attrs else int(_default(attr, op))
    if not 0 <= number <= MAX_TENSORS:
        raise ValueError(f"attribute {attr!r} of op {op.name!r} is {number}, which cannot be a number of tensors")
    return number


def _default(attr: str, op: OpSignature) -> str:
    if attr not in op.defaults:
        raise ValueError(f"a node of op {op.name!r} lacks its attribute {attr!r}")
    return op.defaults[attr]
