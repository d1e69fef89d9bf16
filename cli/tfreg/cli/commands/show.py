"""`tfreg show`: what a model says about itself."""

from __future__ import annotations

from typing import Annotated

import typer

from tfreg.cli.choosing import tag_set, with_signature, with_tags
from tfreg.cli.completions import complete_reference
from tfreg.cli.settings import OutputForm, OutputOption, settings_of
from tfreg.cli.showing import Sections, document, lines
from tfreg.cli.subjects import Subject, open_subject
from tfreg.cli.writing import write_json, write_lines
from tfreg.core.errors import RequestInvalidError


def show(
    context: typer.Context,
    *,
    subject: Annotated[
        str, typer.Argument(metavar="REF|PATH", help="A reference or a local path.", autocompletion=complete_reference)
    ],
    everything: Annotated[
        bool, typer.Option("--all", help="All that is known: functions, ops, layers, tensors, assets, files, facts.")
    ] = False,
    tags: Annotated[str, typer.Option("--tag-set", metavar="A,B", help="Only the MetaGraphDef with exactly these tags.")] = "",
    signature: Annotated[str, typer.Option(metavar="KEY", help="One signature.")] = "",
    signatures: Annotated[bool, typer.Option("--signatures", help="The keys of all signatures.")] = False,
    ops: Annotated[bool, typer.Option("--ops", help="The ops that the graph and its functions use.")] = False,
    nodes: Annotated[bool, typer.Option("--nodes", help="The nodes of the graph, with outputs and inputs.")] = False,
    wanted_ops: Annotated[
        list[str] | None, typer.Option("--op", metavar="OP", help="Only nodes of this op, such as Placeholder. Repeatable.")
    ] = None,
    with_functions: Annotated[bool, typer.Option("--with-functions", help="The nodes of functions too.")] = False,
    prefix: Annotated[str, typer.Option(metavar="PREFIX", help="Only nodes, or tensors, whose names start so.")] = "",
    layers: Annotated[bool, typer.Option("--layers", help="The layers of a Keras model, and its parameters.")] = False,
    problems: Annotated[bool, typer.Option("--problems", help="What is wrong or unsafe, or may be.")] = False,
    tensors: Annotated[bool, typer.Option("--tensors", help="The stored tensors and where their bytes are.")] = False,
    fingerprints: Annotated[
        bool, typer.Option("--fingerprints", help="What identifies the model in any format; of a path, reads its weights.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare the checksums that the format keeps of its values; reads a path's weights.")
    ] = False,
    java: Annotated[bool, typer.Option("--java", help="Names as TensorFlow Java takes them, without :0.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as -o json.")] = False,
    output: OutputOption = OutputForm.TABLE,
) -> None:
    """Tell what a model says about itself.

    A local path is read by this process alone: no server, no TensorFlow.
    """
    sections = Sections(
        everything=everything,
        signature=signature,
        signatures=signatures,
        ops=ops,
        problems=problems,
        tensors=tensors,
        layers=layers,
        fingerprints=fingerprints,
        prefix=prefix,
        java=java,
    )
    nodes = nodes or bool(wanted_ops) or with_functions
    if prefix and not (nodes or tensors or everything):
        raise RequestInvalidError("--prefix is for --nodes and --tensors.", hint="Add one of them.")
    output = OutputForm.JSON if as_json else output
    with open_subject(subject, settings_of(context), verify=verify) as found:
        if not nodes or not sections.summary:
            graphs = with_signature(with_tags(found.inspection.meta_graphs, tags), signature)
            if output is OutputForm.JSON and not nodes:
                write_json(document(found, graphs, sections))
            elif output is not OutputForm.JSON:
                write_lines(lines(found, graphs, sections))
        if nodes:
            _write_nodes(found, (wanted_ops or [], prefix, with_functions), tags, output)


def _write_nodes(subject: Subject, asked: tuple[list[str], str, bool], tags: str, output: OutputForm) -> None:
    """Writes nodes as they come."""
    from tfreg.cli.node_text import write_nodes, write_nodes_json
    from tfreg.core.graphs.listing import NodeFilter

    ops, prefix, with_functions = asked
    wanted = NodeFilter(frozenset(op for text in ops for op in text.split(",") if op), prefix, with_functions)
    found = subject.nodes(wanted, tag_set(tags))
    if output is OutputForm.JSON:
        write_nodes_json(subject.name, found)
    elif not write_nodes(found):
        write_lines(["none"])
