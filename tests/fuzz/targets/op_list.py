"""A list of ops of a stranger's runtime, compared with a graph: read or RuntimeInvalidError, and findings in their number."""

from contextlib import suppress

from tfreg.core.errors import RuntimeInvalidError
from tfreg.core.graphs.reading import graph_of
from tfreg.core.runtimes.fit import MAX_FINDINGS, misfits
from tfreg.core.runtimes.known import known_runtime, newest_ops
from tfreg.core.runtimes.op_list import read_op_list
from tfreg.wire.graph_pb2 import GraphDef

NAME = "op_list"
SEEDS = (known_runtime("tensorflow-java-1.1.0")[1][:20_000], b"", b"\x0a\x03\x0a\x01x" * 3)
_GRAPH = graph_of(
    GraphDef(
        node=[
            {"name": "a", "op": "Abort", "attr": {"error_msg": {"s": b"x"}, "exit_without_error": {"i": 1}}},
            {"name": "b", "op": "Abs", "attr": {"T": {"type": 7}}},
            {"name": "c", "op": "x"},
        ]
    )
)


def one_input(data: bytes) -> None:
    """Reads a list, and compares a small graph with it."""
    with suppress(RuntimeInvalidError):
        assert len(misfits(_GRAPH, read_op_list(data), "fuzzed", newest_ops)) <= MAX_FINDINGS
