"""The format `tflite`: a flatbuffer that TensorFlow Lite's interpreter runs.

An artifact is a single file, or a folder whose root holds exactly one `.tflite` (or `.lite`) file; what lies beside that one is kept but
not read. The interpreter reads files with the identifier TFL3 at byte 4 only; older ones are recognised, and said to be old.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tfreg.core.errors import NoGraphError
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.one_file import one_file, with_strangers
from tfreg.core.graphs.graph import Graph
from tfreg.core.inspections import Inspection
from tfreg.core.layouts import Span

_SUFFIXES = (".tflite", ".lite")
_IDENTIFIER_AT = 4


class TfliteFormat:
    """See the module."""

    name = "tflite"
    has_graph = False

    def recognise(self, tree: FileTree) -> bool:
        """True if the one file in question has a TFLite identifier."""
        return one_file(tree, _SUFFIXES, _is_tflite) is not None

    def tensor_spans(self, tree: FileTree, inspection: Inspection) -> Mapping[str, Sequence[Span]]:  # noqa: ARG002  # a format's method
        """Where the constants are."""
        from tfreg.core.formats.tflite_constants import constant_spans

        file = one_file(tree, _SUFFIXES, _is_tflite) or ""
        with tree.open(file) as reader:
            return {file: constant_spans(reader)}

    def inspect(self, tree: FileTree) -> Inspection:
        """Reads all that the artifact says about itself."""
        from tfreg.core.formats.tflite_reading import Reading

        file = one_file(tree, _SUFFIXES, _is_tflite) or ""
        with tree.open(file) as reader:
            return with_strangers(Reading(reader, file).inspection(self.name), tree, file)

    def graph(self, tree: FileTree, meta_graph: int) -> Graph:  # noqa: ARG002
        """Raises a NoGraphError: a flatbuffer's operators have no names to feed and fetch."""
        raise NoGraphError(
            f"{tree.name} is a TFLite model, whose tensors have numbers rather than a graph of named operations.",
            hint="Resolve it: the answer has the tensors' indices for each key.",
            format=self.name,
        )


def _is_tflite(reader: FileReader) -> bool:
    identifier = reader.read_at(_IDENTIFIER_AT, 4)
    return len(identifier) == 4 and identifier.startswith(b"TFL") and identifier[3:].isdigit()
