"""Whether a file begins like a GraphDef. MetaGraphDefs, labels and metadata of Keras begin with the same byte."""

from __future__ import annotations

import re

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, scan
from tfreg.core.files import FileReader
from tfreg.core.formats.limits import MAX_NAME_BYTES
from tfreg.core.trees import BytesReader

_START_BYTES = 64 << 10
_FIELDS_BEFORE_NODES = 8
# Field numbers, as proto/tfreg/wire/graph.proto has them.
_NODE, _NAME, _OP = 1, 1, 2
_OTHER_FIELDS = frozenset({2, 3, 4, 5})
_FIRST_NODE = re.compile(rb"\n[\x80-\xff]{0,9}[\x00-\x7f]")
_NODE_NAME = re.compile(rb"[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*")
_OP_NAME = re.compile(rb"[A-Za-z0-9_.>][A-Za-z0-9_.\\/>-]*")
_TEXT = re.compile(r"(?:\s|#[^\n]*\n|\ufeff)*(?:node|library|versions?)\s*[:{<]")


def begins_like_graph(reader: FileReader) -> bool:
    """Returns whether the first node has a node's name and an op's, even if the file breaks within or after it."""
    try:
        for count, found in enumerate(scan(reader, 0, reader.size_bytes)):
            if found.number == _NODE and found.wire_type == LENGTH_DELIMITED:
                return _is_node(reader.read_at(found.offset, min(found.length, _START_BYTES)))
            if found.number not in _OTHER_FIELDS or count >= _FIELDS_BEFORE_NODES:
                return False
    except CodecError:
        start = reader.read_at(0, _START_BYTES)
        head = _FIRST_NODE.match(start)
        return head is not None and _is_node(start[head.end() :])
    return False


def begins_like_text_graph(reader: FileReader) -> bool:
    """Returns whether the first field of a text is one of GraphDef's."""
    return _TEXT.match(reader.read_at(0, _START_BYTES).decode(errors="replace")) is not None


def _is_node(content: bytes) -> bool:
    """Judges by name and op, which may be all that is there."""
    name = op = None
    try:
        for found in scan(BytesReader(content), 0, len(content), keep_bytes=MAX_NAME_BYTES):
            if found.number == _NAME:
                name = found.payload
            elif found.number == _OP:
                op = found.payload
            if name is not None and op is not None:
                break
    except CodecError:
        pass
    return bool(name and op and _NODE_NAME.fullmatch(name) and _OP_NAME.fullmatch(op))
