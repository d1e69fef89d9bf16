"""What all formats have in common that are recognised, stored and named, but not read for names to feed and fetch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.one_file import one_file
from tfreg.core.formats.problems import Problems
from tfreg.core.graphs.graph import Graph
from tfreg.core.inspections import Inspection
from tfreg.core.layouts import Span
from tfreg.core.resolving.refusals import no_graph

_TENSORFLOW_SUFFIXES = (".pb", ".pbtxt", ".h5", ".hdf5", ".keras", ".tflite", ".index", ".meta")


class Stranger:
    """A format without a graph; base of those of other frameworks."""

    name = ""

    def tensor_spans(self, tree: FileTree, inspection: Inspection) -> Mapping[str, Sequence[Span]]:  # noqa: ARG002  # a format's method
        """Nothing: files are cut by size alone."""
        return {}

    def graph(self, tree: FileTree, meta_graph: int) -> Graph:  # noqa: ARG002
        """Raises a NoGraphError: see the format's own route to a graph."""
        raise no_graph(Inspection(self.name))


def stranger_file(tree: FileTree, suffixes: tuple[str, ...], fits: Callable[[FileReader], bool]) -> str | None:
    """Returns the one file as `one_file` does, but none of a folder that holds models of TensorFlow: these are what its user means."""
    files = tree.files()
    if len(files) > 1 and any(file.path.endswith(_TENSORFLOW_SUFFIXES) for file in files):
        return None
    return one_file(tree, suffixes, fits)


def tell_unread(problems: Problems, file: str, what: str) -> None:
    """Says that a file is kept as it is, and what it is: "a model of PyTorch"."""
    message = f"{file} is {what}: it is stored as it is, and there are no names to resolve in it."
    problems.inform("TFR109", message, file=file)
