"""Reachability against a slow reference that follows one tensor at a time, on random graphs with nested functions."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.graphs.graph import Graph
from tfreg.core.graphs.reachability import Reachability
from tfreg.core.graphs.reading import graph_of
from tfreg.core.tensors import TensorRef
from tfreg.wire.graph_pb2 import GraphDef, NodeDef

ARGUMENTS, OUTPUTS = 3, 2


@dataclass
class Body:
    """Nodes in the order of the data. A call is `fN`; everything else has one output."""

    sources: list[str]
    nodes: list[tuple[str, str, list[str]]] = field(default_factory=list)
    ret: list[str] = field(default_factory=list)


@st.composite
def bodies(draw: st.DrawFn, callees: int, prefix: str) -> Body:
    body = Body([f"{prefix}{i}" for i in range(ARGUMENTS)])
    tensors = list(body.sources)
    for number in range(draw(st.integers(1, 6))):
        op = draw(st.sampled_from(["Mix", *(f"f{i}" for i in range(callees))]))
        count = ARGUMENTS if op != "Mix" else draw(st.integers(0, 3))
        name = f"n{number}"
        body.nodes.append((name, op, draw(st.lists(st.sampled_from(tensors), min_size=count, max_size=count))))
        tensors += [name] if op == "Mix" else [f"{name}:{index}" for index in range(OUTPUTS)]
    body.ret = draw(st.lists(st.sampled_from(tensors), min_size=OUTPUTS, max_size=OUTPUTS))
    return body


@st.composite
def programs(draw: st.DrawFn) -> list[Body]:
    """Bodies of f0, f1, f2, each of which calls only earlier ones; the last is the graph."""
    return [draw(bodies(number, "a")) for number in range(3)] + [draw(bodies(3, "p"))]


def reference(program: list[Body], level: int, tensor: str) -> set[str]:
    """Names of the sources of a body that a tensor needs."""
    body = program[level]
    name, _, index = tensor.partition(":")
    if name in body.sources:
        return {name}
    op, inputs = next((op, inputs) for found, op, inputs in body.nodes if found == name)
    if op != "Mix":
        callee = int(op[1:])
        wanted = reference(program, callee, program[callee].ret[int(index)])
        inputs = [text for source, text in zip(program[callee].sources, inputs, strict=True) if source in wanted]
    return set().union(*(reference(program, level, text) for text in inputs))


def in_function(tensor: str) -> str:
    name, colon, index = tensor.partition(":")
    return f"{name}:o{index}:0" if colon else tensor if tensor.startswith("a") else f"{tensor}:out:0"


def graph_def(program: list[Body]) -> GraphDef:
    graph = GraphDef(node=[NodeDef(name=name, op="Placeholder") for name in program[-1].sources])
    graph.node.extend(NodeDef(name=name, op=op, input=inputs) for name, op, inputs in program[-1].nodes)
    graph.node.extend(NodeDef(name=f"after{i}", op="Mix", input=[tensor]) for i, tensor in enumerate(program[-1].ret))
    for number, body in enumerate(program[:-1]):
        function = graph.library.function.add()
        function.signature.name = f"f{number}"
        for source in body.sources:
            function.signature.input_arg.add(name=source)
        for index, tensor in enumerate(body.ret):
            function.signature.output_arg.add(name=f"o{index}")
            function.ret[f"o{index}"] = in_function(tensor)
        function.node_def.extend(NodeDef(name=name, op=op, input=map(in_function, inputs)) for name, op, inputs in body.nodes)
    return graph


def needed(graph: Graph, name: str) -> set[str]:
    return set(Reachability(graph, lambda _: False).placeholders((TensorRef(name),)))


@given(programs())
def test_random_graphs_need_what_the_reference_says(program: list[Body]) -> None:
    graph = graph_of(graph_def(program))
    for index, tensor in enumerate(program[-1].ret):
        assert needed(graph, f"after{index}") == reference(program, len(program) - 1, tensor)


@given(programs())
def test_feeding_what_is_needed_leaves_nothing_needed(program: list[Body]) -> None:
    graph = graph_of(graph_def(program))
    reachability = Reachability(graph, lambda _: False)
    wanted = (TensorRef("after0"),)
    feeds = [TensorRef(name) for name in reachability.placeholders(wanted)]
    reached = reachability.reached(wanted, feeds)
    assert reached.fed == frozenset(feeds)
    assert reachability.placeholders(wanted, feeds) == ()


@given(st.lists(st.lists(st.integers(0, 19), max_size=3), min_size=20, max_size=20))
def test_graphs_with_cycles_need_the_placeholders_that_lead_to_them(inputs: list[list[int]]) -> None:
    graph = GraphDef(node=[NodeDef(name=f"n{i}", op="Mix", input=[f"n{j}" for j in of]) for i, of in enumerate(inputs)])
    for node in graph.node[:3]:
        node.op = "Placeholder"
        del node.input[:]
    edges = {node.name: set(node.input) for node in graph.node}
    closure = {"n19"}
    while (more := closure.union(*(edges[name] for name in closure))) != closure:
        closure = more
    assert needed(graph_of(graph), "n19") == closure & {"n0", "n1", "n2"}
