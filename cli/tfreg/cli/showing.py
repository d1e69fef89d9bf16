"""What `show` prints: the summary, everything, or the parts that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from tfreg.cli import inspection_text as text
from tfreg.cli import model_text
from tfreg.cli.documents import Document, attachments_document, fingerprints_document, inspection_document
from tfreg.cli.subjects import Subject
from tfreg.cli.tables import table
from tfreg.cli.wording import count_text, short_digest, size_text
from tfreg.core.errors import GraphUnreadableError, NoGraphError, TfregError
from tfreg.core.graphs.listing import no_nodes
from tfreg.core.inspections import MetaGraph
from tfreg.core.tensors import StoredTensor

Graphs = tuple[MetaGraph, ...]
_NOT_PARTS = ("java", "prefix")


@dataclass(frozen=True, slots=True)
class Sections:
    """Which parts were asked for; none: the summary. `java` and `prefix` are no parts but say how and which."""

    everything: bool = False
    signature: str = ""
    signatures: bool = False
    ops: bool = False
    problems: bool = False
    tensors: bool = False
    layers: bool = False
    fingerprints: bool = False
    prefix: str = ""
    java: bool = False

    @property
    def summary(self) -> bool:
        """True if no part was asked for."""
        return not any(getattr(self, field.name) for field in fields(self) if field.name not in _NOT_PARTS)


def document(subject: Subject, graphs: Graphs, sections: Sections) -> Document:
    """The JSON document: all that the inspection holds, for the MetaGraphDefs chosen."""
    version = subject.version()
    fingerprints = subject.compute_fingerprints() if sections.fingerprints else subject.fingerprints
    labels = subject.inspection.labels if version is None else version.labels
    return {
        "subject": subject.name,
        "artifact_digest": subject.digest or None,
        "size_bytes": subject.size_bytes,
        "files": [{"path": file.path, "size_bytes": file.size_bytes} for file in subject.files],
        **inspection_document(replace(subject.inspection, meta_graphs=graphs), _tensors(subject, sections)),
        "fingerprints": fingerprints_document(fingerprints),
        "labels": dict(sorted(labels.items())),
        "attachments": [] if version is None else attachments_document(version),
        "conversions": [] if version is None else _conversion_documents(subject),
    }


def lines(subject: Subject, graphs: Graphs, sections: Sections) -> list[str]:
    """The text.

    Raises:
        RequestInvalidError: A part was asked for that the format does not have.
        NoGraphError: Likewise, of a graph.
    """
    if sections.summary:
        return summary(subject, graphs, sections)
    if sections.everything:
        return everything_known(subject, graphs, sections)
    found: list[str] = []
    if (sections.ops or sections.signatures) and not graphs:
        raise no_nodes(subject.inspection)
    for graph in graphs:
        part = _graph_sections(graph, sections)
        found += [f"{text.graph_title(graph)}", *part] if part and len(graphs) > 1 else part
    if sections.layers:
        found += _layers(subject)
    if sections.fingerprints:
        found += model_text.fingerprint_lines(subject.compute_fingerprints()) or ["no fingerprints"]
    if sections.problems:
        found += text.problem_lines(subject.inspection.problems) or ["no problems"]
    if sections.tensors:
        found += text.tensor_lines(_tensors(subject, sections))
    return found or ["none"]


def summary(subject: Subject, graphs: Graphs, sections: Sections) -> list[str]:
    """Format, tag sets, callable signatures, counts and problems."""
    found = [_title(subject)]
    for graph in graphs:
        found.append(text.graph_title(graph))
        for signature in graph.signatures:
            if not signature.internal:
                found += text.signature_lines(signature, java=sections.java, indent="  ")
        if len(graphs) == 1 and all(signature.internal for signature in graph.signatures) and not subject.inspection.subgraphs:
            found += _indented(without_signatures(subject, graph, java=sections.java))
    if subject.inspection.keras is not None:
        found += model_text.keras_lines(subject.inspection.keras)
    found += _subgraphs(subject)
    if subject.inspection.functions:
        found.append(f"functions: {', '.join(function.name for function in subject.inspection.functions)}")
    if subject.tensor_count:
        found.append(f"{count_text(subject.tensor_count, 'tensor')}, {size_text(subject.tensor_size_bytes)}")
    return found + _fingerprints_in_short(subject) + _version_lines(subject) + text.problem_lines(subject.inspection.problems)


def without_signatures(subject: Subject, graph: MetaGraph, *, java: bool) -> list[str]:
    """What `resolve` says of a graph that no caller's signature describes: its guess, or that there is none."""
    try:
        return text.guess_lines(subject.binding(graph.tags), java=java)
    except TfregError as error:
        if isinstance(error, GraphUnreadableError):
            return ["note: this graph cannot be read, so there are no names to tell; tfreg resolve says why."]
        return [f"note: {error.message} tfreg resolve {subject.name} says what to do."]


