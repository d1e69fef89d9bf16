"""The program: what outputs compute, whatever the names, functions and order of nodes that compute it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tfreg.core.fingerprints.frames import GaveUpError
from tfreg.core.fingerprints.program import Computed, computed
from tfreg.core.graphs.graph import Graph, Node
from tfreg.core.tensors import TensorRef

GraphOf = Callable[[str], Graph]


class Named:
    """Leaves by their names: variables `w1`, `w1_again` hold the same; a constant is what its name says up to the first `_`."""

    def __init__(self) -> None:
        self.leaves: list[str] = []

    def variable(self, node: Node) -> tuple[str, str, int]:
        self.leaves.append(node.name)
        return "weight", f"weight {node.name.partition('_')[0]}", len(self.leaves) - 1

    def constant(self, node: Node, function: str) -> tuple[str, str, int]:
        text = f"constant {node.name.partition('_')[0]}"
        return text, text, -1


def told(graph: Graph, *outputs: str) -> Computed:
    return computed(graph, [TensorRef.parse(output) for output in outputs], Named())


def is_same(graph: GraphOf, one: str, other: str, outputs: tuple[str, ...] = ("y",)) -> bool:
    return told(graph(one), *outputs).model == told(graph(other), *outputs).model


def test_names_devices_and_control_edges_do_not_count(graph: GraphOf) -> None:
    one = """
        x = Placeholder dtype=float32
        w1 = VariableV2
        y = MatMul(x, w1) T=float32
    """
    other = """
        guard = NoOp
        input = Placeholder(^guard) dtype=float32 _output_shapes=([?,4])
        w1_again = VariableV2 shared_name="other"
        y = MatMul(input, w1_again, ^guard) T=float32 _class=["loc"]
    """
    assert is_same(graph, one, other)


def test_nodes_that_only_pass_a_value_on_do_not_count(graph: GraphOf) -> None:
    one = """
        x = Placeholder dtype=float32
        w1 = VarHandleOp
        read = ReadVariableOp(w1)
        stop = StopGradient(read)
        product = MatMul(x, stop)
        y = Identity(product)
    """
    other = """
        x = Placeholder dtype=float32
        w1_frozen = VariableV2
        y = MatMul(x, w1_frozen)
    """
    assert is_same(graph, one, other)


@pytest.mark.parametrize(
    "other",
    ["y = Sub(a, b)", "y = Add(b, a)", "y = Add(a, a)", "y = Add(a, c)", "y = Add(a, b) factor=7", "y = Add(a, b:1)"],
)
def test_another_op_attribute_order_or_weight_is_another_program(graph: GraphOf, other: str) -> None:
    leaves = "a = VariableV2\nb = VariableV2\nc = VariableV2\n"
    assert not is_same(graph, leaves + "y = Add(a, b)", leaves + other)


def test_the_program_knows_weights_by_dtype_and_shape_and_the_model_by_content(graph: GraphOf) -> None:
    one, other = (told(graph(f"x = Placeholder\n{name} = VariableV2\ny = MatMul(x, {name})"), "y") for name in ("w1", "w2"))
    assert one.program == other.program
    assert one.model != other.model


def test_two_weights_that_change_places_are_the_same_program_and_another_model(graph: GraphOf) -> None:
    text = "x = Placeholder\nw1 = VariableV2\nw2 = VariableV2\nh = MatMul(x, {})\ny = MatMul(h, {})"
    one, other = (told(graph(text.format(*names)), "y") for names in (("w1", "w2"), ("w2", "w1")))
    assert one.program == other.program
    assert one.model != other.model


def test_inputs_of_one_dtype_are_told_apart_by_their_uses(graph: GraphOf) -> None:
    inputs = "p = Placeholder dtype=float32\nq = Placeholder dtype=float32\n"
    assert is_same(graph, inputs + "y = Sub(p, q)", inputs + "y = Sub(q, p)")
    assert not is_same(graph, inputs + "y = Sub(p, q)", inputs + "y = Sub(p, p)")
    assert not is_same(
        graph,
        inputs + "n = Neg(p)\nd = Sub(p, q)\ny = Add(d, n)",
        inputs + "n = Neg(q)\nd = Sub(p, q)\ny = Add(d, n)",
    )


def test_a_call_is_what_the_function_computes(graph: GraphOf) -> None:
    called = """
        x = Placeholder dtype=float32
        w1 = VarHandleOp
        unused = VarHandleOp
        call = StatefulPartitionedCall(x, unused, w1) f=@layer Tout=[float32]
        y = Identity(call)
        def layer(inputs, left_alone, kernel) -> (result=inner:0)
            read = ReadVariableOp(kernel)
            inner = PartitionedCall(inputs, read:value:0) f=@product
        def product(a, b) -> (c=m:product:0)
            m = MatMul(a, b)
    """
    written_out = "x = Placeholder dtype=float32\nw1 = VariableV2\ny = MatMul(x, w1)"
    assert is_same(graph, called, written_out)


def test_leaves_are_those_that_the_outputs_need(graph: GraphOf) -> None:
    text = """
        x = Placeholder dtype=float32
        w1 = VarHandleOp
        unused = VarHandleOp
        y = layer(x, unused, w1)
        def layer(inputs, left_alone, kernel) -> (result=m:product:0)
            m = MatMul(inputs, kernel)
    """
    values = Named()
    found = computed(graph(text), [TensorRef("y")], values)
    assert {values.leaves[number] for number in found.leaves} == {"w1"}


def test_an_if_and_a_stateless_if_with_other_names_are_one_program(graph: GraphOf) -> None:
    text = """
        p = Placeholder dtype=bool
        x = Placeholder dtype=float32
        y = {op}(p, x) then_branch=@{then} else_branch=@{otherwise} Tout=[float32]
        def {then}(a) -> (o=n:y:0)
            n = Neg(a)
        def {otherwise}(a) -> (o=n:y:0)
            n = Abs(a)
    """
    one = text.format(op="If", then="t", otherwise="e")
    assert is_same(graph, one, text.format(op="StatelessIf", then="then_7", otherwise="else_8"))
    swapped = text.replace("then_branch", "x_branch").replace("else_branch", "then_branch").replace("x_branch", "else_branch")
    assert not is_same(graph, one, swapped.format(op="If", then="t", otherwise="e"))


def test_a_while_is_its_condition_and_its_body(graph: GraphOf) -> None:
    text = """
        i = Placeholder dtype=int32
        y = While(i) cond=@c body=@b
        def c(n) -> (o=less:z:0)
            less = {cond}(n, n)
        def b(n) -> (o=next:z:0)
            next = {body}(n, n)
    """
    one = text.format(cond="Less", body="Add")
    assert is_same(graph, one, text.format(cond="Less", body="Add").replace("@b", "@b2").replace("def b(", "def b2("))
    assert not is_same(graph, one, text.format(cond="Greater", body="Add"))
    assert not is_same(graph, one, text.format(cond="Less", body="Mul"))


LOOP = """
    x = Placeholder dtype=float32
    limit = Placeholder dtype=int32
    first = Const
    enter_i = Enter(first) frame_name="{frame}"
    enter_v = Enter(x) frame_name="{frame}"
    enter_limit = Enter(limit) frame_name="{frame}" is_constant=true
    merge_i = Merge(enter_i, next_i)
    merge_v = Merge(enter_v, next_v)
    less = Less(merge_i, enter_limit)
    go = LoopCond(less)
    switch_i = Switch(merge_i, go)
    switch_v = Switch(merge_v, go)
    more = AddOne(switch_i:1)
    body = {body}(switch_v:1)
    next_i = NextIteration(more)
    next_v = NextIteration(body)
    y = Exit(switch_v)
