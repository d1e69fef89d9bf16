"""Reads a `Graph`: from the bytes of a GraphDef, or from a GraphDef that is parsed already."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from threading import Lock

from google.protobuf.message import DecodeError

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, Field, scan
from tfreg.core.errors import GraphUnreadableError
from tfreg.core.files import FileReader
from tfreg.core.graphs.graph import NODE_BYTES, Function, Graph, GraphBytes, ListedNodes, Nodes
from tfreg.core.graphs.spans import DAMAGED_HINT, SMALL_BYTES, Chunks, SpanNodes, fault_text, node_of, slim
from tfreg.core.trees import BytesReader
from tfreg.wire.graph_pb2 import FunctionDef, GraphDef

# Field numbers, as proto/tfreg/wire/graph.proto has them.
_GRAPH_NODE, _GRAPH_LIBRARY, _GRAPH_VERSIONS, _LIBRARY_FUNCTION, _LIBRARY_GRADIENT = 1, 2, 4, 1, 2
_FUNCTION_SIGNATURE, _FUNCTION_NODE, _OP_DEF_NAME = 1, 3, 1
_MAX_FUNCTIONS = 500_000
_MAX_ARGUMENTS = 16_384
"""Arguments of one function, and its outputs."""
_MAX_KEPT_BYTES = 64 << 20
"""About how much memory functions may take that were read."""
_PARSED_FACTOR = 64
"""How many times its size a part of a function can take once it is parsed: the shortest message has two bytes."""


def read_graph(reader: FileReader, start: int, end: int) -> Graph:
    """Reads the GraphDef in `reader[start:end]`: names and ops now, the rest when asked for.

    The graph owns the reader from now on: `Graph.close` closes it.

    Raises:
        GraphUnreadableError: It is damaged. The reader is closed then.
    """
    chunks = Chunks(reader)
    nodes = SpanNodes(chunks)
    functions: dict[str, tuple[int, int]] = {}
    gradients: list[tuple[int, int]] = []
    versions: tuple[int, int] | None = None
    try:
        for field in scan(reader, start, end, keep_bytes=SMALL_BYTES):
            if field.wire_type != LENGTH_DELIMITED:
                continue
            if field.number == _GRAPH_NODE:
                nodes.add(field)
            elif field.number == _GRAPH_LIBRARY:
                _read_library(reader, field, functions, gradients)
            elif field.number == _GRAPH_VERSIONS:
                versions = field.offset, field.length
    except (CodecError, DecodeError, UnicodeDecodeError) as error:
        _close(reader)
        raise GraphUnreadableError(f"The GraphDef cannot be read: {fault_text(error)}.", hint=DAMAGED_HINT) from None
    library = _Functions(chunks, functions)

    def size_bytes() -> int:
        in_memory = reader.size_bytes if isinstance(reader, BytesReader) else 0
        return nodes.size_bytes + library.size_bytes + chunks.size_bytes + in_memory

    places = GraphBytes(reader, functions, tuple(gradients), versions)
    return Graph(nodes, library, lambda: _close(reader), size_bytes, places)


def graph_of(message: GraphDef) -> Graph:
    """Returns the graph that a parsed GraphDef holds."""
    functions: dict[str, Function] = {}
    for function in message.library.function:
        nodes = ListedNodes(map(node_of, function.node_def))
        functions.setdefault(function.signature.name, _function(function, nodes))
    return Graph(ListedNodes(map(node_of, message.node)), functions)


class _Functions(Mapping[str, Function]):
    """The functions of a library, each read when it is asked for. The last ones are kept, for several threads may use a graph."""

    def __init__(self, chunks: Chunks, spans: dict[str, tuple[int, int]]) -> None:
        self._chunks = chunks
        self._spans = spans
        self._kept: OrderedDict[str, tuple[Function, int]] = OrderedDict()
        self._kept_bytes = 0
        self._lock = Lock()

    @property
    def size_bytes(self) -> int:
        """About how much memory they take."""
        return NODE_BYTES * len(self._spans) + self._kept_bytes

    def __getitem__(self, name: str) -> Function:
        with self._lock:
            if kept := self._kept.get(name):
                self._kept.move_to_end(name)
                return kept[0]
        try:
            function, size_bytes = _read_function(self._chunks, self._spans[name])
        except (CodecError, DecodeError, UnicodeDecodeError) as error:
            raise GraphUnreadableError(
                f"The function {name!r} cannot be read: {fault_text(error)}.", hint=DAMAGED_HINT, function=name
            ) from None
        self._keep(name, function, size_bytes)
        return function

    def _keep(self, name: str, function: Function, size_bytes: int) -> None:
        """Keeps a function, and forgets those used longest ago if that is too much; the last one is kept however large."""
        with self._lock:
            _, before = self._kept.pop(name, (None, 0))
            self._kept[name] = function, size_bytes
            self._kept_bytes += size_bytes - before
            while self._kept_bytes > _MAX_KEPT_BYTES and len(self._kept) > 1:
                _, (_, dropped) = self._kept.popitem(last=False)
                self._kept_bytes -= dropped

    def __iter__(self) -> Iterator[str]:
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)

    def __contains__(self, name: object) -> bool:
        return name in self._spans


def read_body(chunks: Chunks, place: tuple[int, int]) -> tuple[SpanNodes, bytes]:
    """Returns the nodes of the FunctionDef that starts and is as long as `place` says, and the message without them.

    Raises:
        CodecError, DecodeError, UnicodeDecodeError: It cannot be read.
    """
    nodes, reader, (start, length) = SpanNodes(chunks), chunks.reader, place
    for field in scan(reader, start, start + length, keep_bytes=SMALL_BYTES):
        if field.number == _FUNCTION_NODE and field.wire_type == LENGTH_DELIMITED:
            nodes.add(field)
    return nodes, slim(reader, start, start + length, (_FUNCTION_SIGNATURE,), without=_FUNCTION_NODE)


def _read_function(chunks: Chunks, place: tuple[int, int]) -> tuple[Function, int]:
    """Returns a function and about how much memory it takes."""
    nodes, rest = read_body(chunks, place)
    function = _function(FunctionDef.FromString(rest), nodes)
    if max(len(function.signature.input_arg), len(function.signature.output_arg)) > _MAX_ARGUMENTS:
        raise LimitError(f"has more than {_MAX_ARGUMENTS} arguments")
    return function, nodes.size_bytes + _PARSED_FACTOR * len(rest)


def _function(message: FunctionDef, nodes: Nodes) -> Function:
    return Function(message.signature, nodes, message.ret, tuple(message.control_ret.values()), message.attr)


def _read_library(
    reader: FileReader, library: Field, functions: dict[str, tuple[int, int]], gradients: list[tuple[int, int]]
) -> None:
    for field in scan(reader, library.offset, library.offset + library.length):
        if field.wire_type != LENGTH_DELIMITED:
            continue
        if field.number == _LIBRARY_FUNCTION:
            functions.setdefault(_function_name(reader, field), (field.offset, field.length))
        elif field.number == _LIBRARY_GRADIENT:
            gradients.append((field.offset, field.length))
        if len(functions) + len(gradients) > _MAX_FUNCTIONS:
            raise LimitError(f"has more than {_MAX_FUNCTIONS} functions")


def _function_name(reader: FileReader, function: Field) -> str:
    for field in scan(reader, function.offset, function.offset + function.length):
        if field.number == _FUNCTION_SIGNATURE and field.wire_type == LENGTH_DELIMITED:
            for inner in scan(reader, field.offset, field.offset + field.length, keep_bytes=SMALL_BYTES):
                if inner.number == _OP_DEF_NAME and inner.payload is not None:
                    return inner.payload.decode()
    return ""


def _close(reader: FileReader) -> None:
    reader.__exit__(None, None, None)
