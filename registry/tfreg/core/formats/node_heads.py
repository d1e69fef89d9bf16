"""Goes through the nodes of a GraphDef or a FunctionDef as fast as Python can: of a plain node only its op is looked at.

A graph can have hundreds of thousands of nodes and an artifact is inspected while its user waits, so this one loop is written out
by hand: no generator, no object, no call for a node whose op was seen before. All else is left to `wire_scan`. A node that says its op
twice has the last one, to a parser: what the loop took for the op is therefore checked against protobuf's own reading, a window at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.varint import decode
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, Field, scan
from tfreg.core.files import FileReader
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.constants import IS_SCALAR, MAY_BE_WEIGHT
from tfreg.core.formats.limits import MAX_NAME_BYTES, MIN_CONSTANT_BYTES
from tfreg.core.formats.node_parsing import NodeParsing
from tfreg.core.trees import BytesReader

_MIN_WINDOW_BYTES, _MAX_WINDOW_BYTES = 4 << 10, 256 << 10  # what is in a window is parsed, which can need eighty times as much
_HEAD_BYTES = 64 << 10
_MAX_ODD_NODES = 50_000
_MAX_OTHER_FIELDS = 500_000
_MAX_FIELDS_OF_A_NODE = 100  # more are counted
_NAME, _OP = 1, 2
_NAME_TAG, _OP_TAG = 0x0A, 0x12


@dataclass(frozen=True, slots=True)
class NodeHead:
    """A node that somebody wants to look at.

    Attributes:
        name: Its name, as in the file.
        op: Its op.
        offset: Where it starts in the file, after tag and length.
        length: How many bytes it has.
        content: Its bytes; of a node longer than 64 KiB only the first.
    """

    name: bytes
    op: bytes
    offset: int
    length: int
    content: bytes


@dataclass(slots=True)
class NodeWatch:
    """Which nodes are of interest, and how many may still come. Shared by all graphs and functions of an artifact.

    Attributes:
        nodes: How many nodes there may be, shared with other watches.
        tell: Called for each node that is longer than `MIN_CONSTANT_BYTES`, whose op is not among `plain`, or that may be a weight.
        parsing: What checks that protobuf can parse them.
        plain: Ops that need no more looking at; `tell` adds to them.
        wanted: Names whose nodes are to be found at the top level.
        named: Those found.
        odd: How many parts may be written as no writer writes them: they take longer.
        others: How many fields besides nodes there may be.
        count: How many nodes this watch has seen.
    """

    nodes: Allowance
    tell: Callable[[NodeHead], None]
    parsing: NodeParsing
    plain: set[bytes] = field(default_factory=set)
    wanted: frozenset[bytes] = frozenset()
    named: set[bytes] = field(default_factory=set)
    odd: Allowance = field(default_factory=lambda: Allowance("parts that no writer of TensorFlow writes so", _MAX_ODD_NODES))
    others: Allowance = field(default_factory=lambda: Allowance("parts besides nodes", _MAX_OTHER_FIELDS))
    count: int = 0


def fields_besides_nodes(reader: FileReader, start: int, end: int, number: int, watch: NodeWatch) -> Iterator[Field]:
    """Looks at the nodes in the message `reader[start:end]` and yields its other fields, in order, without payload.

    Args:
        reader: The file.
        start: Where the message starts.
        end: Where it ends.
        number: The number of the message's field of nodes.
        watch: What to look for; names are looked for if it wants any.

    Raises:
        CodecError: It is not a message.
        LimitError: It has more of something than `watch` allows.
    """
    tag = number << 3 | LENGTH_DELIMITED
    window, base, position, size = b"", start, start, _MIN_WINDOW_BYTES
    while position < end:
        at = position - base
        if at < len(window):
            at = _look_at_nodes(window, at, base, tag, watch)
            position = base + at
        if position >= end:
            return
        cut = at >= len(window) or (window[at] == tag and at > 0 and len(window) - at < _HEAD_BYTES)
        if cut and base + len(window) < end:
            size = _MIN_WINDOW_BYTES if at > len(window) else min(2 * size, _MAX_WINDOW_BYTES)
            window, base = reader.read_at(position, min(size, end - position)), position
            continue
        found = _field_in(window, at, base, end)
        if found is None:
            watch.odd.take(1)
            found = next(scan(reader, position, end, keep_bytes=_HEAD_BYTES))
        position = found.offset + found.length
        if found.number == number:
            _look_at(reader, found, watch)
        else:
            watch.others.take(1)
            yield found


def _field_in(window: bytes, at: int, base: int, end: int) -> Field | None:
    """Returns the field at `window[at]` if it is of the simple kind that all besides nodes are: a message with a low number."""
    try:
        tag, length, start = window[at], window[at + 1], at + 2
        if length > 127:
            length, start = decode(window, at + 1)
    except IndexError:
        return None
    if tag & 7 != LENGTH_DELIMITED or not 7 < tag < 128 or base + start + length > end:
        return None
    return Field(tag >> 3, LENGTH_DELIMITED, base + start, length, 0, None)


def _look_at_nodes(window: bytes, at: int, base: int, tag: int, watch: NodeWatch) -> int:
    """Looks at nodes from `window[at]` on. Returns where something else stands, or a node that is odd or passes the window's end.

    Raises:
        LimitError: There are more nodes than there may be.
    """
    plain, wanted, tell, window_end = watch.plain, watch.wanted, watch.tell, len(window)
    may_be_weight, is_scalar = MAY_BE_WEIGHT.search, IS_SCALAR.search
    count, first, words = 0, at, list[bytes]()
    try:
        while window[at] == tag:
            length, start = window[at + 1], at + 2
            if length > 127:
                length, start = decode(window, at + 1)
            stop = start + length
            if stop > window_end:
                break
            if not length:  # a node without name and op: nonsense, and the cheapest way to write many
                count, at = count + 1, stop
                words.append(b"")
                continue
            name_length, name = window[start + 1], start + 2
            if name_length > 127:
                name_length, name = decode(window, start + 1)
            name_end = name + name_length
            op = name_end + 2
            op_end = op + window[name_end + 1]
            if window[start] != _NAME_TAG or window[name_end] != _OP_TAG or op_end - op > 127 or op_end > stop:
                break
            word = window[op:op_end]
            may_be_listed = length >= MIN_CONSTANT_BYTES or (
                word == b"Const" and may_be_weight(window, op_end, stop) and not is_scalar(window, op_end, stop)
            )
            if may_be_listed or word not in plain:
                tell(NodeHead(window[name:name_end], word, base + start, length, window[start : min(stop, start + _HEAD_BYTES)]))
            if wanted and window[name:name_end] in wanted:
                watch.named.add(window[name:name_end])
            words.append(word)
            count, at = count + 1, stop
    except IndexError:
        pass
    watch.count += count
    watch.nodes.take(count)
    run = window[first:at]
    watch.parsing.check_run(run, tag >> 3)
    _check_ops(run, base + first, tag >> 3, words, watch)
    return at


def _check_ops(nodes: bytes, start: int, number: int, words: list[bytes], watch: NodeWatch) -> None:
    """Tells the nodes, which start at `start`, whose op is another than the word that was taken for it."""
    from tfreg.wire.graph_pb2 import NodeOps

    try:
        parsed = NodeOps.FromString(nodes)
    except DecodeError:  # TensorFlow cannot load it either, which is told
        return
    ops = [node.op for node in (parsed.node if number == 1 else parsed.node_def)]
    if ops == words:
        return
    fields = scan(BytesReader(nodes), 0, len(nodes), keep_bytes=_HEAD_BYTES)
    for node, op, word in zip(fields, ops, words, strict=False):
        if op != word:
            watch.odd.take(1)
            watch.tell(NodeHead(b"", op, start + node.offset, node.length, node.payload or b""))


def _look_at(reader: FileReader, node: Field, watch: NodeWatch) -> None:
    """Looks at a node that is long, or written in an unusual way."""
    watch.count += 1
    watch.nodes.take(1)
    if node.wire_type != LENGTH_DELIMITED:
        raise CodecError(f"has something that is no node at byte {node.offset}")
    if node.length < MIN_CONSTANT_BYTES:
        watch.odd.take(1)
    watch.parsing.check_node(reader, node)
    name = op = b""
    for number, found in enumerate(scan(reader, node.offset, node.offset + node.length, keep_bytes=MAX_NAME_BYTES)):
        if number > _MAX_FIELDS_OF_A_NODE:
            watch.others.take(1)
        if found.number == _NAME:
            name = found.payload or b""
        elif found.number == _OP:
            op = found.payload or b""
            if found.payload is None:
                raise LimitError(f"has an op with a name of more than {MAX_NAME_BYTES} bytes")
    if op not in watch.plain or node.length >= MIN_CONSTANT_BYTES or op == b"Const":
        watch.tell(NodeHead(name, op, node.offset, node.length, reader.read_at(node.offset, min(node.length, _HEAD_BYTES))))
    if name in watch.wanted:
        watch.named.add(name)