"""


def test_a_loop_of_control_flow_v1_is_its_condition_and_its_body(graph: GraphOf) -> None:
    one = LOOP.format(frame="while", body="Tanh")
    assert is_same(graph, one, LOOP.format(frame="other", body="Tanh").replace("merge_v", "m").replace("switch_v", "s"))
    assert not is_same(graph, one, LOOP.format(frame="while", body="Sigmoid"))
    assert not is_same(graph, one, LOOP.format(frame="while", body="Tanh").replace("Less", "Greater"))


WHILE = """
    x = Placeholder dtype=float32
    limit = Placeholder dtype=int32
    first = Const
    loop = While({arguments}) cond=@go body=@step Tout=[float32]
    y = Identity(loop:{position})
    def go({inputs}) -> (o=less:z:0)
        less = Less(i, limit)
    def step({inputs}) -> ({results})
        more = AddOne(i)
        body = Tanh(v)
"""


@pytest.mark.parametrize(
    ("arguments", "inputs", "results", "position"),
    [
        ("first, x, limit", "i, v, limit", "i_out=more:y:0, v_out=body:y:0, limit_out=limit", 1),
        ("x, limit, first", "v, limit, i", "v_out=body:y:0, limit_out=limit, i_out=more:y:0", 0),
    ],
)
def test_a_while_is_the_loop_of_control_flow_v1_that_is_made_of_it_whatever_the_order_of_its_variables(
    graph: GraphOf, arguments: str, inputs: str, results: str, position: int
) -> None:
    text = WHILE.format(arguments=arguments, inputs=inputs, results=results, position=position)
    assert is_same(graph, text, LOOP.format(frame="while", body="Tanh"))
    assert not is_same(graph, text.replace("Tanh", "Sigmoid"), LOOP.format(frame="while", body="Tanh"))


def test_inputs_are_told_apart_by_their_uses_in_loops_of_both_kinds_alike(graph: GraphOf) -> None:
    v1 = LOOP.format(frame="while", body="Tanh").replace("Tanh(switch_v:1)", "Mul(switch_v:1, enter_s)")
    v1 += '    scale = Placeholder dtype=float32\n    enter_s = Enter(scale) frame_name="while" is_constant=true\n'
    v2 = WHILE.format(
        arguments="scale, first, x, limit",
        inputs="s, i, v, limit",
        results="s_out=s, i_out=more:y:0, v_out=body:z:0, limit_out=limit",
        position=2,
    )
    v2 = v2.replace("Tanh(v)", "Mul(v, s)").replace("first = Const", "first = Const\n    scale = Placeholder dtype=float32")
    assert is_same(graph, v1, v2)
    assert not is_same(graph, v1, v2.replace("Mul(v, s)", "Mul(s, v)"))


def test_inputs_with_defaults_are_told_apart_by_their_uses_too(graph: GraphOf) -> None:
    inputs = "c = Const\np = PlaceholderWithDefault(c) dtype=float32\nq = PlaceholderWithDefault(c) dtype=float32\n"
    assert is_same(graph, inputs + "y = Sub(p, q)", inputs + "y = Sub(q, p)")
    assert not is_same(graph, inputs + "y = Sub(p, q)", inputs + "y = Sub(p, p)")


def test_variables_of_a_loop_with_the_same_first_value_are_told_apart(graph: GraphOf) -> None:
    text = """
        x = Placeholder dtype=float32
        loop = While(x, x) cond=@go body=@step
        y = Identity(loop)
        def go(a, b) -> (o=less:z:0)
            less = Less(a, {compared})
        def step(a, b) -> (p=n:y:0, q=m:y:0)
            n = Neg(a)
            m = Abs(b)
    """
    assert not is_same(graph, text.format(compared="a"), text.format(compared="b"))


def test_what_does_not_change_in_a_loop_is_what_it_is_outside(graph: GraphOf) -> None:
    text = """
        x = Placeholder dtype=float32
        w1 = VariableV2
        loop = While(x, w1) cond=@go body=@step
        y = MatMul({factors})
        def go(a, b) -> (o=less:z:0)
            less = Less(a, a)
        def step(a, b) -> (p=n:y:0, q=b)
            n = Neg(a)
    """
    assert is_same(graph, text.format(factors="x, loop:1"), text.format(factors="x, w1"))


def test_outputs_that_others_are_computed_from_do_not_count(graph: GraphOf) -> None:
    text = graph("x = Placeholder dtype=float32\nlogits = Neg(x)\nprob = Softmax(logits)\nlabel = ArgMax(prob)")
    assert told(text, "prob", "label", "logits") == told(text, "label")


def test_the_order_of_outputs_does_not_count(graph: GraphOf) -> None:
    text = graph("x = Placeholder dtype=float32\na = Neg(x)\nb = Abs(x)")
    assert told(text, "a", "b") == told(text, "b", "a")


def test_a_gather_is_one_however_variables_are_kept(graph: GraphOf) -> None:
    kept = "i = Placeholder dtype=int32\nw1 = VarHandleOp\ny = ResourceGather(w1, i) dtype=float32 Tindices=int32"
    found = told(graph(kept), "y")
    assert found.program
    assert found != told(graph(kept.replace("ResourceGather", "ResourceScatter")), "y")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("y = Neg(gone)", "no operation 'gone'"),
        ("a = Neg(y)\ny = Abs(a)", "a cycle"),
        ("y = Neg(y)", "a cycle"),
        ("y = PartitionedCall() f=@gone", "no function 'gone'"),
        ("x = Placeholder\ny = f(x)\ndef f(a) -> (o=c:0)\n    c = f(a)", "calls itself"),
        ("x = Placeholder\ny = f(x)\ndef f(a) -> (o=c:0)\n    n = Neg(a)\n    c = f(n:y:0)", "deep"),
        ("x = Placeholder\ny = IdentityN(x)\nz = Neg(y:7)", "output 7"),
        ("x = Placeholder\nm = Merge(x, n)\nn = NextIteration(m)\ny = Neg(m)", "a cycle"),
    ],
)
def test_what_has_no_answer_is_given_up(graph: GraphOf, text: str, why: str) -> None:
    with pytest.raises(GaveUpError, match=why):
        told(graph(text), "z" if "\nz =" in text else "y")


def test_tables_and_files_leave_open_what_a_program_computes(graph: GraphOf) -> None:
    found = told(
        graph("""
            x = Placeholder dtype=string
            d = Placeholder dtype=int64
            table = HashTableV2 key_dtype=string value_dtype=int64
            y = LookupTableFindV2(table, x, d) Tin=string Tout=int64
            z = Neg(d) T=int64
        """),
        "y",
        "z",
    )
    assert not found.is_closed
    assert told(graph("x = Placeholder dtype=float32\ny = Neg(x) T=float32"), "y").is_closed
