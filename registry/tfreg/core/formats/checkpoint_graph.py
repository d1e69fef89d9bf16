"""The graph of a TF1 checkpoint: the MetaGraphDef in `<prefix>.meta`, or the GraphDef in `graph.pbtxt` where there is none."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field

from tfreg.core.codecs.errors import CodecError, LimitError, TruncatedError
from tfreg.core.codecs.text_format import binary_of
from tfreg.core.diagnostics import Diagnostic
from tfreg.core.errors import GraphUnreadableError, NoGraphError
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.allowance import Allowance
from tfreg.core.formats.checkpoint_collections import variables_of
from tfreg.core.formats.checkpoint_files import GRAPH_FILE, Checkpoint
from tfreg.core.formats.constants import in_text
from tfreg.core.formats.graph_scan import GraphScan, scan_graph
from tfreg.core.formats.limits import MAX_PROTO_BYTES, MAX_SIGNATURE_TENSORS, MAX_TEXT_BYTES
from tfreg.core.formats.meta_graph import MetaGraphParts, meta_graph_of, read_meta_graph, targets_of
from tfreg.core.formats.problems import Problems
from tfreg.core.formats.signatures import check_signatures, operations_named, signatures_of
from tfreg.core.graphs.graph import Graph
from tfreg.core.inspections import MetaGraph, Signature
from tfreg.core.layouts import Span
from tfreg.core.tensors import StoredTensor
from tfreg.core.trees import BytesReader

_TRAINING_OPS = {
    "optimizer": ("Apply", "ResourceApply", "SparseApply", "ResourceSparseApply"),
    "input pipeline": ("Iterator", "OneShotIterator", "QueueDequeue", "ReaderRead"),
}
"""What the names of ops begin with that only a program which trains needs."""
_GRADIENT_SUFFIXES = ("Grad", "GradV2", "GradV3", "BackpropInput", "BackpropFilter")


@dataclass(slots=True)
class CheckpointGraph:
    """What the graph of a checkpoint says.

    Attributes:
        meta_graph: As in an inspection; None if there is no graph.
        constants: Those of its constants that are listed.
        facts: Further facts.
        variables: Names of the program's variables, and whether it trains them; empty if it does not say.
        unsafe: What its ops do that a caller may not want.
    """

    meta_graph: MetaGraph | None = None
    constants: list[StoredTensor] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    variables: dict[str, bool] = field(default_factory=dict)
    unsafe: tuple[Diagnostic, ...] = ()


def read_checkpoint_graph(tree: FileTree, checkpoint: Checkpoint, problems: Problems) -> CheckpointGraph:
    """Reads what the graph of a checkpoint says: its .meta, else the graph.pbtxt, else nothing."""
    if checkpoint.meta:
        with tree.open(checkpoint.meta) as reader:
            return _of_meta(reader, checkpoint.meta, problems)
    if any(file.path == GRAPH_FILE for file in tree.files()):
        return _of_text(tree, problems)
    return CheckpointGraph()


def open_checkpoint_graph(tree: FileTree, checkpoint: Checkpoint) -> Graph:
    """Opens the graph of a checkpoint for reachability and names.

    Raises:
        NoGraphError: It has none.
        GraphUnreadableError: It is damaged.
    """
    from tfreg.core.graphs.reading import read_graph

    with ExitStack() as closed_on_failure:
        try:
            if checkpoint.meta:
                reader = closed_on_failure.enter_context(tree.open(checkpoint.meta))
                span = _graph_span(reader)
            elif any(file.path == GRAPH_FILE for file in tree.files()):
                reader = closed_on_failure.enter_context(_opened_text(tree))
                span = Span(0, reader.size_bytes)
            else:
                raise NoGraphError(
                    f"{tree.name} is a checkpoint without its graph, so there are no names to feed and fetch.",
                    hint="Push it with its .meta file, or export a SavedModel in the program that made it.",
                )
        except CodecError as error:
            raise GraphUnreadableError(
                f"The graph of {tree.name} cannot be read: it {error}.",
                hint="Copy the .meta file again from where it was written.",
            ) from None
        closed_on_failure.pop_all()
    return read_graph(reader, span.offset_bytes, span.offset_bytes + span.length_bytes)


def _graph_span(reader: FileReader) -> Span:
    parts = read_meta_graph(reader, Span(0, reader.size_bytes), "", Problems())
    if len(parts.graphs) != 1:
        raise TruncatedError("has no GraphDef")
    return parts.graphs[0]


def _opened_text(tree: FileTree) -> FileReader:
    from tfreg.wire.graph_pb2 import GraphDef

    with tree.open(GRAPH_FILE) as reader:
        return BytesReader(binary_of(reader, GraphDef, MAX_TEXT_BYTES))


def _of_text(tree: FileTree, problems: Problems) -> CheckpointGraph:
    try:
        with _opened_text(tree) as reader:
            graph = scan_graph(reader, GRAPH_FILE, [Span(0, reader.size_bytes)])
    except CodecError as error:
        graph = GraphScan(fault=error)
    if graph.fault is not None:
        problems.fault("TFR101", GRAPH_FILE, graph.fault)
    meta_graph = meta_graph_of(graph)
    facts = {"graph.file": GRAPH_FILE, **_training_facts(graph.ops)}
    return CheckpointGraph(meta_graph, in_text(graph.constants), facts, unsafe=graph.unsafe)


def _of_meta(reader: FileReader, file: str, problems: Problems) -> CheckpointGraph:
    if reader.size_bytes > MAX_PROTO_BYTES:
        problems.too_large(file, reader.size_bytes)
    parts = read_meta_graph(reader, Span(0, reader.size_bytes), file, problems)
    signatures = _signatures(parts, file, problems)
    wanted = operations_named(signatures) | {target for target in (targets_of(parts).restore_operation,) if target}
    graph = scan_graph(reader, file, parts.graphs, wanted)
    if graph.fault is not None:
        problems.fault("TFR101", file, graph.fault)
    elif not parts.graphs:
        problems.error("TFR101", f"{file} holds no GraphDef.", "Copy it again from where it was written.", file=file)
    else:
        check_signatures(signatures, graph.named, file, problems)
    found = CheckpointGraph(
        meta_graph_of(graph, parts, signatures),
        graph.constants,
        {"graph.file": file, **_training_facts(graph.ops)},
        variables_of(reader, file, problems),
        graph.unsafe,
    )
    if parts.tensorflow_version:
        found.facts["tensorflow_version"] = parts.tensorflow_version
    return found


def _signatures(parts: MetaGraphParts, file: str, problems: Problems) -> tuple[Signature, ...]:
    found: list[Signature] = []
    try:
        found.extend(signatures_of(parts, Allowance("tensors of signatures", MAX_SIGNATURE_TENSORS)))
    except LimitError as error:
        problems.fault("TFR103", file, error)
    return tuple(found)


def _training_facts(ops: frozenset[str]) -> dict[str, str]:
    """Returns what of the graph is there for training only, so that nobody takes it for a graph to serve."""
    found = [told for told, beginnings in _TRAINING_OPS.items() if any(op.startswith(beginnings) for op in ops)]
    if any(op.endswith(_GRADIENT_SUFFIXES) for op in ops):
        found.append("gradients")
    return {"graph.training": "yes", "graph.training.by": ", ".join(sorted(found))} if found else {}
