"""Reads a `Graph`: from the bytes of a GraphDef, or from a GraphDef that is parsed already."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Lock

from google.protobuf.message import DecodeError

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, scan
from tfreg.core.errors import GraphUnreadableError
from tfreg.core.files import FileReader
from tfreg.core.graphs.graph import NODE_BYTES, Function, Graph, ListedNodes, Nodes
from tfreg.core.graphs.spans import DAMAGED_HINT, SMALL_BYTES, Chunks, SpanNodes, fault_text, node_of, slim
from tfreg.core.trees import BytesReader
from tfreg.wire.graph_pb2 import FunctionDef, GraphDef

# Field numbers, as proto/tfreg/wire/graph.proto has them.
_GRAPH_NODE, _GRAPH_LIBRARY, _LIBRARY_FUNCTION = 1, 2, 1
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
    functions: dict[str, _Span] = {}
    try:
        for field in scan(reader, start, end, keep_bytes=SMALL_BYTES):
            if field.number == _GRAPH_NODE and field.wire_type == LENGTH_DELIMITED:
                nodes.add(field)
            elif field.number == _GRAPH_LIBRARY and field.wire_type == LENGTH_DELIMITED:
                for name, span in _function_spans(reader, _Span(field.offset, field.offset + field.length)):
                    functions.setdefault(name, span)
                    if len(functions) > _MAX_FUNCTIONS:
                        raise LimitError(f"has more than {_MAX_FUNCTIONS} functions")
    except (CodecError, DecodeError, UnicodeDecodeError) as error:
        _close(reader)
        raise GraphUnreadableError(f"The GraphDef cannot be read: {fault_text(error)}.", hint=DAMAGED_HINT) from None
    library = _Functions(chunks, functions)

    def size_bytes() -> int:
        in_memory = reader.size_bytes if isinstance(reader, BytesReader) else 0
        return nodes.size_bytes + library.size_bytes + chunks.size_bytes + in_memory

    return Graph(nodes, library, lambda: _close(reader), size_bytes)


def graph_of(message: GraphDef) -> Graph:
    """Returns the graph that a parsed GraphDef holds."""
    functions: dict[str, Function] = {}
    for function in message.library.function:
        nodes = ListedNodes(map(node_of, function.node_def))
        functions.setdefault(function.signature.name, _function(function, nodes))
    return Graph(ListedNodes(map(node_of, message.node)), functions)


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int


class _Functions(Mapping[str, Function]):
    """The functions of a library, each read when it is asked for. The last ones are kept, for several threads may use a graph."""

    def __init__(self, chunks: Chunks, spans: dict[str, _Span]) -> None:
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


def _read_function(chunks: Chunks, span: _Span) -> tuple[Function, int]:
    """Returns a function and about how much memory it takes."""
    nodes, reader = SpanNodes(chunks), chunks.reader
    for field in scan(reader, span.start, span.end, keep_bytes=SMALL_BYTES):
        if field.number == _FUNCTION_NODE and field.wire_type == LENGTH_DELIMITED:
            nodes.add(field)
    rest = slim(reader, span.start, span.end, (_FUNCTION_SIGNATURE,), without=_FUNCTION_NODE)
    function = _function(FunctionDef.FromString(rest), nodes)
    if max(len(function.signature.input_arg), len(function.signature.output_arg)) > _MAX_ARGUMENTS:
        raise LimitError(f"has more than {_MAX_ARGUMENTS} arguments")
    return function, nodes.size_bytes + _PARSED_FACTOR * len(rest)


def _function(message: FunctionDef, nodes: Nodes) -> Function:
    return Function(message.signature, nodes, message.ret, tuple(message.control_ret.values()), message.attr)


def _function_spans(reader: FileReader, library: _Span) -> Iterator[tuple[str, _Span]]:
    for field in scan(reader, library.start, library.end):
        if field.number == _LIBRARY_FUNCTION and field.wire_type == LENGTH_DELIMITED:
            span = _Span(field.offset, field.offset + field.length)
            yield _function_name(reader, span), span


def _function_name(reader: FileReader, function: _Span) -> str:
    for field in scan(reader, function.start, function.end):
        if field.number == _FUNCTION_SIGNATURE and field.wire_type == LENGTH_DELIMITED:
            for inner in scan(reader, field.offset, field.offset + field.length, keep_bytes=SMALL_BYTES):
                if inner.number == _OP_DEF_NAME and inner.payload is not None:
                    return inner.payload.decode()
    return ""


def _close(reader: FileReader) -> None:
    reader.__exit__(None, None, None)
