"""What the outputs of a node are: how many, of which dtype and shape, as far as its attributes and the op table say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

from tfreg.core.graphs.graph import Function, Graph, Node
from tfreg.core.ops.arguments import output_dtypes
from tfreg.core.ops.table import lookup
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


class Outputs(Sequence[Output]):
    """The outputs of a node, each made when it is looked at: a node of thirty bytes can say that it has thousands."""

    def __init__(self, count: int, dtypes: Sequence[str], shapes: Sequence[TensorShapeProto]) -> None:
        self._count = count
        self._dtypes = dtypes
        self._shapes = shapes

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Output: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Output, ...]: ...
    def __getitem__(self, index: int | slice) -> Output | tuple[Output, ...]:
        if isinstance(index, slice):
            return tuple(self[position] for position in range(*index.indices(self._count)))
        if not 0 <= index < self._count:
            raise IndexError(index)
        dtype = self._dtypes[index] if self._dtypes else ""
        return Output(dtype, shape_of(self._shapes[index]), has_shape=True) if self._shapes else Output(dtype)


def outputs_of(node: Node, functions: Mapping[str, Function]) -> Outputs | None:
    """Returns the outputs of a node; None if it cannot be told how many there are, as with a custom op."""
    dtypes = _dtypes(node, functions)
    shapes = _shapes(node)
    if dtypes is None:
        return Outputs(len(shapes), (), shapes) if shapes else None
    return Outputs(len(dtypes), dtypes, shapes if len(shapes) == len(dtypes) else ())


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
    signature = function.op_signature if function else lookup(node.op)
    if signature is None:
        return None
    try:
        return output_dtypes(signature, node.attr)
    except ValueError:
        return None


def _shapes(node: Node) -> Sequence[TensorShapeProto]:
    for name in _SHAPE_LIST_ATTRS:
        value = node.attr.get(name)
        if value is not None and value.list.shape:
            return value.list.shape
    if node.op in _SHAPE_ATTR_OPS and (value := node.attr.get("shape")) is not None:
        return (value.shape,)
    if node.op == "Const" and (value := node.attr.get("value")) is not None:
        return (value.tensor.tensor_shape,)
    return ()
