"""What the outputs of a node are: how many, of which dtype and shape, as far as its attributes and the op table say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfreg.core.graphs.graph import Function, Graph, Node
from tfreg.core.ops.arguments import output_dtypes
from tfreg.core.ops.table import lookup, signature_of
from tfreg.core.shapes import shape_of
from tfreg.core.tensors import Shape, TensorRef, TensorSpec

if TYPE_CHECKING:
    from tfreg.wire.tensor_pb2 import TensorShapeProto

_SHAPE_ATTR_OPS = frozenset({"Placeholder", "PlaceholderV2", "PlaceholderWithDefault", "Variable", "VariableV2"})
_SHAPE_LIST_ATTRS = ("_output_shapes", "output_shapes")


@dataclass(frozen=True, slots=True)
class Output:
    """An output of a node.

    Attributes:
        dtype: TensorFlow's name; empty if not known; `float32_ref` for a reference.
        shape: Its shape, if `has_shape`.
        has_shape: False if the node does not say.
    """

    dtype: str = ""
    shape: Shape = None
    has_shape: bool = False


def outputs_of(node: Node, functions: Mapping[str, Function]) -> tuple[Output, ...] | None:
    """Returns the outputs of a node; None if it cannot be told how many there are, as with a custom op."""
    dtypes = _dtypes(node, functions)
    shapes = _shapes(node)
    if dtypes is None:
        return tuple(Output("", shape_of(shape), has_shape=True) for shape in shapes) or None
    if len(shapes) != len(dtypes):
        return tuple(map(Output, dtypes))
    return tuple(Output(dtype, shape_of(shape), has_shape=True) for dtype, shape in zip(dtypes, shapes, strict=True))


def spec_of(graph: Graph, ref: TensorRef, key: str = "") -> TensorSpec:
    """Returns what the graph says about a tensor."""
    node = graph.nodes.get(ref.operation)
    outputs = outputs_of(node, graph.functions) if node else None
    return described(ref, outputs[ref.index] if outputs and ref.index < len(outputs) else Output(), key)


def described(ref: TensorRef, output: Output, key: str = "") -> TensorSpec:
    """Returns a tensor with what is known of it. References appear as what a caller fetches: values."""
    return TensorSpec(key, ref, output.dtype.removesuffix("_ref"), output.shape, output.has_shape)


def _dtypes(node: Node, functions: Mapping[str, Function]) -> tuple[str, ...] | None:
    function = functions.get(node.op)
    signature = signature_of(function.signature) if function else lookup(node.op)
    if signature is None:
        return None
    try:
        return output_dtypes(signature, node.attr)
    except ValueError:
        return None


def _shapes(node: Node) -> tuple[TensorShapeProto, ...]:
    for name in _SHAPE_LIST_ATTRS:
        value = node.attr.get(name)
        if value is not None and value.list.shape:
            return tuple(value.list.shape)
    if node.op in _SHAPE_ATTR_OPS and (value := node.attr.get("shape")) is not None:
        return (value.shape,)
    if node.op == "Const" and (value := node.attr.get("value")) is not None:
        return (value.tensor.tensor_shape,)
    return ()