def everything_known(subject: Subject, graphs: Graphs, sections: Sections) -> list[str]:
    """All that the inspection holds."""
    found = [_title(subject), *text.file_lines(subject.files)]
    for graph in graphs:
        found += ["", text.graph_title(graph)]
        for signature in graph.signatures:
            found += text.signature_lines(signature, java=sections.java, indent="  ")
        found += _indented(text.asset_lines(graph, java=sections.java))
        found += _indented(text.target_lines(graph, java=sections.java))
        found += _indented(model_text.saver_lines(graph.saver))
        found += _indented(["ops", *_indented(graph.ops)] if graph.ops else [])
    keras = subject.inspection.keras
    parts = (
        []
        if keras is None
        else [*model_text.keras_lines(keras), *model_text.training_lines(keras), *model_text.layer_lines(keras)],
        _subgraphs(subject, all_of_them=True),
        text.function_lines(subject.inspection.functions),
        text.tensor_lines(_tensors(subject, sections)),
        text.fact_lines(subject.inspection.facts),
        model_text.fingerprint_lines(subject.compute_fingerprints() if sections.fingerprints else subject.fingerprints),
        _version_lines(subject),
        text.problem_lines(subject.inspection.problems),
    )
    for part in parts:
        found += ["", *part] if part else []
    return found


def _graph_sections(graph: MetaGraph, sections: Sections) -> list[str]:
    found: list[str] = []
    if sections.signature:
        for signature in graph.signatures:
            found += text.signature_lines(signature, java=sections.java)
    if sections.signatures:
        found += text.signature_list(graph)
    if sections.ops:
        found += table([(op,) for op in graph.ops])
    return found


def _layers(subject: Subject) -> list[str]:
    model = subject.inspection.keras
    if model is not None:
        return model_text.layer_lines(model)
    raise NoGraphError(
        f"{subject.name} is of format {subject.inspection.format}, which holds no Keras architecture, so there are no layers to list.",
        hint="--tensors lists its weights; a .keras or .h5 of the whole model, or its architecture as .json, has layers.",
        format=subject.inspection.format,
    )


def _tensors(subject: Subject, sections: Sections) -> Sequence[StoredTensor]:
    tensors, prefix = subject.tensors(), sections.prefix
    return (
        [tensor for tensor in tensors if tensor.name.startswith(prefix) or tensor.path.startswith(prefix)] if prefix else tensors
    )


def _subgraphs(subject: Subject, *, all_of_them: bool = False) -> list[str]:
    """The subgraphs of a TFLite model: the main one, and how many more there are, or all."""
    subgraphs = subject.inspection.subgraphs
    shown = subgraphs if all_of_them else subgraphs[:1]
    found = [line for number, subgraph in enumerate(shown) for line in model_text.subgraph_lines(number, subgraph)]
    more = len(subgraphs) - len(shown)
    return [*found, f"{count_text(more, 'more subgraph')}: --all lists them"] if more else found


def _fingerprints_in_short(subject: Subject) -> list[str]:
    found = () if subject.fingerprints is None else model_text.fingerprint_items(subject.fingerprints)
    known = [f"{name} {short_digest(value)}" for name, value in found if value and name in ("model", "weights")]
    return [f"fingerprints: {', '.join(known)}"] if known else []


def _version_lines(subject: Subject) -> list[str]:
    version = subject.version()
    if version is None:
        return text.label_lines(subject.inspection.labels)
    from tfreg.cli.conversion_text import conversion_rows  # a path has no conversions

    converted = table(conversion_rows(subject.conversions()), indent="  ")
    return [*text.version_lines(version), *(["conversions", *converted] if converted else [])]


def _conversion_documents(subject: Subject) -> list[Document]:
    from tfreg.cli.conversion_text import conversion_documents

    return conversion_documents(subject.conversions())


def _title(subject: Subject) -> str:
    parts = (subject.inspection.format, subject.digest, count_text(len(subject.files), "file"), size_text(subject.size_bytes))
    return f"{subject.name}: {', '.join(part for part in parts if part)}"


def _indented(lines: list[str] | tuple[str, ...]) -> list[str]:
    return [f"  {line}" for line in lines]
