"""What tensors depend on: from the tensors that are wanted back to the placeholders, across functions.

The answer is that of a TensorFlow session with its default options, measured with TensorFlow 2.21, because "required" means that
a run fails without:

- A call is inlined, so an argument that no output of the function needs is not asked for, through any number of nested calls. It is
  asked for where calls are not inlined: `_noinline`, `jit_compile` (`_XlaMustCompile`), and graphs of less than `_MIN_GRAPH_NODES`
  nodes, which the graph optimizer leaves alone.
- A call that is fetched itself is inlined as a whole: every input that any of its outputs needs is asked for. One that other nodes
  consume only gives what they use.
- Of a loop only the variables are asked for that the wanted ones or its condition need; of a branch, what any branch needs.
- What has an effect runs: control returns of a function, and its stateful ops (this asks for slightly more than TensorFlow does,
  which drops some of them).
- Control inputs count. A call that is only a control input runs for its effects alone.

A session whose graph optimizer is switched off asks for more: then every input of a call must be fed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from tfreg.core.graphs.function_needs import FunctionNeeds
from tfreg.core.graphs.graph import Graph
from tfreg.core.graphs.walk import Walk
from tfreg.core.ops.table import is_stateful
from tfreg.core.tensors import TensorRef

_MIN_GRAPH_NODES = 4
_FREE_NODES, _MAX_VISITS = 100_000, 20
"""What `needs_feed` and `reads_batches` may walk: each node of the graph so often on average, and these nodes in any case."""
PLACEHOLDER_OPS = frozenset({"Placeholder", "PlaceholderV2"})
INPUT_OPS = PLACEHOLDER_OPS | {"PlaceholderWithDefault"}
ITERATOR_READING_OPS = frozenset({"IteratorGetNext", "IteratorGetNextSync"})
QUEUE_READING_OPS = frozenset(
    {
        "QueueDequeue",
        "QueueDequeueV2",
        "QueueDequeueMany",
        "QueueDequeueManyV2",
        "QueueDequeueUpTo",
        "QueueDequeueUpToV2",
    }
)
_UNFILLED_OPS = PLACEHOLDER_OPS | QUEUE_READING_OPS | {"Iterator", "IteratorV2"}
"""What a run has no value for unless it is fed: a loader starts no queue runner and initialises no iterator of training."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What a run touches.

    Attributes:
        nodes: Names of the nodes at the top level that run.
        fed: The fed tensors that they consume.
    """

    nodes: frozenset[str]
    fed: frozenset[TensorRef]


class Reachability:
    """Answers what tensors of one graph depend on; remembers what it learnt about functions."""

    def __init__(self, graph: Graph, is_stateful: Callable[[str], bool] = is_stateful) -> None:
        self._graph = graph
        self._needs = FunctionNeeds(graph.functions, is_stateful)
        self._inlines = len(graph.nodes) >= _MIN_GRAPH_NODES
        self._allowed_nodes = _FREE_NODES + _MAX_VISITS * len(graph.nodes)

    def reached(self, wanted: Iterable[TensorRef], fed: Collection[TensorRef] = ()) -> Reached:
        """Returns what a run that fetches `wanted` and feeds `fed` touches. Names that the graph lacks are passed over."""
        walk = Walk(self._graph.nodes, self._graph.functions, self._needs, fed=frozenset(fed), inlines=self._inlines)
        for ref in wanted:
            walk.want_whole(ref)
        walk.run()
        return Reached(frozenset(walk.visited), frozenset(walk.fed))

    def needs_feed(self, ref: TensorRef) -> bool:
        """Returns whether a run that fetches one tensor fails unless something is fed.

        That is a placeholder without default, or what a queue or an iterator would have to give. Asked too often of too large a graph, it
        says yes without looking.
        """
        ops = self._ops_below(ref)
        return ops is None or not ops.isdisjoint(_UNFILLED_OPS)

    def reads_batches(self, ref: TensorRef) -> bool:
        """Returns whether a run that fetches one tensor reads from an iterator or a queue.

        Asked too often of too large a graph, it says no without looking.
        """
        ops = self._ops_below(ref)
        return ops is not None and not ops.isdisjoint(ITERATOR_READING_OPS | QUEUE_READING_OPS)

    def _ops_below(self, ref: TensorRef) -> frozenset[str] | None:
        if self._allowed_nodes < 0:
            return None
        nodes, reached = self._graph.nodes, self.reached((ref,)).nodes
        self._allowed_nodes -= len(reached)
        return frozenset(nodes.op_of(name) for name in reached)

    def placeholders(self, wanted: Iterable[TensorRef], fed: Collection[TensorRef] = ()) -> tuple[str, ...]:
        """Returns the placeholders without default that a run asks for and that `fed` does not feed, sorted."""
        nodes = self._graph.nodes
        return tuple(sorted(name for name in self.reached(wanted, fed).nodes if nodes.op_of(name) in PLACEHOLDER_OPS))
