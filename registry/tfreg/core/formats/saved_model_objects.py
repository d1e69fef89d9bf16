"""The objects of a TF2 SavedModel: found by a scan, parsed one by one when they are asked for."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from itertools import islice

from google.protobuf.message import DecodeError

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, scan
from tfreg.core.files import FileReader
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.limits import MAX_FUNCTIONS, MAX_NAME_BYTES, MAX_OBJECTS, MAX_PART_BYTES, MAX_TRACE_BYTES
from tfreg.core.layouts import Span
from tfreg.wire.object_graph_pb2 import SavedConcreteFunction, SavedObject

# Field numbers, as proto/tfreg/wire/object_graph.proto has them.
_NODE, _CONCRETE_FUNCTION = 1, 2
_KEY, _VALUE = 1, 2
_MAX_PARSED_BYTES = 64 << 20
_MAX_FIELDS = 100  # of a map's entry, which has two


@dataclass(slots=True)
class SavedObjects:
    """Where the objects and the traces of an object graph are. Each method raises CodecError for what cannot be read.

    Attributes:
        reader: The file.
        nodes: Offset and length of each object.
        traces: Offset and length of each trace's map entry.
        parsed: How many bytes may still be parsed.
    """

    reader: FileReader
    nodes: array[int] = field(default_factory=lambda: array("Q"))
    traces: array[int] = field(default_factory=lambda: array("Q"))
    parsed: Allowance = field(default_factory=lambda: Allowance("bytes of objects", _MAX_PARSED_BYTES))

    @classmethod
    def scanned(cls, reader: FileReader, span: Span) -> SavedObjects:
        """Finds them."""
        found = cls(reader)
        places = {_NODE: found.nodes, _CONCRETE_FUNCTION: found.traces}
        others = Allowance("parts that are no objects", MAX_FUNCTIONS)
        for part in scan(reader, span.offset_bytes, span.offset_bytes + span.length_bytes):
            if part.number not in places:
                others.take(1)
            if part.number in places and part.wire_type == LENGTH_DELIMITED:
                places[part.number].extend((part.offset, part.length))
                if len(found.nodes) > 2 * MAX_OBJECTS or len(found.traces) > 2 * MAX_FUNCTIONS:
                    raise LimitError(f"has more than {MAX_OBJECTS} objects or {MAX_FUNCTIONS} traces")
        return found

    def object_at(self, node: int) -> SavedObject:
        """Returns an object; an empty one if there is none of this number."""
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
            for part in islice(scan(self.reader, offset, offset + length, keep_bytes=MAX_NAME_BYTES), _MAX_FIELDS):
                if part.number == _KEY:
                    key = (part.payload or b"").decode(errors="replace")
                elif part.number == _VALUE and part.wire_type == LENGTH_DELIMITED:
                    place = part.offset, part.length
            if key in wanted:
                places[key] = place
        return places

    def trace_at(self, place: tuple[int, int], name: str) -> SavedConcreteFunction:
        """Returns the trace of a place."""
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
