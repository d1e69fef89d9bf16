"""Where the bytes of a graph are: a file to point at, or, for a text, bytes in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tfreg.core.errors import NoGraphError
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.checkpoint_files import GRAPH_FILE, newest_in
from tfreg.core.formats.saved_model_files import BINARY_FILE, TEXT_FILE, main_file
from tfreg.core.rewrites.pieces import CHUNK_BYTES, Computed, Inline, Piece, Slice
from tfreg.core.rewrites.rewriting import Source

LONG_BYTES = 64 * 1024
"""From this length on bytes of a file are pointed at, not copied."""
_TEXT_SUFFIXES = (".pbtxt", ".pb.txt")


@dataclass(frozen=True, slots=True)
class GraphFile:
    """The file that a graph is read from.

    Attributes:
        reader: Its binary form.
        tree: The files to point at; None if the binary form exists in memory only.
        path: The file's path in the tree.
    """

    reader: FileReader
    tree: FileTree | None
    path: str = ""

    def pieces(self, offset: int, length: int) -> Iterator[Piece]:
        """Yields bytes of the file: short ones as they are, long ones as where they lie."""
        if length < LONG_BYTES:
            yield Inline(self.reader.read_at(offset, length))
        elif self.tree is not None:
            yield Slice(self.tree, self.path, offset, length)
        else:
            yield Computed(length, lambda: _chunks(self.reader, offset, length))


def graph_file(source: Source, reader: FileReader) -> GraphFile:
    """Returns the file of an artifact's graphs, which `reader` reads.

    Raises:
        NoGraphError: The artifact's format holds none.
    """
    path = _path(source)
    if not path:
        raise NoGraphError(f"{source.tree.name} holds no graph: it is of format {source.format}.", format=source.format)
    return GraphFile(reader, None if path.endswith(_TEXT_SUFFIXES) else source.tree, path)


def _path(source: Source) -> str:
    if source.format == "saved_model":
        return BINARY_FILE if main_file(source.tree) != TEXT_FILE else TEXT_FILE
    if source.format == "tf1_checkpoint":
        checkpoint = newest_in(source.tree)
        return (checkpoint.meta or GRAPH_FILE) if checkpoint else ""
    return source.inspection.facts.get("graph_def.file", "")


def _chunks(reader: FileReader, offset: int, length: int) -> Iterator[bytes]:
    for start in range(offset, offset + length, CHUNK_BYTES):
        yield reader.read_at(start, min(CHUNK_BYTES, offset + length - start))
