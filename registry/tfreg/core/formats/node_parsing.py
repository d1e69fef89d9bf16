"""Whether protobuf can parse the nodes of a graph: TensorFlow refuses a graph with one that it cannot, wherever in it that stands.

Runs of nodes are parsed together and dropped, a window of a file at a time; only a window that fails is gone through node by node. Of
a node that is longer than a window, which holds a large constant, all but that constant's bytes are parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, Field, scan
from tfreg.core.files import FileReader
from tfreg.core.trees import BytesReader

if TYPE_CHECKING:
    from google.protobuf.message import Message

_MAX_TOLD = 3
_MAX_PARSED_BYTES = 256 << 10  # a parser can need eighty times its input
_MAX_PART_BYTES = 64 << 10
_MAX_FIELDS = 1_000
_MAX_NAME_BYTES = 4_096
_NAME = 1
_IN_GRAPH = 1
_WITHIN = {"NodeDef": 5, "AttrEntry": 2, "AttrValue": 8}  # the field that leads to the constant's bytes; see proto/tfreg/wire
_NEXT = {"NodeDef": "AttrEntry", "AttrEntry": "AttrValue", "AttrValue": "TensorProto"}


@dataclass(slots=True)
class NodeParsing:
    """Parses nodes and tells the names of the first that fail.

    Attributes:
        tell: Called with a name; empty if it cannot be read either.
        told: How many were told.
    """

    tell: Callable[[str], None]
    told: int = 0

    def check_run(self, nodes: bytes, number: int) -> None:
        """Checks nodes with their tags and lengths, fields `number` of a GraphDef (1) or a FunctionDef (3); at most a window of them."""
        if self.told >= _MAX_TOLD or not nodes or _parses(nodes, number):
            return
        start = 0
        for node in scan(BytesReader(nodes), 0, len(nodes)):
            stop = node.offset + node.length
            if self.told < _MAX_TOLD and not _parses(nodes[start:stop], number):
                self._tell(BytesReader(nodes), node)
            start = stop

    def check_node(self, reader: FileReader, node: Field) -> None:
        """Checks a node of any length."""
        if self.told < _MAX_TOLD and not _parses_in_parts(reader, "NodeDef", node.offset, node.offset + node.length):
            self._tell(reader, node)

    def _tell(self, reader: FileReader, node: Field) -> None:
        self.told += 1
        self.tell(_name_of(reader, node))


def _parses(nodes: bytes, number: int) -> bool:
    from tfreg.wire.graph_pb2 import FunctionDef, GraphDef

    try:
        (GraphDef if number == _IN_GRAPH else FunctionDef).FromString(nodes)
    except DecodeError:
        return False
    return True


def _parses_in_parts(reader: FileReader, kind: str, start: int, end: int) -> bool:
    """Returns whether a message parses, of which long fields are looked into if they lead to a constant's bytes, else passed over."""
    message = _messages()[kind]
    try:
        if end - start <= _MAX_PARSED_BYTES:
            message.FromString(reader.read_at(start, end - start))
            return True
        parts, position = bytearray(), start
        for count, found in enumerate(scan(reader, start, end)):
            if count >= _MAX_FIELDS:
                break
            stop = found.offset + found.length
            if stop - position <= _MAX_PART_BYTES and len(parts) < _MAX_PARSED_BYTES:
                parts += reader.read_at(position, stop - position)
            elif (
                found.number == _WITHIN.get(kind)
                and found.wire_type == LENGTH_DELIMITED
                and not _parses_in_parts(reader, _NEXT[kind], found.offset, stop)
            ):
                return False
            position = stop
        message.FromString(bytes(parts))
    except (DecodeError, CodecError):
        return False
    return True


@cache
def _messages() -> Mapping[str, type[Message]]:
    from tfreg.wire.graph_pb2 import AttrValue, NodeDef
    from tfreg.wire.tensor_pb2 import TensorProto

    return {"NodeDef": NodeDef, "AttrEntry": NodeDef.AttrEntry, "AttrValue": AttrValue, "TensorProto": TensorProto}


def _name_of(reader: FileReader, node: Field) -> str:
    try:
        for found in scan(reader, node.offset, node.offset + node.length, keep_bytes=_MAX_NAME_BYTES):
            if found.number == _NAME and found.wire_type == LENGTH_DELIMITED:
                return (found.payload or b"").decode(errors="replace")
    except CodecError:
        pass
    return ""
