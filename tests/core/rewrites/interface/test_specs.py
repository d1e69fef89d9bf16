"""Which trace of a function a `--spec` means."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.rewrites.interface import specs

_CALLS = [
    ("x: float32[?,4]", "training=False", "mode='fast'"),
    ("x: float32[?,4]", "training=True", "mode='fast'"),
    ("x: float32[?,8]", "training=True", "mode='a, b'"),
]


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ("", [0, 1, 2]),
        ("training=False", [0]),
        ("x: float32[?,4]", [0, 1]),
        ("x:float32[None, 4],training = True", [1]),
        ("x: float32[-1,8]", [2]),
        ("x: float32", [0, 1, 2]),
        ("x: float64", []),
        ("mode='a, b'", [2]),
        ("mode='a", []),
        ("y: float32[?,4]", []),
    ],
)
def test_a_spec_matches_the_traces_that_have_all_it_names(spec, found):
    assert specs.matching(spec, _CALLS) == found


def test_the_trace_that_has_nothing_else_is_meant_where_others_have_more():
    assert specs.matching("x: float32[2]", [("x: float32[2]",), ("x: float32[2]", "y: float32[2]")]) == [0]


def test_the_option_offered_is_the_shortest_that_tells_the_trace_apart():
    assert specs.option("call", 0, _CALLS) == "--function call --spec training=False"
    assert specs.option("call", 2, _CALLS) == "--function call --spec 'x: float32[?,8]'"
    assert specs.option("call", 0, _CALLS[:1]) == "--function call"


@given(
    st.lists(
        st.tuples(st.sampled_from(_CALLS), st.sampled_from(["k=1", "k=[1, 2]", "k='x'"])), min_size=1, max_size=5, unique=True
    )
)
def test_the_option_offered_finds_its_trace(chosen):
    traces = [(*call, keyword) for call, keyword in chosen]
    for at in range(len(traces)):
        words = shlex.split(specs.option("f", at, traces))
        assert specs.matching(words[3] if len(words) > 3 else "", traces) == [at]
