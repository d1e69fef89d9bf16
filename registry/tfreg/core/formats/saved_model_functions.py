"""The functions that a TF2 SavedModel offers to Python callers: those that hang at the root of its object graph.

An object graph can hold a hundred thousand objects, so it is scanned; only the root, its functions and their traces are parsed, each
once and one at a time. Many names may stand for one function, so the text of all is limited, too.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, scan
from tfreg.core.files import FileReader
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.limits import MAX_FUNCTIONS, MAX_NAME_BYTES, MAX_OBJECTS, MAX_PART_BYTES, MAX_TRACE_BYTES
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.structured_values import members_of, tensor_name_of, text_of
from tfreg.core.inspections import Argument, CallableFunction, ConcreteFunction
from tfreg.core.layouts import Span
from tfreg.wire.object_graph_pb2 import FunctionSpec, SavedConcreteFunction, SavedObject

# Field numbers, as proto/tfreg/wire/object_graph.proto has them.
_NODE, _CONCRETE_FUNCTION = 1, 2
_KEY, _VALUE = 1, 2
_ROOT = 0
_MAX_VALUE_CHARACTERS = 64 << 10
_MAX_PARSED_BYTES = 64 << 20
_BESIDE_TEXT = 40  # what an argument or a trace weighs besides its text


@dataclass(frozen=True, slots=True)
class ObjectGraph:
    """What is read of an object graph.

    Attributes:
        functions: Sorted by name's UTF-8 bytes; their traces in the file's order. Those before the fault, if there is one.
        root_class: Identifier of the root object, such as `_generic_user_object`; empty if it has none.
    """

    functions: tuple[CallableFunction, ...] = ()
    root_class: str = ""


def read_object_graph(reader: FileReader, span: Span, file: str, problems: Problems, text: Allowance) -> ObjectGraph:
    """Reads the SavedObjectGraph in `span` of `file`; what cannot be read is left out and told.

    Args:
        reader: The file.
        span: Where the object graph is.
        file: Its path, for the problems.
        problems: Where to tell.
        text: How much text the functions may have.
    """
    functions: list[CallableFunction] = []
    root_class = ""
    try:
        objects = _Objects.scanned(reader, span)
        root = objects.object_at(_ROOT)
        root_class = root.user_object.identifier
        functions.extend(_Functions(objects, root).described(text))
    except CodecError as error:
        problems.fault("TFR103", file, error)
    return ObjectGraph(tuple(functions), root_class)


@dataclass(slots=True)
class _Objects:
    """Where the objects and the traces of an object graph are."""

    reader: FileReader
    nodes: array[int] = field(default_factory=lambda: array("Q"))  # offset, length of each object
    traces: array[int] = field(default_factory=lambda: array("Q"))  # offset, length of each map entry
    parsed: Allowance = field(default_factory=lambda: Allowance("bytes of objects", _MAX_PARSED_BYTES))

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
            offset, length = self.nodes[2 * node : 2 * node + 2]
            return SavedObject.FromString(self._read(offset, length, MAX_PART_BYTES))
        except DecodeError:
            raise CodecError(f"has an object {node} that cannot be read") from None

    def trace_places(self, wanted: set[str]) -> dict[str, tuple[int, int]]:
        """Returns where the wanted traces are: offset and length."""
        places: dict[str, tuple[int, int]] = {}
        for at in range(0, len(self.traces), 2):
            offset, length = self.traces[at : at + 2]
            key, place = "", (offset, 0)
            for part in scan(self.reader, offset, offset + length, keep_bytes=MAX_NAME_BYTES):
                if part.number == _KEY:
                    key = (part.payload or b"").decode(errors="replace")
                elif part.number == _VALUE and part.wire_type == LENGTH_DELIMITED:
                    place = part.offset, part.length
            if key in wanted:
                places[key] = place
        return places

    def trace_at(self, place: tuple[int, int], name: str) -> SavedConcreteFunction:
        try:
            offset, length = place
            return SavedConcreteFunction.FromString(self._read(offset, length, MAX_TRACE_BYTES))
        except DecodeError:
            raise CodecError(f"has a trace {name!r} that cannot be read") from None

    def _read(self, offset: int, length: int, max_bytes: int) -> bytes:
        if length > max_bytes:
            raise LimitError(f"has a part of {length} bytes in its object graph")
        self.parsed.take(length)
        return self.reader.read_at(offset, length)


@dataclass(frozen=True, slots=True)
class _Offered:
    """A function of the root: the names of its traces, and those of its positional arguments."""

    traces: tuple[str, ...]
    arguments: tuple[str, ...]


class _Functions:
    """The functions of a root object."""

    def __init__(self, objects: _Objects, root: SavedObject) -> None:
        self._objects = objects
        by_node: dict[int, _Offered | None] = {}
        self._by_name: dict[str, _Offered] = {}
        for child in root.children:
            if child.node_id not in by_node:
                by_node[child.node_id] = _offered(objects.object_at(child.node_id))
            if (found := by_node[child.node_id]) is not None:
                self._by_name[child.local_name] = found
        self._places = objects.trace_places({trace for found in self._by_name.values() for trace in found.traces})
        self._known: dict[tuple[str, tuple[str, ...]], tuple[ConcreteFunction, int]] = {}

    def described(self, text: Allowance) -> Iterator[CallableFunction]:
        """Yields the functions, sorted by name, as long as there is room for their text."""
        for name in sorted(self._by_name, key=str.encode):
            offered = self._by_name[name]
            text.take(len(name.encode()) + _BESIDE_TEXT)
            traces = []
            for trace in offered.traces:
                if trace in self._places:
                    concrete, size = self._concrete(trace, offered.arguments)
                    text.take(size)
                    traces.append(concrete)
            yield CallableFunction(name, tuple(traces))

    def _concrete(self, trace: str, arguments: tuple[str, ...]) -> tuple[ConcreteFunction, int]:
        """Returns a trace, and how much text it is."""
        known = self._known.get((trace, arguments))
        if known is None:
            concrete = _concrete(trace, self._objects.trace_at(self._places[trace], trace), arguments)
            known = self._known[trace, arguments] = concrete, _text_bytes(concrete)
        return known


def _offered(found: SavedObject) -> _Offered | None:
    """Returns what an object offers to callers; None if it is no function."""
    kind = found.WhichOneof("kind")
    if kind == "function":
        return _Offered(tuple(found.function.concrete_functions), _argument_names(found.function.function_spec))
    if kind == "bare_concrete_function":
        bare = found.bare_concrete_function
        return _Offered((bare.concrete_function_name,), _argument_names(bare.function_spec))
    return None


def _concrete(name: str, trace: SavedConcreteFunction, names: tuple[str, ...]) -> ConcreteFunction:
    """Returns a trace: its signature is a pair of the positional arguments and the keyword arguments."""
    members = members_of(trace.canonicalized_input_signature)
    positional = members_of(members[0]) if members else []
    keywords = dict(members[1].dict_value.fields) if len(members) > 1 else {}
    arguments = (
        Argument(tensor_name_of(value) or (names[at] if at < len(names) else ""), text_of(value)[:_MAX_VALUE_CHARACTERS])
        for at, value in enumerate(positional)
    )
    named = (Argument(key, text_of(keywords[key])[:_MAX_VALUE_CHARACTERS]) for key in sorted(keywords, key=str.encode))
    return ConcreteFunction(name, tuple(arguments), tuple(named))


def _text_bytes(concrete: ConcreteFunction) -> int:
    arguments = (*concrete.arguments, *concrete.keyword_arguments)
    texts = (concrete.name, *(text for argument in arguments for text in (argument.name, argument.value)))
    return sum(len(text.encode()) for text in texts) + _BESIDE_TEXT * (1 + len(arguments))


def _argument_names(spec: FunctionSpec) -> tuple[str, ...]:
    """Returns the names of the positional arguments, without a method's `self`."""
    fields = {pair.key: pair.value for pair in spec.fullargspec.named_tuple_value.values}
    names = tuple(name.string_value for name in members_of(fields["args"])) if "args" in fields else ()
    return names[1:] if spec.is_method or names[:1] == ("self",) else names
