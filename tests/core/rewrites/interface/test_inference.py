"""Static shapes, compared with those that TensorFlow infers; and what holds a changed size fast."""

import json
from pathlib import Path

import pytest

from tests.core.rewrites.interface.conftest import MODELS, source_at
from tfreg.core.rewrites.interface.inference.dims import Dim, FixedError, Shaped
from tfreg.core.rewrites.interface.inference.inferring import ConflictError, infer
from tfreg.core.rewrites.interface.inference.reshape_rule import reshaped
from tfreg.core.tensors import TensorRef

TRUTH = MODELS.parent / "truth"
_HANDLES = ("resource", "variant")


def _told(name):
    """Yields the MetaGraphDefs of a truth as pairs of tensor and its shape by TensorFlow."""
    truth = json.loads((TRUTH / f"{name}.json").read_text())
    for graph in truth.get("meta_graphs") or [truth]:
        nodes = graph["nodes"]
        yield {
            TensorRef(node, index): output[1]
            for node, told in nodes.items()
            for index, output in enumerate(told[2] if len(told) > 2 else ())
            if len(output) == 2 and output[0] not in _HANDLES
        }


def _has_nodes(path: Path):
    truth = json.loads(path.read_text())
    graphs = truth.get("meta_graphs") or [truth]
    return all(isinstance(graph, dict) and isinstance(graph.get("nodes"), dict) for graph in graphs)


def _graphs():
    for path in sorted(TRUTH.glob("*.json")):
        for model in (MODELS / path.stem, MODELS / f"{path.stem}.pb"):
            if model.exists() and _has_nodes(path):
                yield pytest.param(path.stem, model, id=path.stem)


@pytest.mark.parametrize(("name", "model"), list(_graphs()))
def test_no_shape_contradicts_tensorflows(name, model):
    source = source_at(model)
    for place, told in enumerate(_told(name)):
        with source.graph(place) as graph:
            found = infer(graph, told, {})
        for ref, shape in told.items():
            mine = found[ref].shape
            if shape is not None and mine is not None:
                assert len(mine) == len(shape), ref
                assert all(a is None or b is None or a == b for a, b in zip(mine, shape, strict=True)), ref


def test_nine_of_ten_shapes_that_tensorflow_knows_are_known():
    known = all_known = 0
    for parameters in _graphs():
        name, model = parameters.values
        source = source_at(model)
        for place, told in enumerate(_told(name)):
            with source.graph(place) as graph:
                found = infer(graph, told, {})
            wanted = [ref for ref, shape in told.items() if shape is not None]
            all_known += len(wanted)
            known += sum(list(found[ref].shape or ()) == told[ref] for ref in wanted)
    assert known > 0.9 * all_known


def _dims(text):
    """Reads `?,7,8!`: ! after a size that was changed."""
    parts = [part for part in text.split(",") if part]
    return tuple(Dim(None if part[0] == "?" else int(part.rstrip("!")), part.endswith("!")) for part in parts)


@pytest.mark.parametrize(
    ("data", "target", "result"),
    [
        ("?,7,7,64", "-1,3136", "?,3136"),
        ("?!,7,7,64", "-1,3136", "?!,3136"),
        ("16!,7,7,64", "-1,3136", "16!,3136"),
        ("?,256!,12", "-1,12", "?!,12"),
        ("?,256!", "-1", "?!"),
        ("8,12", "2,4,12", "2,4,12"),
        ("?,6", "?,2,3", "?,2,3"),
        ("6", "2,-1", "2,3"),
        ("?!", "-1,1", "?!,1"),
    ],
)
def test_a_reshape_lets_a_changed_size_go_where_its_target_is_open(data, target, result):
    assert reshaped(Shaped(_dims(data)), _dims(target)).dims == _dims(result)


@pytest.mark.parametrize(
    ("data", "target"),
    [
        ("?,8!,8!,64", "-1,3136"),  # a flattening that was made for 7 by 7
        ("?!,7,7,64", "8,3136"),  # a batch of 8
        ("16!,10", "8,10"),
        ("?!,12", "-1,128,12"),  # tokens that were joined, 128 of them
        ("?!", "8"),
    ],
)
def test_a_reshape_that_holds_the_old_size_is_told(data, target):
    with pytest.raises(FixedError):
        reshaped(Shaped(_dims(data)), _dims(target))


def _infer(graph, wanted, **given):
    shapes = {name: Shaped(_dims(text)) for name, text in given.items()}
    ref = TensorRef.parse(wanted)
    return infer(graph, [ref], shapes)[ref].shape


def test_shapes_go_through_functions_and_branches(graph):
    called = graph("""
        p = Placeholder dtype=bool
        x = Placeholder dtype=float32 shape=[?,4]
        y = StatefulPartitionedCall(x) f=@outer
        z = If(p, x) then_branch=@inner else_branch=@other Tout=[float32]
        def outer(a) -> (result=call:output:0)
            call = PartitionedCall(a) f=@inner Tout=[float32]
        def inner(a) -> (result=relu:activations:0)
            relu = Relu(a)
        def other(a) -> (result=sum:z:0)
            sum = AddV2(a, a)
    """)
    assert _infer(called, "y", x="5,4") == (5, 4)
    assert _infer(called, "z", x="5,4") == (5, 4)


def test_a_loop_that_keeps_a_fixed_state_is_told_with_the_node_that_made_it(graph):
    looped = graph("""
        x = Placeholder dtype=float32 shape=[8,4]
        dims = Const dtype=int32
        state = Placeholder dtype=float32 shape=[8,4]
        loop = While(x, state) cond=@cond body=@body
        def cond(x, s) -> (go=x)
        def body(x, s) -> (x2=x, s2=relu:activations:0)
            relu = Relu(x)
    """)
    assert _infer(looped, "loop:1") == (8, 4)
    with pytest.raises(ConflictError) as told:
        _infer(looped, "loop:1", x="?!,4")
    assert told.value.node == "loop"


def test_a_graph_that_has_a_cycle_ends(graph):
    cyclic = graph("""
        x = Placeholder dtype=float32 shape=[2]
        a = AddV2(x, b)
        b = Relu(a)
    """)
    assert _infer(cyclic, "a") in (None, (2,))


def test_a_long_chain_needs_no_deep_stack(graph):
    lines = ["x = Placeholder dtype=float32 shape=[2]", "n0 = Relu(x)", *(f"n{at} = Relu(n{at - 1})" for at in range(1, 5000))]
    assert _infer(graph("\n".join(lines)), "n4999") == (2,)
