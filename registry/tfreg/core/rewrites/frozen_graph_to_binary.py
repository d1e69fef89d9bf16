"""A frozen graph in binary form, whichever form it has: as it is, or cut to what the caller asks for."""

from __future__ import annotations

from tfreg.core.rewrites.frozen_graphs.editing import frozen_edit
from tfreg.core.rewrites.pieces import RewrittenTree
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten

FILE = "frozen_graph.pb"


def rewrite(request: RewriteRequest) -> Rewritten:
    """See `rewriting.Rewrite`."""
    with frozen_edit(request) as edited:
        return edited.rewritten(RewrittenTree({FILE: edited.edit.pieces()}))
