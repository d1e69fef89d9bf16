"""What a GraphDef says of itself, found node by node without parsing it whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from itertools import islice

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, Field, scan
from tfreg.core.diagnostics import Diagnostic, Place, Severity
from tfreg.core.files import FileReader
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.constants import constant_tensor, small_constant
from tfreg.core.formats.limits import (
    MAX_CONSTANTS,
    MAX_DISTINCT_OPS,
    MAX_FUNCTIONS,
    MAX_NAME_BYTES,
    MAX_NODES,
    MAX_OPS_BYTES,
    MIN_CONSTANT_BYTES,
)
from tfreg.core.formats.node_heads import NodeHead, NodeWatch, fields_besides_nodes
from tfreg.core.formats.node_parsing import NodeParsing
from tfreg.core.layouts import Span
from tfreg.core.scanning.graph_safety import GraphSafety
from tfreg.core.tensors import StoredTensor

# Field numbers, as proto/tfreg/wire/graph.proto has them.
_NODE, _LIBRARY, _VERSION, _VERSIONS = 1, 2, 3, 4
_PRODUCER, _MIN_CONSUMER = 1, 2
_FUNCTION = 1
_SIGNATURE, _FUNCTION_NODE = 1, 3
_NAME = 1
_MAX_LOOKS = 200_000
_MAX_SHOWN = 200
_MAX_FIELDS = 100  # of a message of which the first few matter


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
        constants: Those of its constants that are listed, in the file's order.
        unsafe: Nodes that cannot be parsed, so that nobody knows what they do, and what its ops do that a caller may not want.
        fault: What stopped the reading, or the listing of constants; None if nothing did.
    """

    node_count: int = 0
    function_count: int = 0
    ops: frozenset[str] = frozenset()
    producer: int = 0
    min_consumer: int = 0
    named: frozenset[str] = frozenset()
    constants: list[StoredTensor] = field(default_factory=list)
    unsafe: tuple[Diagnostic, ...] = ()
    fault: CodecError | None = None


@dataclass(slots=True)
class GraphLimits:
    """What all graphs of an artifact may have together.

    Attributes:
        nodes: Nodes, those of functions included.
        functions: Functions of their libraries.
        op_text: Bytes of the names of ops.
        constants: Constants that are listed.
        looks: Nodes that are looked at one by one: long ones, oddly written constants, and those of ops that may be unsafe.
    """

    nodes: Allowance = field(default_factory=lambda: Allowance("nodes", MAX_NODES))
    functions: Allowance = field(default_factory=lambda: Allowance("functions", MAX_FUNCTIONS))
    op_text: Allowance = field(default_factory=lambda: Allowance("bytes of names of ops", MAX_OPS_BYTES))
    constants: Allowance = field(default_factory=lambda: Allowance("constants", MAX_CONSTANTS))
    looks: Allowance = field(default_factory=lambda: Allowance("nodes to look at one by one", _MAX_LOOKS))


def scan_graph(
    reader: FileReader,
    file: str,
    spans: Iterable[Span],
    wanted: Collection[str] = (),
    *,
    limits: GraphLimits | None = None,
    saver_filename: str = "",
) -> GraphScan:
    """Reads the GraphDef whose bytes are `spans` of `file`, one after the other.

    Args:
        reader: The file.
        file: Its path, for the constants and the findings.
        spans: Where the GraphDef is. Several only if a writer cut it; protobuf joins them, and so does this.
        wanted: Names of top-level operations to look for.
        limits: What is left for this graph; None: all that one artifact may have.
        saver_filename: The operation that a saver is fed the checkpoint's name by; empty if none is known.
    """
    work = _Work(reader, file, limits or GraphLimits(), GraphSafety(saver_filename))
    work.watch(wanted)
    try:
        for span in spans:
            work.graph(span)
    except CodecError as error:
        work.result.fault = error
    return work.finish()


