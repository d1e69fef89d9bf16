"""The format `tf2_checkpoint`: what tf.train.Checkpoint and Keras' save_weights write, values and their objects without a graph.

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


class Tf2CheckpointFormat:
    """See the module."""

    name = "tf2_checkpoint"
    has_graph = False

    def recognise(self, tree: FileTree) -> bool:
        """True if the root holds a checkpoint with an object graph and without a .meta."""
        if main_file(tree) is not None:
            return False
        checkpoint = newest_in(tree)
        return checkpoint is not None and has_objects_only(tree, checkpoint)

    def tensor_spans(self, tree: FileTree, inspection: Inspection) -> Mapping[str, Sequence[Span]]:  # noqa: ARG002  # a format's method
        """Where the variables are."""
        return spans_by_file(inspection.tensors)

    def inspect(self, tree: FileTree) -> Inspection:
        """Reads all that the checkpoint says about itself."""
        from tfreg.core.formats.checkpoint_reading import inspect_checkpoint

        checkpoint = newest_in(tree)
        return Inspection(self.name) if checkpoint is None else inspect_checkpoint(tree, checkpoint, self.name)

    def graph(self, tree: FileTree, meta_graph: int) -> Graph:  # noqa: ARG002 there is none, whichever
        """Raises NoGraphError: there is none."""
        raise NoGraphError(
            f"{tree.name} is a checkpoint of objects and holds no graph.",
            hint="Push the SavedModel that tf.saved_model.save or model.export() writes.",
        )
