"""The format `saved_model`: a folder with saved_model.pb, .pbtxt or .cpb, variables/, assets/ and more, of TF1 or TF2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import islice

from tfreg.core.codecs.errors import CodecError, TruncatedError
from tfreg.core.errors import GraphUnreadableError
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.limits import MAX_META_GRAPHS
from tfreg.core.formats.meta_graph import read_meta_graph
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.saved_model_files import BINARY_FILE, is_meta_graph, main_file, open_main, top_fields
from tfreg.core.formats.saved_model_reading import Reading
from tfreg.core.formats.tensor_places import spans_by_file
from tfreg.core.graphs.graph import Graph
from tfreg.core.inspections import Inspection
from tfreg.core.layouts import Span


class SavedModelFormat:
    """See the module."""

    name = "saved_model"
    has_graph = True

    def recognise(self, tree: FileTree) -> bool:
        """True if the root holds a saved_model.pb, .pbtxt or .cpb: the name is proof enough, so that a damaged one is told as such."""
        return main_file(tree) is not None

    def tensor_spans(self, tree: FileTree, inspection: Inspection) -> Mapping[str, Sequence[Span]]:  # noqa: ARG002  # a format's method
        """Where the variables and the large constants are."""
        return spans_by_file(inspection.tensors)

    def inspect(self, tree: FileTree) -> Inspection:
        """Reads all that the artifact says about itself."""
        return Reading(tree).inspection(self.name)

    def graph(self, tree: FileTree, meta_graph: int) -> Graph:
        """Reads the graph of the `meta_graph`-th MetaGraphDef.

        Raises:
            GraphUnreadableError: It is damaged, or there is no such MetaGraphDef.
        """
        from tfreg.core.graphs.reading import read_graph

        with ExitStack() as closed_on_failure:
            try:
                reader = closed_on_failure.enter_context(open_main(tree))
                parts = read_meta_graph(reader, _meta_graph_at(reader, meta_graph), BINARY_FILE, Problems())
                (graph,) = parts.graphs  # a writer may cut it in two by protobuf's rules, but none does
            except (CodecError, ValueError) as error:
                raise GraphUnreadableError(
                    f"{tree.name} has no MetaGraphDef {meta_graph} with a readable graph: {error}.",
                    hint="Export the model again.",
                ) from None
            closed_on_failure.pop_all()
        return read_graph(reader, graph.offset_bytes, graph.offset_bytes + graph.length_bytes)


def _meta_graph_at(reader: FileReader, number: int) -> Span:
    """Returns where a MetaGraphDef is, counted from 0 as an inspection counts them.

    Raises:
        CodecError: The file breaks before it, or holds no such one.
    """
    places = (Span(found.offset, found.length) for found in top_fields(reader) if is_meta_graph(found))
    place = next(islice(places, number, MAX_META_GRAPHS), None)
    if place is None:
        raise TruncatedError("ends before it")
    return place
