"""The format `frozen_graph`: one GraphDef, binary or text, whose weights are constants.

An artifact of this format is a single file, or a folder whose root holds exactly one `.pb` or `.pbtxt` file; what lies beside that
one (labels, a README) is kept but not read. Folders with a saved_model.pb or with checkpoint files are other formats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.text_format import binary_of
from tfreg.core.errors import GraphUnreadableError
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.constants import in_text
from tfreg.core.formats.graph_scan import GraphScan, scan_graph
from tfreg.core.formats.graph_start import begins_like_graph, begins_like_text_graph
from tfreg.core.formats.limits import MAX_PROTO_BYTES, MAX_TEXT_BYTES, VARIABLE_OPS
from tfreg.core.formats.meta_graph import meta_graph_of
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.saved_model_files import main_file
from tfreg.core.formats.tensor_places import spans_by_file
from tfreg.core.graphs.graph import Graph
from tfreg.core.inspections import Inspection
from tfreg.core.layouts import Span
from tfreg.core.trees import BytesReader

_TEXT_SUFFIXES = (".pbtxt", ".pb.txt")
_SUFFIXES = (".pb", *_TEXT_SUFFIXES)
_CHECKPOINT_SUFFIXES = (".index", ".meta")


class FrozenGraphFormat:
    """See the module."""

    name = "frozen_graph"
    has_graph = True

    def recognise(self, tree: FileTree) -> bool:
        """True if the one file in question begins like a GraphDef, even if it breaks later on."""
        file = _graph_file(tree)
        if file is None:
            return False
        with tree.open(file) as reader:
            return begins_like_text_graph(reader) if _is_text(file) else begins_like_graph(reader)

    def tensor_spans(self, tree: FileTree, inspection: Inspection) -> Mapping[str, Sequence[Span]]:  # noqa: ARG002  # a format's method
        """Where the large constants are; nothing for a text, which has no bytes to point at."""
        return spans_by_file(inspection.tensors)

    def inspect(self, tree: FileTree) -> Inspection:
        """Reads all that the artifact says about itself: one MetaGraphDef without tags and signatures."""
        file, problems = _graph_file(tree) or "", Problems()
        try:
            with _open(tree, file) as reader:
                graph = scan_graph(reader, file, [Span(0, reader.size_bytes)])
                if reader.size_bytes > MAX_PROTO_BYTES:
                    problems.too_large(file, reader.size_bytes)
        except CodecError as error:
            graph = GraphScan(fault=error)
        _tell(graph, tree, file, problems)
        tensors = in_text(graph.constants) if _is_text(file) else graph.constants
        meta_graph = meta_graph_of(graph)
        return Inspection(
            self.name,
            (meta_graph,),
            tensors=tuple(sorted(tensors, key=lambda tensor: tensor.name.encode())),
            facts={"graph_def.file": file, "graph_def.min_consumer": str(graph.min_consumer)},
            problems=(*problems, *graph.unsafe),
        )

    def graph(self, tree: FileTree, meta_graph: int) -> Graph:
        """Reads the graph; `meta_graph` is 0.

        Raises:
            GraphUnreadableError: It is damaged, or `meta_graph` is not 0.
        """
        from tfreg.core.graphs.reading import read_graph

        if meta_graph != 0:
            raise GraphUnreadableError(f"{tree.name} holds one graph, not {meta_graph + 1}.")
        try:
            reader = _open(tree, _graph_file(tree) or "")
        except CodecError as error:
            raise GraphUnreadableError(f"The graph of {tree.name} cannot be read: it {error}.", hint="Freeze it again.") from None
        return read_graph(reader, 0, reader.size_bytes)


def _tell(graph: GraphScan, tree: FileTree, file: str, problems: Problems) -> None:
    """Says what is wrong with a graph and its folder."""
    if graph.fault is not None:
        problems.fault("TFR101", file, graph.fault)
    if VARIABLE_OPS & graph.ops:
        hint = "Freeze it, or push the SavedModel or the checkpoint instead."
        problems.warn("TFR102", f"{file} has variables, which have no values here: the graph is not frozen.", hint, file=file)
    strangers = [other.path for other in tree.files() if other.path != file]
    if strangers:
        message = f"{len(strangers)} files lie beside {file}, such as {', '.join(strangers[:5])}."
        problems.inform("TFR105", message, "They are kept but not read; attach files that belong to the model's users.")


def _graph_file(tree: FileTree) -> str | None:
    """Returns the file that must be the GraphDef if the tree is of this format."""
    paths = [file.path for file in tree.files()]
    if main_file(tree) is not None:
        return None
    if len(paths) == 1 and "/" not in paths[0]:
        return paths[0]
    if any(path == "checkpoint" or path.endswith(_CHECKPOINT_SUFFIXES) for path in paths):
        return None
    candidates = [path for path in paths if "/" not in path and path.endswith(_SUFFIXES)]
    return candidates[0] if len(candidates) == 1 else None


def _is_text(file: str) -> bool:
    return file.endswith(_TEXT_SUFFIXES)


def _open(tree: FileTree, file: str) -> FileReader:
    """Opens the binary form of the graph.

    Raises:
        CodecError: It is a text that cannot be read.
    """
    reader = tree.open(file)
    if not _is_text(file):
        return reader
    from tfreg.wire.graph_pb2 import GraphDef

    with reader:
        return BytesReader(binary_of(reader, GraphDef, MAX_TEXT_BYTES))
