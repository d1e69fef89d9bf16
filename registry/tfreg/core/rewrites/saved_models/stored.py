"""A MetaGraphDef as it is stored: small parts read, long ones as where they lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.varint import encode
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED, VARINT, scan
from tfreg.core.errors import GraphUnreadableError
from tfreg.core.files import FileReader
from tfreg.core.formats.checkpoint_files import newest_in
from tfreg.core.formats.limits import MAX_META_GRAPHS, MAX_NAME_BYTES, MAX_SIGNATURES
from tfreg.core.formats.meta_graph import MetaGraphParts, read_meta_graph
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.saved_model_files import is_meta_graph, open_main, top_fields
from tfreg.core.layouts import Span
from tfreg.core.rewrites.graphs.framing import field as framed_bytes
from tfreg.core.rewrites.graphs.framing import framed
from tfreg.core.rewrites.graphs.opening import GraphFile, graph_file
from tfreg.core.rewrites.pieces import Inline, Piece
from tfreg.core.rewrites.rewriting import Source

# Field numbers, as proto/tfreg/wire/meta_graph.proto has them.
_META_INFO, _COLLECTION, _TAGS, _KEY, _VALUE = 1, 4, 4, 1, 2
_MAX_INFO_FIELDS = 50_000


@dataclass(frozen=True, slots=True)
class StoredMetaGraph:
    """A MetaGraphDef of a file.

    Attributes:
        file: The file; it stays open as long as the context of `stored_meta_graphs` lasts.
        place: Where in it the MetaGraphDef is.
        parts: What is parsed of it.
        info: Its MetaInfoDef without the tags.
        collections: Where the values of its collections are, by key.
    """

    file: GraphFile
    place: Span
    parts: MetaGraphParts
    info: Sequence[Piece] = ()
    collections: Mapping[str, Span] = field(default_factory=dict)

    def info_with(self, tags: Sequence[str]) -> list[Piece]:
        """Returns the MetaInfoDef with these tags."""
        return [*self.info, *tags_only(tags)]

    def pieces(self, span: Span) -> list[Piece]:
        """Returns bytes of the file."""
        return list(self.file.pieces(span.offset_bytes, span.length_bytes))

    def all(self) -> list[Piece]:
        """Returns the whole MetaGraphDef as it is."""
        return self.pieces(self.place)


def tags_only(tags: Sequence[str]) -> list[Piece]:
    """Returns a MetaInfoDef that says nothing but a tag set."""
    return [Inline(framed_bytes(_TAGS, tag.encode())) for tag in tags]


@contextmanager
def stored_meta_graphs(source: Source) -> Iterator[list[StoredMetaGraph]]:
    """Opens the MetaGraphDefs of a SavedModel, or the one of a checkpoint's .meta; none for files that hold a mere GraphDef.

    Raises:
        GraphUnreadableError: The file is damaged.
    """
    try:
        reader = _opened(source)
        if reader is None:
            yield []
            return
        with reader:
            file = graph_file(source, reader)
            places = list(_places(source, reader))
            yield [_stored(file, place) for place in places]
    except CodecError as error:
        raise GraphUnreadableError(
            f"{source.tree.name} cannot be read: it {error}.", hint="Copy it again from where it was written."
        ) from None


def stored_meta_graph(found: list[StoredMetaGraph], source: Source, meta_graph: int) -> StoredMetaGraph | None:
    """Returns that of a place in `source.inspection.meta_graphs`; None if the file holds a mere GraphDef."""
    return found[source.meta_graph_places[meta_graph]] if found else None


def _opened(source: Source) -> FileReader | None:
    if source.format == "saved_model":
        return open_main(source.tree)
    checkpoint = newest_in(source.tree) if source.format == "tf1_checkpoint" else None
    return source.tree.open(checkpoint.meta) if checkpoint and checkpoint.meta else None


def _places(source: Source, reader: FileReader) -> Iterator[Span]:
    if source.format != "saved_model":
        yield Span(0, reader.size_bytes)
        return
    for found in islice(filter(is_meta_graph, top_fields(reader)), MAX_META_GRAPHS):
        yield Span(found.offset, found.length)


def _stored(file: GraphFile, place: Span) -> StoredMetaGraph:
    parts = read_meta_graph(file.reader, place, file.path, Problems())
    stored = StoredMetaGraph(file, place, parts)
    info: list[Piece] = []
    collections: dict[str, Span] = {}
    for found in scan(file.reader, place.offset_bytes, place.offset_bytes + place.length_bytes):
        if found.wire_type != LENGTH_DELIMITED:
            continue
        if found.number == _META_INFO:
            info += _info(file, Span(found.offset, found.length))
        elif found.number == _COLLECTION and len(collections) < MAX_SIGNATURES:
            key, value = _entry(file.reader, Span(found.offset, found.length))
            collections[key] = value
    return replace(stored, info=info, collections=collections)


def _info(file: GraphFile, span: Span) -> Iterator[Piece]:
    fields = scan(file.reader, span.offset_bytes, span.offset_bytes + span.length_bytes)
    for found in islice(fields, _MAX_INFO_FIELDS):
        if found.wire_type == LENGTH_DELIMITED and found.number != _TAGS:
            yield from framed(found.number, file.pieces(found.offset, found.length))
        elif found.wire_type == VARINT:
            yield Inline(encode(found.number << 3) + encode(found.value))


def _entry(reader: FileReader, span: Span) -> tuple[str, Span]:
    key, value = "", Span(span.offset_bytes, 0)
    for found in scan(reader, span.offset_bytes, span.offset_bytes + span.length_bytes, keep_bytes=MAX_NAME_BYTES):
        if found.number == _KEY:
            key = (found.payload or b"").decode(errors="replace")
        elif found.number == _VALUE and found.wire_type == LENGTH_DELIMITED:
            value = Span(found.offset, found.length)
    return key, value
