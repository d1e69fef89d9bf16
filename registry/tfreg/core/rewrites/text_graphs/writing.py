"""Writes a GraphDef in text form (.pbtxt): short parts as new bytes, long values and what passes some MiB as bytes computed when asked for.

Memory stays flat: a part is read, written and forgotten. What is computed is cut into blocks, so that a reader who begins in the midst of
a long value does not pay for all that comes before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, Field, scan
from tfreg.core.errors import GraphUnreadableError
from tfreg.core.files import FileReader, FileTree
from tfreg.core.rewrites.pieces import Computed, Inline, Piece
from tfreg.core.rewrites.text_graphs.literals import escaped, escaped_length
from tfreg.core.rewrites.text_graphs.messages import message_text
from tfreg.core.rewrites.text_graphs.schema import Schema, TextField, schema_of
from tfreg.wire.graph_pb2 import GraphDef

SMALL_BYTES = 256 << 10
"""A message up to this length is written in memory."""
_BLOCK_BYTES = 1 << 20  # of text that is put together, and of a long value
_MAX_INLINE_BYTES = 16 << 20
_MAX_DEPTH = 100  # as protobuf's own parser


@dataclass(slots=True)
class GraphText:
    """The text of a graph.

    Attributes:
        pieces: Its bytes.
        lost: Fields that the text form of them is not known of, such as `GraphDef.5`.
    """

    pieces: list[Piece]
    lost: set[str]


def graph_text(tree: FileTree, path: str) -> GraphText:
    """Writes the GraphDef that a file holds.

    Raises:
        GraphUnreadableError: It is damaged.
    """
    with tree.open(path) as reader:
        writer = _Writer(tree, path, reader)
        try:
            writer.message(0, reader.size_bytes, schema_of(GraphDef.DESCRIPTOR), 0)
        except CodecError as error:
            raise GraphUnreadableError(f"The GraphDef in {path} cannot be written as text: it {error}.") from None
        writer.close_run()
    return GraphText(writer.pieces, writer.lost)


@dataclass(frozen=True, slots=True)
class _Run:
    """Short messages that follow each other."""

    found: tuple[tuple[TextField, int, int], ...]
    indent: int


@dataclass(slots=True)
class _Writer:
    tree: FileTree
    path: str
    reader: FileReader
    pieces: list[Piece] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    _text: list[bytes] = field(default_factory=list)
    _text_bytes: int = 0
    _run: list[tuple[TextField, int, int]] = field(default_factory=list)
    _run_indent: int = 0
    _inline_bytes: int = 0

    def message(self, start: int, end: int, schema: Schema, indent: int) -> None:
        """Writes the fields of a long message."""
        if indent > _MAX_DEPTH:
            raise CodecError(f"nests more than {_MAX_DEPTH} messages")
        seen: set[bytes] = set()
        for found in scan(self.reader, start, end):
            known = schema.fields.get(found.number)
            if known is None or (found.wire_type != LENGTH_DELIMITED and known.number_text is None):
                self.lost.add(f"{schema.name}.{found.number}")
                continue
            if not known.is_repeated:
                if known.name in seen:
                    raise CodecError(f"has several {known.name.decode()} in a long {schema.name}")
                seen.add(known.name)
            self._field(found, known, indent)

    def close_run(self) -> None:
        """Ends what was put together so far."""
        if not self._text_bytes:
            return
        if not self._run or self._inline_bytes + self._text_bytes <= _MAX_INLINE_BYTES:
            self._inline_bytes += self._text_bytes
            self.pieces.append(Inline(b"".join(self._text)))
        else:
            run = _Run(tuple(self._run), self._run_indent)
            self.pieces.append(Computed(self._text_bytes, partial(self._run_again, run)))
        self._text, self._text_bytes, self._run = [], 0, []

    def _field(self, found: Field, known: TextField, indent: int) -> None:
        inner = b"  " * indent
        if found.wire_type != LENGTH_DELIMITED:
            assert known.number_text is not None
            self._add(b"%s%s: %s\n" % (inner, known.name, known.number_text(found.value)))
        elif known.message is not None and found.length <= SMALL_BYTES:
            self._short(known, found, indent)
        elif known.message is not None:
            self._add(b"%s%s {\n" % (inner, known.name))
            self.message(found.offset, found.offset + found.length, known.message, indent + 1)
            self._add(inner + b"}\n")
        elif known.number_text is None:
            self._add(b'%s%s: "' % (inner, known.name))
            self._blocks(found, _Escaped(self.tree, self.path))
            self._add(b'"\n')
        else:
            self._blocks(found, _Packed(self.tree, self.path, known, inner))

    def _short(self, known: TextField, found: Field, indent: int) -> None:
        """Adds a short message to the run of those before it."""
        if self._text_bytes and (not self._run or self._run_indent != indent):
            self.close_run()
        assert known.message is not None
        payload = self.reader.read_at(found.offset, found.length)
        text = message_text(known.name, payload, known.message, indent, self.lost)
        self._run.append((known, found.offset, found.length))
        self._run_indent = indent
        self._text.append(text)
        self._text_bytes += len(text)
        if self._text_bytes >= _BLOCK_BYTES:
            self.close_run()

    def _add(self, text: bytes) -> None:
        """Adds some bytes that are never computed again."""
        if self._run:
            self.close_run()
        self._text.append(text)
        self._text_bytes += len(text)
        if self._text_bytes >= _BLOCK_BYTES:
            self.close_run()

    def _run_again(self, run: _Run) -> Iterator[bytes]:
        with self.tree.open(self.path) as reader:
            for known, offset, length in run.found:
                assert known.message is not None
                yield message_text(known.name, reader.read_at(offset, length), known.message, run.indent, set())

    def _blocks(self, found: Field, writer: _Escaped | _Packed) -> None:
        """Adds a value of any length, a block at a time."""
        self.close_run()
        at, end = found.offset, found.offset + found.length
        while at < end:
            content = writer.whole_elements(self.reader.read_at(at, min(_BLOCK_BYTES, end - at)))
            if not content:
                raise CodecError("ends within a value")
            self.pieces.append(Computed(writer.length_bytes(content), partial(writer.again, at, len(content))))
            at += len(content)


@dataclass(frozen=True, slots=True)
class _Escaped:
    """Bytes between quotes."""

    tree: FileTree
    path: str

    def whole_elements(self, content: bytes) -> bytes:
        return content

    def length_bytes(self, content: bytes) -> int:
        return escaped_length(content)

    def again(self, offset: int, length: int) -> Iterator[bytes]:
        with self.tree.open(self.path) as reader:
            yield escaped(reader.read_at(offset, length))


@dataclass(frozen=True, slots=True)
class _Packed:
    """Numbers, a line each."""

    tree: FileTree
    path: str
    known: TextField
    indent: bytes

    def whole_elements(self, content: bytes) -> bytes:
        """Returns a block without the number at its end that is cut off."""
        if size := self.known.fixed_bytes:
            return content[: len(content) - len(content) % size]
        end = len(content)
        while end and content[end - 1] > 127:
            end -= 1
        return content[:end]

    def length_bytes(self, content: bytes) -> int:
        return len(self._text(content))

    def again(self, offset: int, length: int) -> Iterator[bytes]:
        with self.tree.open(self.path) as reader:
            yield self._text(reader.read_at(offset, length))

    def _text(self, content: bytes) -> bytes:
        head = self.indent + self.known.name
        return b"".join(b"%s: %s\n" % (head, text) for text in self.known.packed(content))
