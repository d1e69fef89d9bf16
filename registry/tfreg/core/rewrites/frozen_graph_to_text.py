"""A frozen graph in text form."""

from __future__ import annotations

from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.formats.limits import MAX_TEXT_BYTES
from tfreg.core.rewrites.frozen_graph_to_binary import FILE as BINARY_FILE
from tfreg.core.rewrites.frozen_graphs.editing import frozen_graph
from tfreg.core.rewrites.graphs.framing import size_bytes
from tfreg.core.rewrites.pieces import RewrittenTree
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten
from tfreg.core.rewrites.text_graphs.writing import graph_text

FILE = "frozen_graph.pbtxt"


def rewrite(request: RewriteRequest) -> Rewritten:
    """See `rewriting.Rewrite`."""
    graph = frozen_graph(request)
    text = graph_text(RewrittenTree({BINARY_FILE: graph.pieces}), BINARY_FILE)
    return graph.rewritten(RewrittenTree({FILE: text.pieces}), (*_lost(text.lost), *_long(size_bytes(text.pieces))))


def _lost(fields: set[str]) -> list[Diagnostic]:
    if not fields:
        return []
    told = ", ".join(sorted(fields))
    message = f"Fields that have no name here are not in the text: {told} (message and number)."
    return [Diagnostic("TFR501", Severity.WARNING, message, "Keep the binary form beside it.")]


def _long(length: int) -> list[Diagnostic]:
    if length <= MAX_TEXT_BYTES:
        return []
    message = f"The text has {length} bytes; tfreg shows the names and weights of texts up to {MAX_TEXT_BYTES} bytes only."
    return [Diagnostic("TFR501", Severity.WARNING, message, "TensorFlow reads it all the same; keep the binary form beside it.")]
