"""The values of constants that a graph holds within its nodes, large or small, numbers or texts."""

from __future__ import annotations

from collections.abc import Callable

from tfreg.core.dtypes import dtype_name, element_size_bytes
from tfreg.core.graphs.graph import Graph, Node
from tfreg.core.graphs.spans import SMALL_BYTES
from tfreg.core.layouts import Span
from tfreg.core.shapes import element_count, known_shape_of
from tfreg.core.trees import BytesReader
from tfreg.core.values.lookup import Found
from tfreg.core.values.tensor_protos import TensorMessage
from tfreg.wire.tensor_pb2 import TensorProto

FindConstant = Callable[[str], Found | None]
"""Finds a constant by its operation's name; None if there is none whose value is at hand."""
_LONGEST_VARINT = 10
_MAX_NAME_CHARACTERS = 10_000  # each slash may be where a function's name ends: the time grows with the square of the length


def constant_of(graph: Graph, name: str) -> Found | None:
    """Returns the value of a constant of a graph, or, named `function/operation`, of one of its functions.

    None if there is no such constant, or if it is so large that the graph leaves it out: those are listed as stored tensors.

    Raises:
        GraphUnreadableError: The node, or the function, is damaged.
    """
    if len(name) > _MAX_NAME_CHARACTERS:
        return None
    node = graph.nodes.get(name) or _node_of_function(graph, name)
    if node is None or node.op != "Const" or (value := node.attr.get("value")) is None:
        return None
    dtype, shape = dtype_name(value.tensor.dtype), known_shape_of(value.tensor.tensor_shape)
    if shape is None or _is_left_out(value.tensor, dtype, shape):
        return None
    content = value.tensor.SerializeToString()
    message = TensorMessage(BytesReader(content), Span(0, len(content)), dtype, shape, may_fill=dtype != "string")
    return Found(name, dtype, shape, (), message=message)


def _node_of_function(graph: Graph, name: str) -> Node | None:
    function, slash, rest = name.partition("/")
    while slash:
        if function in graph.functions and (node := graph.functions[function].nodes.get(rest)) is not None:
            return node
        part, slash, rest = rest.partition("/")
        function = f"{function}/{part}"
    return None


def _is_left_out(tensor: TensorProto, dtype: str, shape: tuple[int, ...]) -> bool:
    """Whether a graph may have left the value out: it has none, which else stands for zeros, and it could have been a long one."""
    has_value = any(field.name not in ("dtype", "tensor_shape", "version_number") for field, _ in tensor.ListFields())
    longest = element_count(shape) * max(_LONGEST_VARINT, element_size_bytes(dtype) or 0)
    return not has_value and longest > SMALL_BYTES
