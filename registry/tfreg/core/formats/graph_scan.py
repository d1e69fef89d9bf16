"""What a GraphDef says of itself, found node by node without parsing it whole.

Nodes that fit into `_SMALL_NODE_BYTES` come with the scan; of larger ones only the few bytes that matter are read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, Field, scan
from tfreg.core.files import FileReader
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.constants import constant_tensor
from tfreg.core.formats.limits import (
    MAX_DISTINCT_OPS,
    MAX_FUNCTIONS,
    MAX_NAME_BYTES,
    MAX_NODES,
    MAX_OPS_BYTES,
    MAX_TENSORS,
    MIN_CONSTANT_BYTES,
)
from tfreg.core.layouts import Span
from tfreg.core.tensors import StoredTensor

_SMALL_NODE_BYTES = 64 << 10
# Field numbers, as proto/tfreg/wire/graph.proto has them.
_NODE, _LIBRARY, _VERSION, _VERSIONS = 1, 2, 3, 4
_NAME, _OP = 1, 2
_PRODUCER, _MIN_CONSUMER = 1, 2
_FUNCTION = 1
_SIGNATURE, _FUNCTION_NODE = 1, 3


@dataclass(slots=True)
class GraphScan:
    """Facts about one GraphDef; those found before the fault if there is one.

    Attributes:
        node_count: Nodes at the top level.
        function_count: Functions of the library.
        ops: Ops used, without the library's functions called by name.
        producer: GraphDef.versions.producer.
        min_consumer: GraphDef.versions.min_consumer.
        named: Those of the wanted operations that the graph has.
        constants: Large constants, in the file's order.
        fault: What stopped the reading; None if nothing did.
    """

    node_count: int = 0
    function_count: int = 0
    ops: frozenset[str] = frozenset()
    producer: int = 0
    min_consumer: int = 0
    named: frozenset[str] = frozenset()
    constants: list[StoredTensor] = field(default_factory=list)
    fault: CodecError | None = None


def scan_graph(
    reader: FileReader, file: str, spans: Iterable[Span], wanted: Collection[str] = (), op_text: Allowance | None = None
) -> GraphScan:
    """Reads the GraphDef whose bytes are `spans` of `file`, one after the other.

    Args:
        reader: The file.
        file: Its path, for the constants.
        spans: Where the GraphDef is. Several only if a writer cut it; protobuf joins them, and so does this.
        wanted: Names of top-level operations to look for.
        op_text: How many bytes the names of ops may have; None: `MAX_OPS_BYTES`.
    """
    names = frozenset(name.encode() for name in wanted)
    work = _Work(reader, file, names, op_text or Allowance("bytes of names of ops", MAX_OPS_BYTES))
    try:
        for span in spans:
            work.graph(span)
    except CodecError as error:
        work.result.fault = error
    return work.finish()


class _Work:
    """One reading of a graph."""

    def __init__(self, reader: FileReader, file: str, wanted: frozenset[bytes], op_text: Allowance) -> None:
        self.result = GraphScan()
        self._reader = reader
        self._file = file
        self._wanted = wanted
        self._op_text = op_text
        self._named: set[bytes] = set()
        self._ops: set[bytes] = set()
        self._functions: set[bytes] = set()
        self._nodes = 0

    def graph(self, span: Span) -> None:
        wanted = self._wanted
        for found in scan(self._reader, span.offset_bytes, span.offset_bytes + span.length_bytes, keep_bytes=_SMALL_NODE_BYTES):
            if found.number == _NODE:
                name, op = self._node(found)
                self.result.node_count += 1
                if name in wanted:
                    self._named.add(name)
                if op == b"Const" and found.length >= MIN_CONSTANT_BYTES:
                    self._constant(found, name)
            elif found.number == _LIBRARY and found.wire_type == LENGTH_DELIMITED:
                self._library(found)
            elif found.number == _VERSIONS and found.wire_type == LENGTH_DELIMITED:
                self._versions(found)
            elif found.number == _VERSION:
                self.result.producer = self.result.producer or _int32(found.value)

    def finish(self) -> GraphScan:
        self.result.ops = frozenset(op.decode(errors="replace") for op in self._ops - self._functions if op)
        self.result.named = frozenset(name.decode() for name in self._named)
        return self.result

    def _node(self, found: Field) -> tuple[bytes, bytes]:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise LimitError(f"has more than {MAX_NODES} nodes")
        if found.wire_type != LENGTH_DELIMITED:
            raise CodecError(f"has something that is no node at byte {found.offset}")
        name, op = _head(self._reader, found)
        if op not in self._ops:
            self._add_op(op)
        return name, op

    def _add_op(self, op: bytes) -> None:
        if len(op) > MAX_NAME_BYTES or len(self._ops) >= MAX_DISTINCT_OPS:
            raise LimitError(f"has more than {MAX_DISTINCT_OPS} ops, or one with a name of more than {MAX_NAME_BYTES} bytes")
        self._op_text.take(len(op))
        self._ops.add(op)

    def _library(self, library: Field) -> None:
        for found in scan(self._reader, library.offset, library.offset + library.length):
            if found.number == _FUNCTION and found.wire_type == LENGTH_DELIMITED:
                self.result.function_count += 1
                if self.result.function_count > MAX_FUNCTIONS:
                    raise LimitError(f"has more than {MAX_FUNCTIONS} functions")
                self._function(found)

    def _function(self, function: Field) -> None:
        function_name = b""
        for found in scan(self._reader, function.offset, function.offset + function.length, keep_bytes=_SMALL_NODE_BYTES):
            if found.number == _SIGNATURE and found.wire_type == LENGTH_DELIMITED:
                function_name = _head(self._reader, found)[0]
                if len(function_name) <= MAX_NAME_BYTES:
                    self._functions.add(function_name)
            elif found.number == _FUNCTION_NODE:
                name, op = self._node(found)
                if op == b"Const" and found.length >= MIN_CONSTANT_BYTES:
                    self._constant(found, function_name + b"/" + name)

    def _versions(self, versions: Field) -> None:
        for found in scan(self._reader, versions.offset, versions.offset + versions.length):
            if found.number == _PRODUCER:
                self.result.producer = _int32(found.value)
            elif found.number == _MIN_CONSUMER:
                self.result.min_consumer = _int32(found.value)

    def _constant(self, found: Field, name: bytes) -> None:
        if len(self.result.constants) >= MAX_TENSORS or len(name) > MAX_NAME_BYTES:
            raise LimitError(f"has more than {MAX_TENSORS} constants, or one with a name of more than {MAX_NAME_BYTES} bytes")
        tensor = constant_tensor(self._reader, Span(found.offset, found.length), self._file, name.decode(errors="replace"))
        if tensor is not None:
            self.result.constants.append(tensor)


def _int32(value: int) -> int:
    """Returns what protobuf makes of a varint in a field of type int32: its lowest 32 bits, the highest of them the sign."""
    return (value & 0xFFFF_FFFF ^ 0x8000_0000) - 0x8000_0000


def _head(reader: FileReader, found: Field) -> tuple[bytes, bytes]:
    """Returns fields 1 and 2, a node's name and op: from where every writer puts them, else by looking for them."""
    payload = found.payload
    if not found.length:
        return b"", b""
    if payload is not None:
        try:
            name_end = 2 + payload[1]
            op_length = payload[name_end + 1]
            op_end = name_end + 2 + op_length
            if (
                payload[0] == 0x0A
                and payload[1] < 128
                and payload[name_end] == 0x12
                and op_length < 128
                and op_end <= len(payload)
            ):
                return payload[2:name_end], payload[name_end + 2 : op_end]
        except IndexError:
            pass
    return _find_head(scan(reader, found.offset, found.offset + found.length, keep_bytes=MAX_NAME_BYTES))


def _find_head(fields: Iterator[Field]) -> tuple[bytes, bytes]:
    name = op = b""
    for found in fields:
        if found.number == _NAME:
            name = found.payload or b""
        elif found.number == _OP:
            op = found.payload or b""
        if name and op:
            break
    return name, op
