"""A graph as names: its nodes and its functions, each read only when it is asked for.

A GraphDef can have hundreds of thousands of nodes and gigabytes of constants, so a `Graph` knows names and ops and reads the rest
of a node, without the values of its constants, from the file when somebody looks at it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tfreg.core.ops.table import OpSignature, signature_of

if TYPE_CHECKING:
    from tfreg.core.files import FileReader
    from tfreg.wire.graph_pb2 import AttrValue, OpDef

NODE_BYTES = 200
"""About how much memory a node takes of which only name and op are known, without the characters of its name."""


@dataclass(frozen=True, slots=True)
class Node:
    """A NodeDef.

    Attributes:
        name: Its name.
        op: Name of its op, or of the function that it calls.
        inputs: As written: `a`, `a:1`, `^a` at the top level; `a:out_arg:0` within functions.
        device: As written; empty if none.
        attr: Its attributes. Values of large constants are left out.
        is_cut: Whether such a value, or another long one, was left out here.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    device: str
    attr: Mapping[str, AttrValue]
    is_cut: bool = False


class Nodes(Mapping[str, Node]):
    """Nodes by name, in the file's order. Where a name is given twice, the first node counts; TensorFlow refuses such a graph."""

    @abstractmethod
    def op_of(self, name: str) -> str:
        """Returns the op of a node without reading the rest of it.

        Raises:
            KeyError: There is no such node.
        """

    @property
    def ops(self) -> frozenset[str]:
        """The ops of all nodes."""
        return frozenset(self.op_of(name) for name in self)

    @property
    def size_bytes(self) -> int:
        """About how much memory they take."""
        return NODE_BYTES * len(self)


class ListedNodes(Nodes):
    """Nodes that are in memory already."""

    def __init__(self, nodes: Iterable[Node] = ()) -> None:
        self._nodes: dict[str, Node] = {}
        for node in nodes:
            self._nodes.setdefault(node.name, node)

    def __getitem__(self, name: str) -> Node:
        return self._nodes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    def op_of(self, name: str) -> str:
        """See `Nodes`."""
        return self._nodes[name].op


@dataclass(frozen=True)
class Function:
    """A FunctionDef.

    Attributes:
        signature: Its OpDef: name, input_arg, output_arg.
        nodes: Its body.
        ret: Which tensor of the body, such as `add:z:0`, each output argument is.
        control_ret: The nodes that the function runs for their effect.
        attr: Its attributes.
    """

    signature: OpDef
    nodes: Nodes
    ret: Mapping[str, str]
    control_ret: tuple[str, ...]
    attr: Mapping[str, AttrValue]

    @property
    def name(self) -> str:
        """Its name in the library."""
        return self.signature.name

    @cached_property
    def input_names(self) -> tuple[str, ...]:
        """Names of its input arguments, in order."""
        return tuple(arg.name for arg in self.signature.input_arg)

    @cached_property
    def output_names(self) -> tuple[str, ...]:
        """Names of its output arguments, in order."""
        return tuple(arg.name for arg in self.signature.output_arg)

    @cached_property
    def output_positions(self) -> Mapping[str, int]:
        """Where each output argument stands; the first of a name counts."""
        return {name: position for position, name in reversed(list(enumerate(self.output_names)))}

    @cached_property
    def op_signature(self) -> OpSignature:
        """Its OpDef as a caller's op."""
        return signature_of(self.signature)


def _nothing_to_close() -> None:
    pass


def _nothing_held() -> int:
    return 0


@dataclass(frozen=True, slots=True)
class GraphBytes:
    """Where a graph stands in a file, for whoever writes it anew. A place is where a message starts and how long it is.

    Attributes:
        reader: The open file.
        functions: Places of the FunctionDefs, by name.
        gradients: Places of the library's GradientDefs.
        versions: Place of the VersionDef; None if there is none.
    """

    reader: FileReader
    functions: Mapping[str, tuple[int, int]]
    gradients: tuple[tuple[int, int], ...] = ()
    versions: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """A GraphDef. Use it as a context manager if it was read from a file: it keeps the file open and reads nodes on demand.

    Attributes:
        nodes: The nodes at the top level.
        functions: The library, by function name.
        close: Closes the file; the graph must not be used afterwards.
        size_bytes: About how much memory the graph takes by now; it grows while it is used.
        places: Where its parts stand in its file; None if it was read from none.
    """

    nodes: Nodes
    functions: Mapping[str, Function]
    close: Callable[[], None] = _nothing_to_close
    size_bytes: Callable[[], int] = _nothing_held
    places: GraphBytes | None = None

    def ops(self) -> frozenset[str]:
        """The ops that the graph and its functions use, without calls of library functions by name."""
        used = self.nodes.ops.union(*(function.nodes.ops for function in self.functions.values()))
        return used - self.functions.keys()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
