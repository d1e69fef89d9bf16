"""A node that was put into a graph, with attributes that are pieces of other files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tfreg.core.rewrites.graphs import framing
from tfreg.core.rewrites.pieces import Inline, Piece
from tfreg.wire.graph_pb2 import NodeDef
from tfreg.wire.tensor_pb2 import TensorProto

# Field numbers, as proto/tfreg/wire/graph.proto and tensor.proto have them.
_ATTR, _KEY, _VALUE, _TENSOR, _CONTENT = 5, 1, 2, 8, 4


@dataclass(frozen=True, slots=True)
class PutNode:
    """A node.

    Attributes:
        node: The node; of the attributes in `held` it has what fits in memory.
        held: Attributes as fields of the NodeDef, by key.
    """

    node: NodeDef
    held: Mapping[str, tuple[Piece, ...]] = field(default_factory=dict)

    def pieces(self, without: Iterable[str] = ()) -> list[Piece]:
        """Returns the NodeDef without some of its attributes."""
        dropped = [name for name in (*self.held, *without) if name in self.node.attr]
        rest = self.node
        if dropped:
            rest = NodeDef()
            rest.CopyFrom(self.node)
            for name in dropped:
                del rest.attr[name]
        return [Inline(rest.SerializeToString(deterministic=True)), *(piece for pieces in self.held.values() for piece in pieces)]

    def replaced_by(self, node: NodeDef) -> PutNode:
        """Returns another node, which keeps those of the held attributes that it has as they are in `self.node`."""
        kept = {key: pieces for key, pieces in self.held.items() if key in node.attr and node.attr[key] == self.node.attr[key]}
        return PutNode(node, kept)


def constant(name: str, dtype: int, shape: Sequence[int], pieces: Sequence[Piece], device: str = "") -> PutNode:
    """Makes a Const of numbers.

    Args:
        name: Its name.
        dtype: Number of its DataType.
        shape: Its shape.
        pieces: Its elements, row-major and little-endian; nothing for an empty tensor.
        device: Where it is to be.
    """
    node = NodeDef(name=name, op="Const", device=device)
    node.attr["dtype"].type = dtype  # type: ignore[assignment]  # a number of the enum
    node.attr["value"].tensor.CopyFrom(tensor_head(dtype, shape))
    rest = Inline(node.attr["value"].tensor.SerializeToString())
    content = framing.framed(_CONTENT, pieces) if framing.size_bytes(pieces) else []
    value = framing.framed(_VALUE, framing.framed(_TENSOR, [rest, *content]))
    return PutNode(node, {"value": tuple(framing.framed(_ATTR, [Inline(framing.field(_KEY, b"value")), *value]))})


def tensor_head(dtype: int, shape: Sequence[int]) -> TensorProto:
    """Returns a TensorProto without elements."""
    tensor = TensorProto(dtype=dtype)  # type: ignore[arg-type]
    tensor.tensor_shape.SetInParent()
    for size in shape:
        tensor.tensor_shape.dim.add(size=size)
    return tensor
