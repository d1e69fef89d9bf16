"""`tfreg show`: what a model says about itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import typer

from tfreg.cli import inspection_text as text
from tfreg.cli.choosing import with_signature, with_tags
from tfreg.cli.completions import complete_reference
from tfreg.cli.documents import Document, inspection_document
from tfreg.cli.settings import OutputForm, OutputOption, settings_of
from tfreg.cli.subjects import Subject, open_subject
from tfreg.cli.tables import table
from tfreg.cli.wording import count_text, size_text
from tfreg.cli.writing import write_json, write_lines
from tfreg.core.errors import TfregError
from tfreg.core.inspections import MetaGraph


@dataclass(frozen=True, slots=True)
class Sections:
    """Which parts were asked for; none: the summary."""

    everything: bool
    signature: str
    signatures: bool
    ops: bool
    problems: bool
    tensors: bool
    java: bool

    @property
    def summary(self) -> bool:
        """True if no part was asked for."""
        return not (self.everything or self.signature or self.signatures or self.ops or self.problems or self.tensors)


def show(
    context: typer.Context,
    *,
    subject: Annotated[
        str, typer.Argument(metavar="REF|PATH", help="A reference or a local path.", autocompletion=complete_reference)
    ],
    everything: Annotated[
        bool, typer.Option("--all", help="All that is known: functions, ops, tensors, assets, files, facts.")
    ] = False,
    tags: Annotated[str, typer.Option("--tag-set", metavar="A,B", help="Only the MetaGraphDef with exactly these tags.")] = "",
    signature: Annotated[str, typer.Option(metavar="KEY", help="One signature.")] = "",
    signatures: Annotated[bool, typer.Option("--signatures", help="The keys of all signatures.")] = False,
    ops: Annotated[bool, typer.Option("--ops", help="The ops that the graph and its functions use.")] = False,
    problems: Annotated[bool, typer.Option("--problems", help="What is wrong, or may be.")] = False,
    tensors: Annotated[bool, typer.Option("--tensors", help="The stored tensors and where their bytes are.")] = False,
    java: Annotated[bool, typer.Option("--java", help="Names as TensorFlow Java takes them, without :0.")] = False,
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """Tell what a model says about itself.

    A local path is read by this process alone: no server, no TensorFlow.
    """
    sections = Sections(everything, signature, signatures, ops, problems, tensors, java)
    with open_subject(subject, settings_of(context)) as found:
        graphs = with_signature(with_tags(found.inspection.meta_graphs, tags), signature)
        if output is OutputForm.JSON:
            write_json(document(found, graphs))
        else:
            write_lines(lines(found, graphs, sections))


def document(subject: Subject, graphs: tuple[MetaGraph, ...]) -> Document:
    """The JSON document: all that the inspection holds, for the MetaGraphDefs chosen."""
    return {
        "subject": subject.name,
        "artifact_digest": subject.digest or None,
        "size_bytes": subject.size_bytes,
        "files": [{"path": file.path, "size_bytes": file.size_bytes} for file in subject.files],
        **inspection_document(replace(subject.inspection, meta_graphs=graphs), subject.tensors()),
    }


def lines(subject: Subject, graphs: tuple[MetaGraph, ...], sections: Sections) -> list[str]:
    """The text: the summary, everything, or the parts that were asked for."""
    if sections.summary:
        return summary(subject, graphs, sections)
    if sections.everything:
        return everything_known(subject, graphs, sections)
    found: list[str] = []
    for graph in graphs:
        part = _graph_sections(graph, sections)
        found += [f"{text.graph_title(graph)}", *part] if part and len(graphs) > 1 else part
    if sections.problems:
        found += text.problem_lines(subject.inspection.problems) or ["no problems"]
    if sections.tensors:
        found += text.tensor_lines(subject.tensors())
    return found or ["none"]


def summary(subject: Subject, graphs: tuple[MetaGraph, ...], sections: Sections) -> list[str]:
    """Format, tag sets, callable signatures, counts and problems."""
    found = [_title(subject)]
    for graph in graphs:
        found.append(text.graph_title(graph))
        for signature in graph.signatures:
            if not signature.internal:
                found += text.signature_lines(signature, java=sections.java, indent="  ")
        if len(graphs) == 1 and all(signature.internal for signature in graph.signatures):
            found += _indented(without_signatures(subject, graph, java=sections.java))
    if subject.inspection.functions:
        found.append(f"functions: {', '.join(function.name for function in subject.inspection.functions)}")
    if subject.tensor_count:
        found.append(f"{count_text(subject.tensor_count, 'tensor')}, {size_text(subject.tensor_size_bytes)}")
    return found + _version_lines(subject) + text.problem_lines(subject.inspection.problems)


def without_signatures(subject: Subject, graph: MetaGraph, *, java: bool) -> list[str]:
    """What `resolve` says of a graph that no caller's signature describes: its guess, or that there is none."""
    try:
        return text.guess_lines(subject.binding(graph.tags), java=java)
    except TfregError as error:
        return [f"note: {error.message} tfreg resolve {subject.name} says what to do."]


def everything_known(subject: Subject, graphs: tuple[MetaGraph, ...], sections: Sections) -> list[str]:
    """All that the inspection holds."""
    found = [_title(subject), *text.file_lines(subject.files)]
    for graph in graphs:
        found += ["", text.graph_title(graph)]
        for signature in graph.signatures:
            found += text.signature_lines(signature, java=sections.java, indent="  ")
        found += _indented(text.asset_lines(graph, java=sections.java))
        found += _indented(text.target_lines(graph, java=sections.java))
        found += _indented(["ops", *_indented(graph.ops)] if graph.ops else [])
    parts = (
        text.function_lines(subject.inspection.functions),
        text.tensor_lines(subject.tensors()),
        text.fact_lines(subject.inspection.facts),
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


def _version_lines(subject: Subject) -> list[str]:
    version = subject.version()
    return [] if version is None else text.version_lines(version)


def _title(subject: Subject) -> str:
    parts = (subject.inspection.format, subject.digest, count_text(len(subject.files), "file"), size_text(subject.size_bytes))
    return f"{subject.name}: {', '.join(part for part in parts if part)}"


def _indented(lines: list[str] | tuple[str, ...]) -> list[str]:
    return [f"  {line}" for line in lines]
