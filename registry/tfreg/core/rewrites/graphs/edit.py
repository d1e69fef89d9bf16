"""A GraphDef written anew from one that is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from google.protobuf.message import DecodeError

from tfreg.core.codecs.errors import CodecError
from tfreg.core.errors import GraphTooLargeError, GraphUnreadableError, LimitExceededError
from tfreg.core.graphs.graph import Function, Graph, GraphBytes
from tfreg.core.graphs.reading import read_body
from tfreg.core.graphs.spans import DAMAGED_HINT, Chunks, SpanNodes, fault_text
from tfreg.core.rewrites.graphs.framing import framed, size_bytes
from tfreg.core.rewrites.graphs.function_edit import FunctionEdit
from tfreg.core.rewrites.graphs.nodes_edit import NodesEdit
from tfreg.core.rewrites.graphs.opening import GraphFile, graph_file
from tfreg.core.rewrites.pieces import Inline, Piece
from tfreg.core.rewrites.rewriting import Source
from tfreg.wire.graph_pb2 import FunctionDef, GradientDef, VersionDef

MAX_GRAPH_BYTES = (1 << 31) - 1
"""The longest message that protobuf parses."""
MAX_NODES, MAX_FUNCTIONS = 500_000, 20_000
"""Of a graph that is written anew; the largest real ones have some hundred thousand nodes and some thousand functions."""
# Field numbers, as proto/tfreg/wire/graph.proto has them.
_NODE, _LIBRARY, _VERSIONS, _FUNCTION, _GRADIENT = 1, 2, 4, 1, 2


class GraphEdit(NodesEdit):
    """The nodes of the top level, and the library of functions.

    Args:
        graph: The graph that is there, read from a file; it must stay open while pieces are made.
        file: The file.
    """

    def __init__(self, graph: Graph, file: GraphFile) -> None:
        assert isinstance(graph.nodes, SpanNodes)
        assert graph.places is not None
        super().__init__((graph.nodes, file))
        self._graph = graph
        self._places: GraphBytes = graph.places
        self._graph_file = file
        self._chunks = Chunks(file.reader)
        self._removed_functions: set[str] = set()
        self._functions: dict[str, FunctionEdit] = {}
        self.versions = _versions(self._places)

    def functions(self) -> list[str]:
        """Returns the names of the library's functions, in order."""
        there = [name for name in self._places.functions if name not in self._removed_functions]
        return there + [name for name in self._functions if name not in self._places.functions]

    def has_function(self, name: str) -> bool:
        """Returns whether the library has a function."""
        return name in self._functions or (name in self._places.functions and name not in self._removed_functions)

    def function(self, name: str) -> FunctionEdit:
        """Returns a function; what is changed in it is kept.

        Raises:
            KeyError: There is no such function.
            GraphUnreadableError: It is damaged.
        """
        if name not in self._functions:
            if name in self._removed_functions:
                raise KeyError(name)
            try:
                nodes, rest = read_body(self._chunks, self._places.functions[name])
                self._functions[name] = FunctionEdit(FunctionDef.FromString(rest), (nodes, self._graph_file))
            except (CodecError, DecodeError, UnicodeDecodeError) as error:
                raise GraphUnreadableError(
                    f"The function {name!r} cannot be read: {fault_text(error)}.", hint=DAMAGED_HINT, function=name
                ) from None
        return self._functions[name]

    def put_function(self, function: FunctionEdit | FunctionDef) -> FunctionEdit:
        """Adds a function, or puts it in the place of that of its name. Returns it for further changes."""
        if isinstance(function, FunctionDef):
            nodes = list(function.node_def)
            rest = FunctionDef()
            rest.CopyFrom(function)
            del rest.node_def[:]
            function = FunctionEdit(rest, is_new=True)
            for node in nodes:
                function.put(node)
        self._functions[function.name] = function
        self._removed_functions.discard(function.name)
        return function

    def remove_function(self, name: str) -> None:
        """Removes a function.

        Raises:
            KeyError: There is no such function.
        """
        if not self.has_function(name):
            raise KeyError(name)
        self._functions.pop(name, None)
        if name in self._places.functions:
            self._removed_functions.add(name)

    def as_graph(self) -> Graph:
        """Returns a view for reachability and inference, as the graph is whenever it is looked at."""
        return Graph(self.nodes(), _Library(self))

    def pieces(self) -> list[Piece]:
        """Returns the serialised GraphDef.

        Raises:
            GraphTooLargeError: It has more than `MAX_GRAPH_BYTES`.
        """
        pieces = [*self.node_pieces(_NODE), *self._library_pieces()]
        if self.versions.ByteSize():
            pieces += framed(_VERSIONS, [Inline(self.versions.SerializeToString())])
        check_size(size_bytes(pieces))
        return pieces

    def size_bytes(self) -> int:
        """Returns how long the serialised GraphDef is.

        Raises:
            GraphTooLargeError: It has more than `MAX_GRAPH_BYTES`.
        """
        return size_bytes(self.pieces())

    def _library_pieces(self) -> list[Piece]:
        pieces: list[Piece] = []
        for name in self.functions():
            edited = self._functions.get(name)
            if edited is not None and (edited.is_changed or name not in self._places.functions):
                pieces += framed(_FUNCTION, edited.pieces())
            else:
                pieces += framed(_FUNCTION, self._graph_file.pieces(*self._places.functions[name]))
        for start, length in self._places.gradients:
            gradient = GradientDef.FromString(self._graph_file.reader.read_at(start, length))
            if self.has_function(gradient.function_name) and self.has_function(gradient.gradient_func):
                pieces += framed(_GRADIENT, [Inline(gradient.SerializeToString())])
        return framed(_LIBRARY, pieces) if pieces else []

    def _function_view(self, name: str) -> Function:
        edited = self._functions.get(name)
        if edited is not None:
            return edited.function()
        if name in self._removed_functions:
            raise KeyError(name)
        return self._graph.functions[name]


