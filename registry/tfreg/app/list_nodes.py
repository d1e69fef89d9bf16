"""Listing the nodes of stored graphs, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from tfreg.app.choice import choose
from tfreg.app.graphs import Graphs
from tfreg.app.inspecting import Inspections
from tfreg.app.overlaying import read_signatures, seen
from tfreg.app.paging import Page, PageRequest
from tfreg.app.stores import Stores
from tfreg.core.names import Reference

if TYPE_CHECKING:
    from tfreg.core.graphs.listing import ListedNode, NodeFilter, NodePosition

_NODES = 1 << 32
"""More than a graph or a function can have."""


@dataclass(frozen=True, slots=True)
class NodeQuery:
    """What is listed: of which artifact, of which MetaGraphDef, which nodes."""

    reference: Reference
    formats: Sequence[str]
    tags: tuple[str, ...]
    wanted: NodeFilter


def list_nodes(stores: Stores, inspections: Inspections, graphs: Graphs, query: NodeQuery, page: PageRequest) -> Page[ListedNode]:
    """Returns nodes in the file's order, those of the top level first.

    Raises:
        NotFoundError: There is no such model, version, alias, artifact or tag set.
        FormatNotStoredError, FormatUnknownError, TagSetAmbiguousError: As named.
        NoGraphError, GraphUnreadableError: The format holds no graph, or it is damaged.
        PageTokenInvalidError: The token is of another list; also if the reference stands for another artifact by now.
    """
    from tfreg.core.graphs import listing
    from tfreg.core.resolving.tag_sets import choose_meta_graph

    chosen = choose(stores.catalog, query.reference, query.formats)
    artifact = chosen.artifact
    _, declared = read_signatures(stores.catalog, chosen)
    model = seen(inspections.of(artifact), declared)
    if not model.inspection.meta_graphs or model.inspection.subgraphs:
        raise listing.no_nodes(model.inspection)
    meta_graph = model.sources[choose_meta_graph(model.inspection.meta_graphs, query.tags)]
    wanted = query.wanted
    of = ("nodes", artifact.digest, str(meta_graph), wanted.prefix, str(wanted.with_functions), *sorted(wanted.ops))
    limit = page.limit(stores.limits)
    with graphs.of(artifact)(meta_graph) as graph:
        found = list(islice(listing.list_nodes(graph, wanted, _position(page, of)), limit + 1))
        nodes = [read() for _, read in found[:limit]]
    positions = [_written(position) for position, _ in found]
    return Page(nodes, of, positions[:limit], more=len(found) > limit)


def _position(page: PageRequest, of: Sequence[str]) -> NodePosition:
    from tfreg.core.graphs.listing import NodePosition

    number = page.number(of)
    function, node = divmod(number, _NODES)
    return NodePosition(function - 1, node)


def _written(position: NodePosition) -> str:
    """Returns what comes after a position as one number."""
    return str((position.function + 1) * _NODES + position.node + 1)
