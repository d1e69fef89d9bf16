"""Any graph has the fingerprint of the same graph with other names, in another order, or partly moved into functions."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tfreg.core.fingerprints.computing import fingerprints_of
from tfreg.core.formats.frozen_graph import FrozenGraphFormat
from tfreg.core.records import Fingerprints
from tfreg.core.trees import MemoryTree
from tfreg.wire.graph_pb2 import GraphDef, NodeDef
from tfreg.wire.tensor_pb2 import DT_FLOAT

_OPS = {
    "Relu": ("activations", 1),
    "Neg": ("y", 1),
    "Add": ("z", 2),
    "Sub": ("z", 2),
    "MatMul": ("product", 2),
    "TopKV2": ("values", 2),
}


@st.composite
def graphs(draw: st.DrawFn) -> GraphDef:
    """Two inputs, two weights, and ops over whatever stands before them; the last one is the output."""
    graph = GraphDef()
    for name in ("x", "z"):
        graph.node.add(name=name, op="Placeholder").attr["dtype"].type = DT_FLOAT
    for number in range(2):
        tensor = graph.node.add(name=f"w{number}", op="Const").attr["value"].tensor
        tensor.dtype = DT_FLOAT
        tensor.tensor_shape.dim.add(size=2)
        tensor.float_val.extend([number, draw(st.integers(0, 2))])
    for number in range(draw(st.integers(1, 12))):
        op = draw(st.sampled_from(sorted(_OPS)))
        before = [node.name for node in graph.node]
        graph.node.add(name=f"n{number}", op=op, input=[draw(st.sampled_from(before)) for _ in range(_OPS[op][1])])
    loose = [node.name for node in graph.node if not any(node.name in other.input for other in graph.node)]
    graph.node.add(name="out", op="Pack", input=loose)
    return graph


def fingerprints(graph: GraphDef) -> Fingerprints:
    tree, kind = MemoryTree({"graph.pb": graph.SerializeToString()}), FrozenGraphFormat()
    return fingerprints_of(tree, kind, kind.inspect(tree))


def renamed(graph: GraphDef, seed: int) -> GraphDef:
    """The same with other names, and nodes in any order."""
    shuffled = list(graph.node)
    random.Random(seed).shuffle(shuffled)
    names = {node.name: f"scope_{place}/{node.op}" for place, node in enumerate(shuffled)}
    result = GraphDef()
    for node in shuffled:
        copy = result.node.add()
        copy.CopyFrom(node)
        copy.name = names[node.name]
        copy.device = "/device:CPU:0"
        del copy.input[:]
        copy.input.extend(names[text] for text in node.input)
    return result


def in_function(graph: GraphDef) -> GraphDef:
    """The same with all ops in the body of a function, to which inputs and weights are passed, the latter through Identities."""
    result = GraphDef()
    leaves = [node for node in graph.node if node.op in ("Placeholder", "Const")]
    body = result.library.function.add()
    body.signature.name = "body"
    for leaf in leaves:
        result.node.add().CopyFrom(leaf)
        body.signature.input_arg.add(name=f"arg_{leaf.name}", type=DT_FLOAT)
    body.signature.output_arg.add(name="result", type=DT_FLOAT)
    outputs = {leaf.name: f"arg_{leaf.name}" for leaf in leaves}
    for node in graph.node:
        if node.name not in outputs:
            inner: NodeDef = body.node_def.add(name=node.name, op=node.op, input=[outputs[text] for text in node.input])
            outputs[inner.name] = f"{inner.name}:{_OPS.get(node.op, ('output', 0))[0]}:0"
    body.ret["result"] = outputs["out"]
    for leaf in leaves:
        result.node.add(name=f"{leaf.name}/read", op="Identity", input=[leaf.name])
    call = result.node.add(name="call", op="StatefulPartitionedCall", input=[f"{leaf.name}/read" for leaf in leaves])
    call.attr["f"].func.name = "body"
    call.attr["Tout"].list.type.append(DT_FLOAT)
    return result


@settings(max_examples=80)
@given(graphs(), st.integers())
def test_names_and_order_do_not_count(graph: GraphDef, seed: int) -> None:
    found = fingerprints(graph)
    assert found.program
    assert found.model
    assert fingerprints(renamed(graph, seed)) == found


@settings(max_examples=80)
@given(graphs())
def test_functions_do_not_count(graph: GraphDef) -> None:
    found, called = fingerprints(graph), fingerprints(in_function(graph))
    assert (called.program, called.model) == (found.program, found.model)


@settings(max_examples=80)
@given(graphs(), st.data())
def test_another_op_is_another_program(graph: GraphDef, data: st.DataObject) -> None:
    found = fingerprints(graph)
    node = data.draw(st.sampled_from([node for node in graph.node if node.name.startswith("n")]))
    node.op = {"Relu": "Neg", "Neg": "Relu", "Add": "Sub", "Sub": "Add", "MatMul": "Add", "TopKV2": "MatMul"}[node.op]
    changed = fingerprints(graph)
    assert changed.program != found.program
    assert changed.model != found.model
