"""The scan of a GraphDef, and the graph behind it: facts and a fault, or GraphUnreadableError; never more nodes than bytes."""

from contextlib import suppress

from tfreg.core.bindings import BindingQuery
from tfreg.core.errors import TfregError
from tfreg.core.formats.frozen_graph import FrozenGraphFormat
from tfreg.core.formats.graph_scan import scan_graph
from tfreg.core.layouts import Span
from tfreg.core.resolving.resolve import resolve
from tfreg.core.trees import BytesReader, MemoryTree

NAME = "graph_def"
SEEDS = ("frozen_tf1.pb", "frozen_functions.pb", "frozen_unsigned_two_outputs.pb", "unsafe_frozen.pb", b"", b"\x0a\x00" * 100)


def one_input(data: bytes) -> None:
    """Scans, inspects, and resolves by guess."""
    scanned = scan_graph(BytesReader(data), "g.pb", [Span(0, len(data))])
    assert scanned.node_count <= len(data)
    for tensor in scanned.constants:
        assert 0 <= tensor.offset_bytes <= tensor.offset_bytes + tensor.size_bytes <= len(data)
    tree, kind = MemoryTree({"g.pb": data}), FrozenGraphFormat()
    inspection = kind.inspect(tree)
    with suppress(TfregError):
        resolve(inspection, BindingQuery(), lambda index: kind.graph(tree, index))
