"""The nodes that are rewritten together: those of the top level, or of one function's body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tfreg.core.rewrites.freeze.dtypes import BOOL, STRING
from tfreg.core.rewrites.graphs.function_edit import FunctionEdit
from tfreg.core.rewrites.graphs.inputs import control_inputs, producer_of
from tfreg.core.rewrites.graphs.nodes_edit import NodesEdit
from tfreg.core.rewrites.graphs.put_nodes import tensor_head
from tfreg.core.rewrites.pieces import Inline
from tfreg.wire.graph_pb2 import NodeDef


@dataclass(slots=True)
class Scope:
    """A scope.

    Attributes:
        nodes: Its nodes.
        told: What callers know the function by, if it is a copy.
        has_frames: Whether loops of control flow v1 run in it, whose nodes need an input of their own frame.
        renamed: Outputs that have another name since their node's op is another: by node and old name.
    """

    nodes: NodesEdit
    told: str = ""
    has_frames: bool = False
    renamed: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def function(self) -> str:
        """Name of the function; empty at the top level."""
        return (self.told or self.nodes.name) if isinstance(self.nodes, FunctionEdit) else ""

    def become(
        self, node: NodeDef, op: str, inputs: Sequence[str], types: Mapping[str, int], output: tuple[str, str] | None = None
    ) -> None:
        """Makes a node one of another op, of the same name, device and control inputs.

        Args:
            node: The node.
            op: Its op from now on.
            inputs: Its data inputs.
            types: Its attributes that hold types.
            output: The name of its output before and after, if that differs.
        """
        new = NodeDef(name=node.name, op=op, device=node.device, input=[*inputs, *control_inputs(node.input)])
        for attr, dtype in types.items():
            new.attr[attr].type = dtype  # type: ignore[assignment]  # a number of the enum
        if output is not None and output[0] != output[1]:
            self.renamed[node.name, output[0]] = output[1]
        node.CopyFrom(new)

    def add_constant(self, near: NodeDef, name: str, dtype: int, shape: Sequence[int], content: bytes) -> str:
        """Adds a Const of numbers for a node's use; returns the input that reads it."""
        name = self.nodes.free_name(f"{near.name}/{name}")
        self.nodes.put_constant(name, dtype, shape, [Inline(content)], near.device)
        return self._read(name, near)

    def add_texts(self, near: NodeDef, name: str, shape: Sequence[int], texts: Sequence[bytes]) -> str:
        """Adds a Const of strings for a node's use; returns the input that reads it."""
        name = self.nodes.free_name(f"{near.name}/{name}")
        self.nodes.put(texts_node(name, shape, texts, near.device))
        return self._read(name, near)

    def _read(self, name: str, near: NodeDef) -> str:
        """Returns how a node reads a constant, which in a loop has to be of the node's own frame."""
        if self.has_frames and near.input:
            constant = self.nodes.node(name)
            constant.input.append(f"^{producer_of(near.input[-1])}")
            self.nodes.put(constant)
        return f"{name}:output:0" if self.function else name

    def apply_renamed(self) -> None:
        """Makes the nodes of a function, and what it returns, read outputs by their new names."""
        body = self.nodes
        if not self.renamed or not isinstance(body, FunctionEdit):
            return
        touched = {name for name, _ in self.renamed}
        for name in body.names():
            if touched.isdisjoint(map(producer_of, body.nodes()[name].inputs)):
                continue
            node = body.node(name)
            node.input[:] = map(self._renamed, node.input)
            body.put(node)
        for output in list(body.ret):
            body.ret[output] = self._renamed(body.ret[output])

    def _renamed(self, text: str) -> str:
        name, colon, place = text.partition(":")
        argument, _, index = place.rpartition(":")
        new = self.renamed.get((name, argument)) if colon else None
        return f"{name}:{new}:{index}" if new else text


def texts_node(name: str, shape: Sequence[int], texts: Sequence[bytes], device: str = "") -> NodeDef:
    """Returns a Const of strings."""
    node = NodeDef(name=name, op="Const", device=device)
    node.attr["dtype"].type = STRING  # type: ignore[assignment]
    tensor = tensor_head(STRING, shape)
    tensor.string_val.extend(texts)
    node.attr["value"].tensor.CopyFrom(tensor)
    return node


def true_value(scope: Scope, node: NodeDef, output: str) -> None:
    """Makes a node the constant True."""
    scope.become(node, "Const", [], {"dtype": BOOL}, (output, "output"))
    tensor = tensor_head(BOOL, ())
    tensor.bool_val.append(True)  # a message's list
    node.attr["value"].tensor.CopyFrom(tensor)
