"""Small graphs that are made to be walked, counted or compared without end: they are answered in little time and memory."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tfreg.core.bindings import BindingQuery, FeedUse
from tfreg.core.errors import OutputNotFoundError
from tfreg.core.graphs.graph import Graph
from tfreg.core.graphs.reading import graph_of
from tfreg.core.inspections import Inspection, MetaGraph, Signature
from tfreg.core.resolving.resolve import resolve
from tfreg.core.tensors import TensorRef, TensorSpec
from tfreg.wire.graph_pb2 import GraphDef
from tfreg.wire.tensor_pb2 import DT_FLOAT


@contextmanager
def within(cpu_s: float, memory_mib: float) -> Iterator[None]:
    """Fails if the block takes more memory, or ten times the time: it tells growth without bound, not a slow machine."""
    tracemalloc.start()
    started_s = time.process_time()
    yield
    used_s = time.process_time() - started_s
    peak_mib = tracemalloc.get_traced_memory()[1] / (1 << 20)
    tracemalloc.stop()
    assert used_s < 10 * cpu_s, used_s
    assert peak_mib < memory_mib, peak_mib


def specs(names: list[str]) -> tuple[TensorSpec, ...]:
    return tuple(TensorSpec(f"key{number:06d}", TensorRef(name), "float32", ()) for number, name in enumerate(names))


def inspection(inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...]) -> Inspection:
    return Inspection("saved_model", (MetaGraph(("serve",), (Signature("serving_default", "", inputs, outputs),), ()),))


def test_nodes_that_say_they_have_many_outputs_cost_what_they_weigh() -> None:
    message, names = GraphDef(), [f"split{number}" for number in range(1000)]
    for name in names:
        node = message.node.add(name=name, op="Split")
        node.attr["num_split"].i = 60_000
        node.attr["T"].type = DT_FLOAT
    graph = graph_of(message)
    with within(cpu_s=20, memory_mib=64):
        binding = resolve(inspection((), specs(names)), BindingQuery(), lambda _: graph)
    assert len(binding.fetches) == 1000


def test_what_is_wrong_with_a_signature_is_told_of_the_first_hundred_tensors() -> None:
    binding = resolve(inspection((), specs(["ghost"] * 20_000)), BindingQuery(), lambda _: Graph(graph_of(GraphDef()).nodes, {}))
    assert len(binding.diagnostics) == 100


def test_an_output_that_needs_each_link_of_a_long_fed_chain_is_answered_in_little_time() -> None:
    message, names = GraphDef(), [f"link{number}" for number in range(10_000)]
    message.node.add(name="start", op="Const")
    for before, name in zip(["start", *names], names, strict=False):
        message.node.add(name=name, op="Identity", input=[before])
    message.node.add(name="sum", op="AddN", input=names)
    graph = graph_of(message)
    with within(cpu_s=60, memory_mib=64):
        binding = resolve(inspection(specs(names), specs(["sum"])), BindingQuery(), lambda _: graph)
    assert binding.feeds[0].use is FeedUse.OPTIONAL


def test_a_loop_whose_variables_hang_on_each_other_one_by_one_is_answered_in_little_time() -> None:
    count, message = 3000, GraphDef()
    for name in ("body", "condition"):
        function = message.library.function.add()
        function.signature.name = name
        for number in range(count):
            function.signature.input_arg.add(name=f"i{number}")
            if name == "body" or not number:
                function.signature.output_arg.add(name=f"o{number}")
                function.ret[f"o{number}"] = f"i{min(number + 1, count - 1)}"
    names = [f"x{number}" for number in range(count)]
    for name in names:
        message.node.add(name=name, op="Placeholder")
    loop = message.node.add(name="loop", op="While", input=names)
    loop.attr["cond"].func.name, loop.attr["body"].func.name = "condition", "body"
    message.node.add(name="y", op="Identity", input=["loop"])
    graph = graph_of(message)
    with within(cpu_s=20, memory_mib=64):
        binding = resolve(inspection(specs(names), specs(["y"])), BindingQuery(), lambda _: graph)
    assert {feed.use for feed in binding.feeds} == {FeedUse.REQUIRED}


def test_names_of_many_outputs_of_a_call_are_found_without_counting_each_time() -> None:
    count, message = 10_000, GraphDef()
    callee = message.library.function.add()
    callee.signature.name = "many"
    caller = message.library.function.add()
    caller.signature.name = "caller"
    caller.signature.output_arg.add(name="y")
    caller.ret["y"] = "sum:sum:0"
    for number in range(count):
        callee.signature.output_arg.add(name=f"o{number}")
    caller.node_def.add(name="call", op="many")
    caller.node_def.add(name="sum", op="AddN", input=[f"call:o{number}:0" for number in range(count)])
    for name in ("a", "b", "c"):
        message.node.add(name=name, op="NoOp")
    message.node.add(name="y", op="caller")
    graph = graph_of(message)
    with within(cpu_s=10, memory_mib=64):
        resolve(inspection((), specs(["y"])), BindingQuery(), lambda _: graph)


def test_a_name_of_megabytes_is_compared_with_nothing() -> None:
    graph = graph_of(GraphDef(node=[{"name": f"n{number}" * 30, "op": "NoOp"} for number in range(100)]))
    with within(cpu_s=10, memory_mib=64), pytest.raises(OutputNotFoundError):
        resolve(inspection((), specs(["n0"])), BindingQuery(outputs=("ab" * 2_000_000,)), lambda _: graph)


def test_an_output_asked_for_a_million_times_is_looked_up_once() -> None:
    names = [f"n{number}" for number in range(5000)]
    graph = graph_of(GraphDef(node=[{"name": name, "op": "NoOp"} for name in names]))
    with within(cpu_s=10, memory_mib=64):
        query = BindingQuery(outputs=("key004999",) * 1_000_000)
        assert len(resolve(inspection((), specs(names)), query, lambda _: graph).fetches) == 1
