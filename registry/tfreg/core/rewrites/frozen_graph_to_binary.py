"""A frozen graph in binary form, whichever form it has: as it is, or cut to what the caller asks for."""

from __future__ import annotations

from tfreg.core.rewrites.frozen_graphs.editing import frozen_graph
from tfreg.core.rewrites.pieces import RewrittenTree
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten

FILE = "frozen_graph.pb"


def rewrite(request: RewriteRequest) -> Rewritten:
    """See `rewriting.Rewrite`."""
    graph = frozen_graph(request)
    return graph.rewritten(RewrittenTree({FILE: graph.pieces}))
