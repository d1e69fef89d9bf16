"""Nodes as byte ranges of a file: names and ops in memory, everything else read when asked for."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace

from google.protobuf.message import DecodeError

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.varint import encode
from tfreg.core.codecs.wire_scan import FIXED32, FIXED64, LENGTH_DELIMITED, Field, scan
from tfreg.core.errors import GraphUnreadableError
from tfreg.core.files import FileReader
from tfreg.core.graphs.graph import NODE_BYTES, Node, Nodes
from tfreg.wire.graph_pb2 import NodeDef

SMALL_BYTES = 64 * 1024
"""A field up to this size is kept; a longer one is the value of a constant and is left out."""
MAX_SLIM_BYTES = 1024 * 1024
"""What may be left of one node, or of a function without its nodes. A parser can need fifty times its input."""
MAX_NODES = 1_000_000
"""Nodes of one graph or function, each some 200 bytes of memory. The largest real graphs have some hundred thousand."""
CONSTANT_PATH = (5, 2, 8)
"""Where a constant lies in a NodeDef: attr, its value, tensor."""
DAMAGED_HINT = "It was cut off or damaged; copy or export it again."
_NAME, _OP = 1, 2  # of a NodeDef
_CHUNK_BYTES = 256 * 1024
_CHUNKS = 16


class Chunks:
    """A file read in chunks of which the last few are kept, because nodes that depend on each other tend to be neighbours."""

    def __init__(self, reader: FileReader) -> None:
        self.reader = reader
        self._kept: OrderedDict[int, bytes] = OrderedDict()

    def read(self, offset: int, length: int) -> bytes:
        """Returns `length` bytes from `offset`; at most `SMALL_BYTES`, so that they lie in two chunks at most."""
        first, last = offset // _CHUNK_BYTES, (offset + length) // _CHUNK_BYTES
        chunk = self._chunk(first) if first == last else self._chunk(first) + self._chunk(last)
        start = offset - first * _CHUNK_BYTES
        return chunk[start : start + length]

    @property
    def size_bytes(self) -> int:
        """How much is kept."""
        return len(self._kept) * _CHUNK_BYTES

    def _chunk(self, number: int) -> bytes:
        chunk = self._kept.get(number)
        if chunk is None:
            chunk = self._kept[number] = self.reader.read_at(number * _CHUNK_BYTES, _CHUNK_BYTES)
            if len(self._kept) > _CHUNKS:
                self._kept.popitem(last=False)
        return chunk


class SpanNodes(Nodes):
    """Nodes that are parsed from a file one by one; the file must stay open."""

    def __init__(self, chunks: Chunks) -> None:
        self._file = chunks
        self._index: dict[str, int] = {}
        self._ops: list[str] = []
        self._known_ops: dict[str, str] = {}
        self._offsets = array("Q")
        self._lengths = array("Q")
        self._name_characters = 0
        self._seen = 0

    def add(self, field: Field) -> None:
        """Adds the node that a scan found.

        Raises:
            CodecError, DecodeError: It cannot be read.
        """
        self._seen += 1  # those of one name, too, of which the first counts
        if self._seen > MAX_NODES:
            raise LimitError(f"has more than {MAX_NODES} nodes")
        if not field.length:
            name = op = ""
        elif field.payload is None:
            name, op = _scanned_name_and_op(self._file.reader, field)
        else:
            name, op = _name_and_op(field.payload)
        if name not in self._index:
            self._index[name] = len(self._ops)
            self._name_characters += len(name)
            self._ops.append(self._known_ops.setdefault(op, op))
            self._offsets.append(field.offset)
            self._lengths.append(field.length)

    def __getitem__(self, name: str) -> Node:
        message, is_cut = self.message(name)
        return replace(node_of(message), is_cut=True) if is_cut else node_of(message)

    def message(self, name: str) -> tuple[NodeDef, bool]:
        """Returns a node as a message of the caller's own, and whether a long value was left out of it.

        Raises:
            KeyError: There is no such node.
            GraphUnreadableError: It is damaged.
        """
        number = self._index[name]
        try:
            content = self._bytes(self._offsets[number], self._lengths[number])
            return NodeDef.FromString(content), self._lengths[number] - len(content) > SMALL_BYTES
        except (CodecError, DecodeError) as error:
            raise GraphUnreadableError(
                f"The node {name!r} cannot be read: {fault_text(error)}.", hint=DAMAGED_HINT, node=name
            ) from None

    def mentions(self, name: str, text: bytes) -> bool:
        """Returns whether a node can have an attribute of a name: whether its bytes hold that text. Costs less than to parse it.

        Raises:
            KeyError: There is no such node.
        """
        offset, length = self.place_of(name)
        return length > SMALL_BYTES or text in self._file.read(offset, length)

    def content(self, name: str) -> bytes | None:
        """Returns the bytes of a node; None if these are too many.

        Raises:
            KeyError: There is no such node.
        """
        offset, length = self.place_of(name)
        return None if length > SMALL_BYTES else self._file.read(offset, length)

    def place_of(self, name: str) -> tuple[int, int]:
        """Returns where the bytes of a node start in the file, and how many there are.

        Raises:
            KeyError: There is no such node.
        """
        number = self._index[name]
        return self._offsets[number], self._lengths[number]

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)

    def __contains__(self, name: object) -> bool:
        return name in self._index

    def op_of(self, name: str) -> str:
        """See `Nodes`."""
        return self._ops[self._index[name]]

    @property
    def ops(self) -> frozenset[str]:
        """See `Nodes`."""
        return frozenset(self._known_ops)

    @property
    def size_bytes(self) -> int:
        """See `Nodes`."""
        return NODE_BYTES * len(self._ops) + self._name_characters

    def _bytes(self, offset: int, length: int) -> bytes:
        if length > SMALL_BYTES:
            return slim(self._file.reader, offset, offset + length, CONSTANT_PATH)
        return self._file.read(offset, length)


def fault_text(error: Exception) -> str:
    """Returns why a part of a graph cannot be read, as a clause. What protobuf says names our own classes and no reason."""
    return f"it {error}" if isinstance(error, CodecError) else "its bytes are damaged"


def node_of(message: NodeDef) -> Node:
    """Returns the node that a message holds."""
    return Node(message.name, message.op, tuple(message.input), message.device, message.attr)


def slim(reader: FileReader, start: int, end: int, path: tuple[int, ...] = (), *, without: int = 0) -> bytes:
    """Returns the message in `reader[start:end]` without its fields over `SMALL_BYTES` and those numbered `without`.

    A long field is not dropped but slimmed itself if its number is the first of `path`, and so on below it.

    Raises:
        CodecError: It is not a message, or `MAX_SLIM_BYTES` and more are left.
    """
    kept = bytearray()
    for field in scan(reader, start, end, keep_bytes=SMALL_BYTES):
        if field.number == without:
            continue
        payload = field.payload
        if field.wire_type == LENGTH_DELIMITED and payload is None and field.number in path[:1]:
            payload = slim(reader, field.offset, field.offset + field.length, path[1:])
        kept += _encoded(field, payload)
        if len(kept) > MAX_SLIM_BYTES:
            raise LimitError(f"has a part of more than {MAX_SLIM_BYTES} bytes at byte {start}")
    return bytes(kept)


def _encoded(field: Field, payload: bytes | None) -> bytes:
    tag = encode(field.number << 3 | field.wire_type)
    if field.wire_type == LENGTH_DELIMITED:
        return b"" if payload is None else tag + encode(len(payload)) + payload
    if field.wire_type in (FIXED32, FIXED64):
        return tag + field.value.to_bytes(4 if field.wire_type == FIXED32 else 8, "little")
    return tag + encode(field.value)


def _name_and_op(payload: bytes) -> tuple[str, str]:
    """Reads the first two fields of a NodeDef by hand, as every writer puts them there; else parses it."""
    try:
        name_end = 2 + payload[1]
        op_end = name_end + 2 + payload[name_end + 1]
        if payload[0] == 0x0A and payload[name_end] == 0x12 and payload[1] < 128 and payload[name_end + 1] < 128:
            return payload[2:name_end].decode(), payload[name_end + 2 : op_end].decode()
    except (IndexError, UnicodeDecodeError):
        pass
    return _parsed_name_and_op(payload)


def _scanned_name_and_op(reader: FileReader, node: Field) -> tuple[str, str]:
    """Reads the first two fields of a long NodeDef, which stand before the long ones."""
    found: dict[int, str] = {}
    for field in scan(reader, node.offset, node.offset + node.length, keep_bytes=SMALL_BYTES):
        if field.number in (_NAME, _OP) and field.payload is not None:
            found[field.number] = field.payload.decode()
            if len(found) == 2:
                break
    return found.get(_NAME, ""), found.get(_OP, "")


def _parsed_name_and_op(payload: bytes) -> tuple[str, str]:
    message = NodeDef.FromString(payload)
    return message.name, message.op
