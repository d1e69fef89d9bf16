"""Narrows an inspection to the tag set and the signature that the user named."""

from __future__ import annotations

from dataclasses import replace

from tfreg.core.errors import TagSetNotFoundError
from tfreg.core.inspections import MetaGraph
from tfreg.core.resolving.signatures import unknown_signature
from tfreg.core.resolving.tag_sets import choose_meta_graph

Graphs = tuple[MetaGraph, ...]


def tag_set(text: str) -> tuple[str, ...]:
    """Reads `serve,gpu`."""
    return tuple(tag.strip() for tag in text.split(",") if tag.strip())


def with_tags(graphs: Graphs, text: str) -> Graphs:
    """Returns the MetaGraphDef whose whole tag set was named; all of them if none was.

    Raises:
        TagSetNotFoundError: There is no such one.
    """
    if not text:
        return graphs
    if not graphs:
        raise TagSetNotFoundError(
            "The model has no MetaGraphDef, so it has no tag sets.", hint="Leave the tag set out.", tags=text
        )
    return (graphs[choose_meta_graph(graphs, tag_set(text))],)


def with_signature(graphs: Graphs, key: str) -> Graphs:
    """Returns the MetaGraphDefs that have a signature of that key, each with that signature only; all as they are for no key.

    Raises:
        SignatureNotFoundError: None has it.
    """
    if not key:
        return graphs
    found = [
        replace(graph, signatures=tuple(signature for signature in graph.signatures if signature.key == key)) for graph in graphs
    ]
    having = tuple(graph for graph in found if graph.signatures)
    if not having:
        raise unknown_signature(graphs[0] if graphs else MetaGraph((), (), ()), key)
    return having