class _Work:
    """One reading of a graph."""

    def __init__(self, reader: FileReader, file: str, limits: GraphLimits, safety: GraphSafety) -> None:
        self.result = GraphScan()
        self._reader = reader
        self._file = file
        self._limits = limits
        self._ops: set[bytes] = set()
        self._functions: set[bytes] = set()
        self._function_name = b""
        self._has_all_constants = False
        self._safety = safety
        self._damaged: list[Diagnostic] = []
        self._watch = NodeWatch(limits.nodes, self._look, NodeParsing(self._tell_damaged))
        self._watch_in_functions = replace(self._watch)

    def watch(self, wanted: Collection[str]) -> None:
        self._watch.wanted = frozenset(name.encode() for name in wanted)

    def graph(self, span: Span) -> None:
        end = span.offset_bytes + span.length_bytes
        for found in fields_besides_nodes(self._reader, span.offset_bytes, end, _NODE, self._watch):
            if found.number == _LIBRARY and found.wire_type == LENGTH_DELIMITED:
                self._library(found)
            elif found.number == _VERSIONS and found.wire_type == LENGTH_DELIMITED:
                self._versions(found)
            elif found.number == _VERSION:
                self.result.producer = self.result.producer or _int32(found.value)

    def finish(self) -> GraphScan:
        functions = {name.decode(errors="replace") for name in self._functions}
        ops = frozenset(op.decode(errors="replace") for op in self._ops if op)
        self.result.node_count = min(self._watch.count, MAX_NODES)
        self.result.ops = ops - functions
        self.result.named = frozenset(name.decode() for name in self._watch.named)
        self.result.unsafe = (*self._damaged, *self._safety.findings(self._file, functions))
        return self.result

    def _tell_damaged(self, name: str) -> None:
        """Tells of a node that protobuf cannot parse."""
        function, name = self._function_name[:MAX_NAME_BYTES].decode(errors="replace"), name[:MAX_NAME_BYTES]
        shown = f"The node {name[:_MAX_SHOWN]!r}" if name else "A node whose name cannot be read"
        where = f"of the function {function[:_MAX_SHOWN]!r} in {self._file}" if function else f"in {self._file}"
        message = f"{shown} {where} cannot be parsed, so that TensorFlow does not load the graph."
        hint = "It was damaged; copy or export it again."
        self._damaged.append(Diagnostic("TFR103", Severity.ERROR, message, hint, Place(self._file, name, function)))

    def _look(self, node: NodeHead) -> None:
        """Looks at a node whose op is new, may be unsafe, or that may be a constant to list."""
        op, is_known = node.op, node.op in self._watch.plain
        if not is_known or node.length >= MIN_CONSTANT_BYTES:
            self._limits.looks.take(1)
        if op not in self._ops:
            self._add_op(op)
        if op == b"Const" and not self._has_all_constants:
            self._constant(node)
        if not is_known:
            name = op.decode(errors="replace")
            if self._safety.is_harmless(name, node.name[:MAX_NAME_BYTES], self._function_name, node.content):
                self._watch.plain.add(op)

    def _add_op(self, op: bytes) -> None:
        if len(op) > MAX_NAME_BYTES or len(self._ops) >= MAX_DISTINCT_OPS:
            raise LimitError(f"has more than {MAX_DISTINCT_OPS} ops, or one with a name of more than {MAX_NAME_BYTES} bytes")
        self._limits.op_text.take(len(op))
        self._ops.add(op)

    def _library(self, library: Field) -> None:
        for found in scan(self._reader, library.offset, library.offset + library.length):
            if found.number == _FUNCTION and found.wire_type == LENGTH_DELIMITED:
                self._limits.functions.take(1)
                self.result.function_count += 1
                self._function(found)
            else:
                self._watch.others.take(1)

    def _function(self, function: Field) -> None:
        self._function_name = b""
        end = function.offset + function.length
        for found in fields_besides_nodes(self._reader, function.offset, end, _FUNCTION_NODE, self._watch_in_functions):
            if found.number == _SIGNATURE and found.wire_type == LENGTH_DELIMITED:
                self._function_name = _name_in(self._reader, found)
                self._functions.add(self._function_name)
        self._function_name = b""

    def _versions(self, versions: Field) -> None:
        for found in islice(scan(self._reader, versions.offset, versions.offset + versions.length), _MAX_FIELDS):
            if found.number == _PRODUCER:
                self.result.producer = _int32(found.value)
            elif found.number == _MIN_CONSUMER:
                self.result.min_consumer = _int32(found.value)

    def _constant(self, node: NodeHead) -> None:
        """Lists a constant, or stops listing them: what else there is to know of the graph is worth knowing."""
        tensor = self._tensor(node)
        if tensor is None:
            return
        try:
            self._limits.constants.take(1)
        except LimitError as error:
            self.result.fault, self._has_all_constants = error, True
        else:
            self.result.constants.append(tensor)

    def _tensor(self, node: NodeHead) -> StoredTensor | None:
        name = self._function_name + b"/" + node.name if self._function_name else node.name
        if len(name) > MAX_NAME_BYTES or not node.name:
            return None
        place, text = Span(node.offset, node.length), name.decode(errors="replace")
        if node.length == len(node.content):
            try:
                return small_constant(node.content, place, self._file, text)
            except ValueError:
                pass
        if node.length < MIN_CONSTANT_BYTES:
            self._watch.odd.take(1)
        try:
            return constant_tensor(self._reader, place, self._file, text)
        except LimitError:
            raise
        except CodecError:  # it cannot be parsed, which is told; the others are read
            return None


def _name_in(reader: FileReader, signature: Field) -> bytes:
    """Returns the name in the OpDef of a function; empty if it has none, or one that is longer than any real one."""
    fields = scan(reader, signature.offset, signature.offset + signature.length, keep_bytes=MAX_NAME_BYTES)
    for found in islice(fields, _MAX_FIELDS):
        if found.number == _NAME:
            return found.payload or b""
    return b""


def _int32(value: int) -> int:
    """Returns what protobuf makes of a varint in a field of type int32: its lowest 32 bits, the highest of them the sign."""
    return (value & 0xFFFF_FFFF ^ 0x8000_0000) - 0x8000_0000