@contextmanager
def open_edit(source: Source, meta_graph: int) -> Iterator[GraphEdit]:
    """Opens a graph of an artifact for being written anew.

    Args:
        source: The artifact.
        meta_graph: The place of the MetaGraphDef in `source.inspection.meta_graphs`.

    Raises:
        NoGraphError: It has no graph.
        GraphUnreadableError: It is damaged.
        LimitExceededError: It has too many nodes or functions.
    """
    with source.graph(meta_graph) as graph:
        check_nodes(graph)
        if graph.places is None:
            raise GraphUnreadableError(f"The graph of {source.tree.name} has no bytes of its own.")
        yield GraphEdit(graph, graph_file(source, graph.places.reader))


def check_nodes(graph: Graph) -> None:
    """Checks that a graph is written anew in some seconds, for that happens in the server's own process.

    Raises:
        LimitExceededError: It has more than `MAX_NODES` nodes or `MAX_FUNCTIONS` functions.
    """
    for count, most, what in ((len(graph.nodes), MAX_NODES, "nodes"), (len(graph.functions), MAX_FUNCTIONS, "functions")):
        if count > most:
            raise LimitExceededError(
                f"The graph has {count} {what}; no more than {most} are written anew.",
                hint="Export the part of the model that is served.",
                count=str(count),
                limit=str(most),
            )


def check_size(length: int) -> None:
    """Checks that protobuf can parse a GraphDef.

    Raises:
        GraphTooLargeError: It has more than `MAX_GRAPH_BYTES`.
    """
    if length > MAX_GRAPH_BYTES:
        raise GraphTooLargeError(
            f"The GraphDef would have {length} bytes; TensorFlow cannot read one of more than {MAX_GRAPH_BYTES}.",
            hint="Convert to saved_model, which keeps the variables in files of their own.",
            size_bytes=str(length),
            max_bytes=str(MAX_GRAPH_BYTES),
        )


class _Library(Mapping[str, Function]):
    def __init__(self, edit: GraphEdit) -> None:
        self._edit = edit

    def __getitem__(self, name: str) -> Function:
        return self._edit._function_view(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._edit.functions())

    def __len__(self) -> int:
        return len(self._edit.functions())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._edit.has_function(name)


def _versions(places: GraphBytes) -> VersionDef:
    if places.versions is None:
        return VersionDef()
    try:
        return VersionDef.FromString(places.reader.read_at(*places.versions))
    except DecodeError:
        raise GraphUnreadableError("The GraphDef's versions cannot be read.", hint=DAMAGED_HINT) from None
