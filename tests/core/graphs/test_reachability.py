"""Which placeholders a run asks for. Every case was measured with sessions of TensorFlow 2.21."""

from collections.abc import Callable

import pytest

from tfreg.core.graphs.graph import Graph
from tfreg.core.graphs.reachability import Reachability
from tfreg.core.tensors import TensorRef

Parse = Callable[[str], Graph]
STATEFUL = frozenset({"PrintV2", "RandomUniform", "StatefulPartitionedCall", "If", "While", "Case"})
ABC = """
a = Placeholder
b = Placeholder
c = Placeholder
"""


def needed(graph: Graph, *wanted: str, fed: tuple[str, ...] = ()) -> str:
    refs, feeds = map(TensorRef.parse, wanted), tuple(map(TensorRef.parse, fed))
    return " ".join(Reachability(graph, STATEFUL.__contains__).placeholders(refs, feeds))


def test_data_and_control_inputs_are_followed(graph: Parse) -> None:
    assert needed(graph(ABC + "y = Add(a, b)\nz = Identity(y, ^c)"), "z") == "a b c"
    assert needed(graph(ABC + "y = Add(a, b)\nz = Identity(y, ^c)"), "y:0") == "a b"


def test_a_fed_tensor_ends_the_walk_but_not_the_other_outputs_of_its_operation(graph: Parse) -> None:
    text = ABC + "s = Split(a, b)\ny = Add(s:1, c)\nz = Add(s, c)"
    assert needed(graph(text), "y", fed=("s:1",)) == "c"
    assert needed(graph(text), "z", fed=("s:1",)) == "a b c"


def test_a_placeholder_with_default_is_not_asked_for(graph: Parse) -> None:
    assert needed(graph(ABC + "k = Const\nd = PlaceholderWithDefault(k)\ny = Add(a, d)"), "y") == "a"


def test_a_loop_of_control_flow_v1_ends(graph: Parse) -> None:
    text = """
    a = Placeholder
    b = Placeholder
    n = Placeholder
    enter = Enter(a)
    merge = Merge(enter, next)
    other = Enter(b)
    less = Less(merge, n)
    cond = LoopCond(less)
    switch = Switch(merge, cond)
    body = Identity(switch:1)
    next = NextIteration(body)
    exit = Exit(switch)
    """
    assert needed(graph(text), "exit") == "a n"


def test_names_that_the_graph_lacks_are_passed_over(graph: Parse) -> None:
    assert needed(graph("a = Placeholder\ny = Add(a, gone)"), "y", "nothing:3") == "a"


TWO = """
a = Placeholder
b = Placeholder
u = Placeholder
call = {op}(a, b, u, ^{control}) f=@two {attrs}
after = Square(call:0)
other = Square(call:1)
bystander = NoOp
def two(x, y, z) -> (left=m:z:0, right=n:z:0) {function}
    m = Mul(x, x)
    n = Add(y, m:z:0)
    dead = Mul(z, z)
"""


def two(graph: Parse, op: str = "PartitionedCall", attrs: str = "", function: str = "") -> Graph:
    return graph(TWO.format(op=op, attrs=attrs, control="bystander", function=function))


@pytest.mark.parametrize("op", ["PartitionedCall", "StatefulPartitionedCall", "two"])
def test_of_a_call_only_what_the_used_outputs_need_is_asked_for(graph: Parse, op: str) -> None:
    assert needed(two(graph, op), "after") == "a"
    assert needed(two(graph, op), "other") == "a b"


def test_a_call_that_is_fetched_itself_is_asked_for_with_all_its_outputs(graph: Parse) -> None:
    assert needed(two(graph), "call:0") == "a b"


@pytest.mark.parametrize("attr", ["_noinline=true", "_XlaMustCompile=true"])
def test_a_call_that_is_not_inlined_waits_for_every_input(graph: Parse, attr: str) -> None:
    assert needed(two(graph, attrs=attr), "after") == "a b u"
    assert needed(two(graph, function=f"#{attr}"), "after") == "a b u"


def test_calls_in_a_graph_of_less_than_four_nodes_are_not_inlined(graph: Parse) -> None:
    text = "a = Placeholder\nu = Placeholder\ncall = PartitionedCall(a, u) f=@f\ndef f(x, y) -> (z=m:z:0)\n  m = Mul(x, x)"
    assert needed(graph(text), "call") == "a u"
    assert needed(graph("more = NoOp\n" + text), "call") == "a"


def test_an_argument_that_nested_functions_pass_on_and_nobody_reads_is_not_asked_for(graph: Parse) -> None:
    text = (
        ABC
        + """
after = Square(outer)
outer = PartitionedCall(a, b, c) f=@outer
def outer(x, y, z) -> (o=inner:output:0)
    inner = PartitionedCall(x, y, z) f=@inner
def inner(x, y, z) -> (left=m:z:0, right=n:z:0)
    m = Mul(x, x)
    n = Mul(y, y)
"""
    )
    assert needed(graph(text), "outer") == "a"


def test_an_argument_can_be_an_output(graph: Parse) -> None:
    assert needed(graph(ABC + "call = PartitionedCall(a, b) f=@f\ndef f(x, y) -> (o=y)\n"), "call") == "b"


@pytest.mark.parametrize(("effect", "body"), [(" !print", "print = Identity(y)"), ("", "print = PrintV2(y)")])
def test_what_a_function_does_besides_its_outputs_counts(graph: Parse, effect: str, body: str) -> None:
    text = ABC + f"call = StatefulPartitionedCall(a, b, c) f=@f\nafter = Square(call)\ndef f(x, y, z) -> (o=x){effect}\n  {body}"
    assert needed(graph(text), "after") == "a b"


