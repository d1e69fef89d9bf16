"""The format `tf1_checkpoint`: what tf.train.Saver writes, of version 2 or 1, with its graph in .meta or, else, in graph.pbtxt.

An artifact of this format is one checkpoint; of a folder with several it is the newest (see `checkpoint_files`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tfreg.core.errors import NoGraphError
from tfreg.core.files import FileTree
from tfreg.core.formats.checkpoint_files import has_objects_only, newest_in
from tfreg.core.formats.saved_model_files import main_file
from tfreg.core.formats.tensor_places import spans_by_file
from tfreg.core.graphs.graph import Graph
from tfreg.core.inspections import Inspection
from tfreg.core.layouts import Span


class Tf1CheckpointFormat:
    """See the module."""

    name = "tf1_checkpoint"
    has_graph = True

    def recognise(self, tree: FileTree) -> bool:
        """True if the root holds a checkpoint, whatever is missing of it, that is none of TF2's."""
        if main_file(tree) is not None:
            return False
        checkpoint = newest_in(tree)
        return checkpoint is not None and not has_objects_only(tree, checkpoint)

    def tensor_spans(self, tree: FileTree, inspection: Inspection) -> Mapping[str, Sequence[Span]]:  # noqa: ARG002  # a format's method
        """Where the variables and the large constants are."""
        return spans_by_file(inspection.tensors)

    def inspect(self, tree: FileTree) -> Inspection:
        """Reads all that the checkpoint says about itself."""
        from tfreg.core.formats.checkpoint_reading import inspect_checkpoint

        checkpoint = newest_in(tree)
        return Inspection(self.name) if checkpoint is None else inspect_checkpoint(tree, checkpoint, self.name)

    def graph(self, tree: FileTree, meta_graph: int) -> Graph:
        """Reads the graph; `meta_graph` is 0.

        Raises:
            NoGraphError: The checkpoint has none, or `meta_graph` is not 0.
            GraphUnreadableError: It is damaged.
        """
        from tfreg.core.formats.checkpoint_graph import open_checkpoint_graph

        checkpoint = newest_in(tree)
        if checkpoint is None or meta_graph != 0:
            raise NoGraphError(
                f"{tree.name} holds no graph of the number {meta_graph}.", hint="A checkpoint has one graph at most."
            )
        return open_checkpoint_graph(tree, checkpoint)
