"""A FunctionDef as it is to be."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from tfreg.core.graphs.graph import Function
from tfreg.core.graphs.spans import SpanNodes
from tfreg.core.rewrites.graphs.nodes_edit import NodesEdit
from tfreg.core.rewrites.graphs.opening import GraphFile
from tfreg.core.rewrites.pieces import Inline, Piece
from tfreg.wire.graph_pb2 import AttrValue, FunctionDef, OpDef

_NODE = 3  # field number of FunctionDef
_INFERRED, _GIVEN = "_output_shapes", "_input_shapes"
"""Attributes with shapes as they were when the function was traced; TensorFlow refuses a changed function that still has them."""


class FunctionEdit(NodesEdit):
    """The nodes of a function's body, and the rest of it, whose parts can be changed in place.

    Args:
        rest: The function without its nodes.
        base: The nodes that are there, and their file.
        is_new: Whether it is not in the file as it is.
    """

    def __init__(self, rest: FunctionDef, base: tuple[SpanNodes, GraphFile] | None = None, *, is_new: bool = False) -> None:
        super().__init__(base)
        self._rest = rest
        self._before = b"" if is_new else rest.SerializeToString(deterministic=True)

    @property
    def name(self) -> str:
        """Its name in the library."""
        return self._rest.signature.name

    @property
    def signature(self) -> OpDef:
        """Its name and its arguments."""
        return self._rest.signature

    @property
    def ret(self) -> MutableMapping[str, str]:
        """Output argument -> `node:output_arg:index`, or an input argument."""
        return self._rest.ret

    @property
    def control_ret(self) -> MutableMapping[str, str]:
        """Control output -> node."""
        return self._rest.control_ret

    @property
    def attr(self) -> MutableMapping[str, AttrValue]:
        """Its attributes."""
        return self._rest.attr

    @property
    def arg_attr(self) -> MutableMapping[int, FunctionDef.ArgAttrs]:
        """Attributes of its arguments by position."""
        return self._rest.arg_attr

    @property
    def is_changed(self) -> bool:
        """Whether anything about it is other than in the file."""
        return self.is_touched or self._rest.SerializeToString(deterministic=True) != self._before

    def forget_argument(self, position: int) -> None:
        """Drops what is said of an argument that is another from now on: its shapes, and which resource it is."""
        self._rest.arg_attr.pop(position, None)
        self._rest.resource_arg_unique_id.pop(position, None)

    def function(self) -> Function:
        """Returns a view of it as it is now."""
        return Function(self.signature, self.nodes(), self.ret, tuple(self.control_ret.values()), self.attr)

    def copied_as(self, name: str) -> FunctionEdit:
        """Returns a copy under another name."""
        rest = FunctionDef()
        rest.CopyFrom(self._rest)
        rest.signature.name = name
        copy = FunctionEdit(rest, is_new=True)
        copy.copy_nodes_of(self)
        return copy

    def pieces(self) -> Iterator[Piece]:
        """Yields the FunctionDef without the shapes that were inferred before it was changed."""
        self.drop_attrs(_INFERRED)
        rest = FunctionDef()
        rest.CopyFrom(self._rest)
        rest.attr.pop(_GIVEN, None)
        for position in list(rest.arg_attr):
            rest.arg_attr[position].attr.pop(_INFERRED, None)
        yield Inline(rest.SerializeToString(deterministic=True))
        yield from self.node_pieces(_NODE)