def test_random_numbers_that_nobody_wants_are_no_effect(graph: Parse) -> None:
    text = (
        ABC
        + "call = StatefulPartitionedCall(a, b, c) f=@f\nafter = Square(call)\ndef f(x, y, z) -> (o=x)\n  r = RandomUniform(y)"
    )
    assert needed(graph(text), "after") == "a"


def test_effects_of_nested_calls_count(graph: Parse) -> None:
    text = (
        ABC
        + """
call = StatefulPartitionedCall(a, b, c) f=@f
after = Square(call)
def f(x, y, z) -> (o=x)
    inner = StatefulPartitionedCall(z, y) f=@g
def g(x, y) -> (o=x)
    print = PrintV2(y)
"""
    )
    assert needed(graph(text), "after") == "a b"


def test_a_call_as_control_input_runs_for_its_effects_alone(graph: Parse) -> None:
    text = (
        ABC
        + "y = Identity(c, ^call)\ncall = StatefulPartitionedCall(a, b) f=@f\ndef f(x, y) -> (o=x) !print\n  print = PrintV2(y)"
    )
    assert needed(graph(text), "y") == "b c"


BRANCH = (
    ABC
    + """
p = Placeholder
if = {op}(p, a, b, c) {attrs}
after = Square(if)
def then(x, y, z) -> (one=x, two=z)
def else(x, y, z) -> (one=y, two=z)
"""
)


@pytest.mark.parametrize(
    ("op", "attrs"),
    [
        ("If", "then_branch=@then else_branch=@else"),
        ("StatelessIf", "then_branch=@then else_branch=@else"),
        ("Case", "branches=[@then,@else]"),
        ("StatelessCase", "branches=[@then,@else]"),
    ],
)
def test_a_branch_asks_for_its_selector_and_what_any_branch_needs(graph: Parse, op: str, attrs: str) -> None:
    assert needed(graph(BRANCH.format(op=op, attrs=attrs)), "after") == "a b p"


LOOP = (
    ABC
    + """
loop = {op}(a, b, c, a) cond=@cond body=@body
second = Square(loop:1)
third = Square(loop:2)
fourth = Square(loop:3)
def cond(i, x, y, z) -> (more=less:z:0)
    less = Less(i, i)
def body(i, x, y, z) -> (i2=i, x2=add:z:0, y2=y, z2=z)
    add = Add(x, y)
"""
)


@pytest.mark.parametrize("op", ["While", "StatelessWhile"])
def test_a_loop_asks_for_the_variables_that_the_wanted_ones_and_its_condition_need(graph: Parse, op: str) -> None:
    loop = graph(LOOP.format(op=op))
    assert needed(loop, "second") == "a b c"
    assert needed(loop, "third") == "a c"
    assert needed(loop, "fourth") == "a"


def test_recursion_ends_and_asks_for_everything(graph: Parse) -> None:
    text = (
        ABC
        + "call = PartitionedCall(a, b) f=@f\nafter = Square(call)\ndef f(x, y) -> (o=again:output:0)\n  again = PartitionedCall(x, y) f=@f"
    )
    assert needed(graph(text), "after") == "a b"


def test_a_very_deep_chain_of_calls_ends_and_asks_for_everything(graph: Parse) -> None:
    links = "".join(f"def f{i}(x, y) -> (o=c:output:0)\n  c = PartitionedCall(x, y) f=@f{i + 1}\n" for i in range(2000))
    text = ABC + "call = PartitionedCall(a, b) f=@f0\nafter = Square(call)\n" + links + "def f2000(x, y) -> (o=x)\n"
    assert needed(graph(text), "after") == "a b"


def test_a_function_that_the_library_lacks_or_that_does_not_fit_needs_everything(graph: Parse) -> None:
    assert needed(graph(ABC + "call = PartitionedCall(a, b) f=@gone\n"), "call") == "a b"
    assert needed(graph(ABC + "call = PartitionedCall(a, b) f=@f\ndef f(x) -> (o=x)\n"), "call") == "a b"


def test_of_an_identity_n_only_the_used_output_is_asked_for_unless_it_is_fetched(graph: Parse) -> None:
    text = ABC + "pair = IdentityN(a, b)\nafter = Square(pair:1)"
    assert needed(graph(text), "after") == "b"
    assert needed(graph(text), "pair:1") == "a b"


def test_an_index_with_any_number_of_digits_is_survived(graph: Parse) -> None:
    assert needed(graph(ABC + f"y = Add(a:{'9' * 5000}, b:-1)"), "y") == "a b"


def test_a_control_input_from_an_argument_counts(graph: Parse) -> None:
    text = ABC + "call = PartitionedCall(a, b) f=@f\ndef f(x, y) -> (o=i:output:0)\n  i = Identity(x, ^y)"
    assert needed(graph(text), "call") == "a b"


def test_inputs_may_be_in_any_order(graph: Parse) -> None:
    text = ABC + "call = PartitionedCall(^c, a, b) f=@f\nafter = Square(call:1)\ndef f(x, y) -> (o=x, p=y)\n"
    assert needed(graph(text), "after") == "b c"


def test_a_call_whose_outputs_lead_to_each_other_ends(graph: Parse) -> None:
    count = 3000
    lines = [f"n{i} = Square(call:{i + 1})" for i in range(count)]
    names = ", ".join(f"x{i}" for i in range(count))
    ret = ", ".join(f"y{i}=x{i}" for i in range(count))
    text = ABC + f"call = PartitionedCall({', '.join(f'n{i}' for i in range(count))}) f=@f\nafter = Add(call:0, a)\n"
    assert needed(graph(text + "\n".join(lines) + f"\ndef f({names}) -> ({ret})\n"), "after") == "a"
