"""The functions that a TF2 SavedModel offers to Python callers: those that hang at the root of its object graph.

An object graph can hold a hundred thousand objects, so it is scanned; only the root, its functions and their traces are parsed.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, scan
from tfreg.core.files import FileReader
from tfreg.core.formats.limits import MAX_FUNCTIONS, MAX_NAME_BYTES, MAX_OBJECTS, MAX_PART_BYTES
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.structured_values import members_of, tensor_name_of, text_of
from tfreg.core.inspections import Argument, CallableFunction, ConcreteFunction
from tfreg.core.layouts import Span
from tfreg.wire.object_graph_pb2 import FunctionSpec, SavedConcreteFunction, SavedObject

# Field numbers, as proto/tfreg/wire/object_graph.proto has them.
_NODE, _CONCRETE_FUNCTION = 1, 2
_KEY, _VALUE = 1, 2
_ROOT = 0
_MAX_VALUE_CHARS = 64 << 10
_MAX_PARSED_BYTES = 64 << 20  # a hostile root could name one large object a million times


@dataclass(frozen=True, slots=True)
class ObjectGraph:
    """What is read of an object graph.

    Attributes:
        functions: Sorted by name's UTF-8 bytes; their traces in the file's order.
        root_class: Identifier of the root object, such as `_generic_user_object`; empty if it has none.
    """

    functions: tuple[CallableFunction, ...] = ()
    root_class: str = ""


def read_object_graph(reader: FileReader, span: Span, file: str, problems: Problems) -> ObjectGraph:
    """Reads the SavedObjectGraph in `span` of `file`; what cannot be read is left out and told."""
    try:
        graph = _Objects.scanned(reader, span)
        return ObjectGraph(tuple(graph.functions()), graph.object_at(_ROOT).user_object.identifier)
    except CodecError as error:
        problems.fault("TFR103", file, error)
        return ObjectGraph()


@dataclass(slots=True)
class _Objects:
    """Where the objects and the traces of an object graph are."""

    reader: FileReader
    nodes: array[int] = field(default_factory=lambda: array("Q"))  # offset, length of each object
    traces: array[int] = field(default_factory=lambda: array("Q"))  # offset, length of each map entry
    budget_bytes: int = _MAX_PARSED_BYTES

    @classmethod
    def scanned(cls, reader: FileReader, span: Span) -> _Objects:
        found = cls(reader)
        places = {_NODE: found.nodes, _CONCRETE_FUNCTION: found.traces}
        for part in scan(reader, span.offset_bytes, span.offset_bytes + span.length_bytes):
            if part.number in places and part.wire_type == LENGTH_DELIMITED:
                places[part.number].extend((part.offset, part.length))
                if len(found.nodes) > 2 * MAX_OBJECTS or len(found.traces) > 2 * MAX_FUNCTIONS:
                    raise LimitError(f"has more than {MAX_OBJECTS} objects or {MAX_FUNCTIONS} traces")
        return found

    def object_at(self, node: int) -> SavedObject:
        if not 0 <= 2 * node < len(self.nodes):
            return SavedObject()
        try:
            return SavedObject.FromString(self._read(*self.nodes[2 * node : 2 * node + 2]))
        except DecodeError:
            raise CodecError(f"has an object {node} that cannot be read") from None

    def functions(self) -> Iterator[CallableFunction]:
        offered: dict[str, tuple[list[str], FunctionSpec]] = {}
        for child in self.object_at(_ROOT).children:
            found = self.object_at(child.node_id)
            kind = found.WhichOneof("kind")
            if kind == "function":
                offered[child.local_name] = list(found.function.concrete_functions), found.function.function_spec
            elif kind == "bare_concrete_function":
                bare = found.bare_concrete_function
                offered[child.local_name] = [bare.concrete_function_name], bare.function_spec
        wanted = {trace for traces, _ in offered.values() for trace in traces}
        known = dict(self._wanted_traces(wanted))
        for name in sorted(offered, key=str.encode):
            traces, spec = offered[name]
            yield CallableFunction(name, tuple(_concrete(trace, known[trace], spec) for trace in traces if trace in known))

    def _wanted_traces(self, wanted: set[str]) -> Iterator[tuple[str, SavedConcreteFunction]]:
        for at in range(0, len(self.traces), 2):
            offset, length = self.traces[at : at + 2]
            key, value = "", None
            for part in scan(self.reader, offset, offset + length, keep_bytes=MAX_NAME_BYTES):
                if part.number == _KEY:
                    key = (part.payload or b"").decode(errors="replace")
                elif part.number == _VALUE:
                    value = part
            if key in wanted:
                try:
                    content = self._read(value.offset, value.length) if value else b""
                    yield key, SavedConcreteFunction.FromString(content)
                except DecodeError:
                    raise CodecError(f"has a trace {key!r} that cannot be read") from None

    def _read(self, offset: int, length: int) -> bytes:
        self.budget_bytes -= length
        if length > MAX_PART_BYTES or self.budget_bytes < 0:
            raise LimitError(f"has a part of {length} bytes in its object graph, or too many functions")
        return self.reader.read_at(offset, length)


def _concrete(name: str, trace: SavedConcreteFunction, spec: FunctionSpec) -> ConcreteFunction:
    """Returns a trace: its signature is a pair of the positional arguments and the keyword arguments."""
    members = members_of(trace.canonicalized_input_signature)
    positional = members_of(members[0]) if members else []
    keywords = dict(members[1].dict_value.fields) if len(members) > 1 else {}
    names = _argument_names(spec)
    arguments = (
        Argument(tensor_name_of(value) or (names[at] if at < len(names) else ""), text_of(value)[:_MAX_VALUE_CHARS])
        for at, value in enumerate(positional)
    )
    named = (Argument(key, text_of(keywords[key])[:_MAX_VALUE_CHARS]) for key in sorted(keywords, key=str.encode))
    return ConcreteFunction(name, tuple(arguments), tuple(named))


def _argument_names(spec: FunctionSpec) -> list[str]:
    """Returns the names of the positional arguments, without a method's `self`."""
    fields = {pair.key: pair.value for pair in spec.fullargspec.named_tuple_value.values}
    names = [name.string_value for name in members_of(fields["args"])] if "args" in fields else []
    return names[1:] if spec.is_method or names[:1] == ["self"] else names
