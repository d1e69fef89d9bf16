"""Whether a runtime can load and run an artifact: its format, then its graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.digests import Digest
from tfreg.core.graphs.graph import Graph
from tfreg.core.inspections import Inspection
from tfreg.core.names import ModelName
from tfreg.core.runtimes.op_list import RuntimeOps
from tfreg.core.runtimes.profile import RuntimeProfile

_WITHOUT_NODES = frozenset({"tflite", "keras_v3", "keras_h5"})
"""Formats whose loader has kernels or layers of its own: nothing is missing where there are no nodes."""
_GRAPH_FACTS = {"frozen_graph": "graph_def.file", "tf1_checkpoint": "graph.file"}
"""Which fact names the file of the graph, in formats that no loader of TensorFlow reads as a whole."""
_TEXT_SUFFIXES = (".pbtxt", ".txt")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What does not fit a runtime.

    Attributes:
        model: The model.
        version: The version.
        artifact_digest: Of the artifact that was looked at.
        format: Its format.
        diagnostics: What does not fit (severity error), or may not; at most 100.
    """

    model: ModelName
    version: int
    artifact_digest: Digest
    format: str
    diagnostics: tuple[Diagnostic, ...]

    @property
    def fits(self) -> bool:
        """True if nothing of severity error was found."""
        return fits(self.diagnostics)


def fits(diagnostics: tuple[Diagnostic, ...]) -> bool:
    """Returns whether none of the findings is an error."""
    return all(finding.severity is not Severity.ERROR for finding in diagnostics)


def of_format(inspection: Inspection, profile: RuntimeProfile, subject: str) -> tuple[Diagnostic, ...]:
    """Returns the finding that a runtime does not load a format, or reads the graph in it only after it was parsed; none if it does.

    Args:
        inspection: What the artifact says of itself.
        profile: The runtime.
        subject: The reference or path, for the command that converts it.
    """
    if inspection.format in profile.formats:
        return _text_form(inspection, subject)
    message = f"{profile.title} does not load the format {inspection.format}; it loads {', '.join(profile.formats)}."
    return (Diagnostic("TFR307", Severity.ERROR, message, _way_to(inspection, profile, subject)),)


def _text_form(inspection: Inspection, subject: str) -> tuple[Diagnostic, ...]:
    """Returns the warning for a graph that is text: what imports a graph takes the bytes of a GraphDef."""
    file = inspection.facts.get(_GRAPH_FACTS.get(inspection.format, ""), "")
    if not file.endswith(_TEXT_SUFFIXES):
        return ()
    other = (
        f"convert it: tfreg convert {subject} --to frozen_graph."
        if inspection.format == "frozen_graph"
        else "push the checkpoint with its .meta file."
    )
    message = f"The graph is a text, {file}, and whoever imports a graph by its bytes reads only the binary form."
    hint = f"Parse the text first, as tfreg's loader for TensorFlow Java does with a frozen graph; or {other}"
    return (Diagnostic("TFR307", Severity.WARNING, message, hint),)


def _way_to(inspection: Inspection, profile: RuntimeProfile, subject: str) -> str:
    from tfreg.core.conversions.converting import form_of
    from tfreg.core.conversions.options import ConversionOptions
    from tfreg.core.conversions.planning import plan
    from tfreg.core.errors import TfregError

    for target in profile.formats:
        try:
            plan(form_of(inspection), target, ConversionOptions())
        except TfregError:
            continue
        return f"Convert it: tfreg convert {subject} --to {target}."
    return "Export the model anew, in one of these formats."


def of_graph(
    inspection: Inspection,
    profile: RuntimeProfile,
    ops: Callable[[], RuntimeOps],
    open_graph: Callable[[], Graph],
    go_on: Callable[[], None] = lambda: None,
) -> tuple[Diagnostic, ...]:
    """Returns what of a graph does not fit; none if the runtime has no list of ops.

    Args:
        inspection: What the artifact says of itself.
        profile: The runtime.
        ops: Returns its ops.
        open_graph: Opens the graph of the tag set that is meant.
        go_on: Is called now and then; it raises if nobody waits any more.

    Raises:
        GraphUnreadableError: The graph is damaged.
    """
    from tfreg.core.runtimes.fit import misfits
    from tfreg.core.runtimes.known import newest_ops

    if profile.op_list_digest is None:
        return ()
    if not inspection.meta_graphs or inspection.subgraphs:
        return () if inspection.format in _WITHOUT_NODES else (_without_graph(inspection),)
    with open_graph() as graph:
        return tuple(misfits(graph, ops(), profile.title, newest_ops, go_on))


def _without_graph(inspection: Inspection) -> Diagnostic:
    message = f"This {inspection.format} holds no graph, so no ops could be compared."
    return Diagnostic("TFR308", Severity.WARNING, message, "Ask for the artifact that holds the model's graph, if there is one.")
