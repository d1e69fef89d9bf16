"""Inspections survive the way to JSON and back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.diagnostics import Diagnostic, Place, Severity
from tfreg.core.inspection_json import decode, encode
from tfreg.core.inspections import (
    Argument,
    Asset,
    CallableFunction,
    ConcreteFunction,
    Inspection,
    MetaGraph,
    Signature,
    Targets,
)
from tfreg.core.tensors import StoredTensor, TensorRef, TensorSpec

TEXT = st.text(max_size=5)
SHAPES = st.none() | st.lists(st.none() | st.integers(0, 2**40), max_size=3).map(tuple)
REFS = st.builds(TensorRef, TEXT, st.integers(0, 9))


def some(items: st.SearchStrategy) -> st.SearchStrategy[tuple]:
    return st.lists(items, max_size=2).map(tuple)


PLAIN = st.builds(TensorSpec, TEXT, st.none() | REFS, TEXT, SHAPES, st.booleans())
SPECS = PLAIN | st.builds(TensorSpec, TEXT, st.none(), components=some(PLAIN), encoding=st.just("sparse"))
SIGNATURES = st.builds(Signature, TEXT, TEXT, some(SPECS), some(SPECS), st.booleans())
META_GRAPHS = st.builds(
    MetaGraph,
    some(TEXT),
    some(SIGNATURES),
    some(TEXT),
    producer=st.integers(0, 9),
    assets=some(st.builds(Asset, TEXT, REFS)),
    targets=st.builds(Targets, some(TEXT), TEXT, st.none() | REFS),
)
ARGUMENTS = some(st.builds(Argument, TEXT, TEXT))
FUNCTIONS = st.builds(CallableFunction, TEXT, some(st.builds(ConcreteFunction, TEXT, ARGUMENTS, ARGUMENTS)))
TENSORS = st.builds(StoredTensor, TEXT, TEXT, some(st.integers(0, 9)), TEXT, st.integers(0, 2**60), st.integers(0, 2**60))
PROBLEMS = st.builds(Diagnostic, TEXT, st.sampled_from(Severity), TEXT, TEXT, st.builds(Place, TEXT, TEXT, TEXT, TEXT))
INSPECTIONS = st.builds(
    Inspection,
    TEXT,
    some(META_GRAPHS),
    some(FUNCTIONS),
    some(TENSORS),
    st.dictionaries(TEXT, TEXT, max_size=3),
    some(PROBLEMS),
    st.integers(0, 9),
)


@given(INSPECTIONS)
def test_every_inspection_comes_back_equal(inspection):
    assert decode(encode(inspection)) == inspection


def test_what_has_its_default_is_left_out():
    assert json.loads(encode(Inspection("saved_model"))) == {"format": "saved_model"}


def test_an_unknown_shape_and_a_scalar_stay_apart():
    specs = (TensorSpec("a", TensorRef("a"), "float32", None), TensorSpec("b", TensorRef("b"), "float32", ()))
    inspection = Inspection("saved_model", (MetaGraph(("serve",), (Signature("s", "m", specs, ()),), ()),))
    assert [spec.shape for spec in decode(encode(inspection)).meta_graphs[0].signatures[0].inputs] == [None, ()]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b'{"format": "f", "unknown": 1}', b'{"format": "f", "problems": [{"severity": "x"}]}', b"\xff"],
)
def test_what_is_no_inspection_is_a_value_error(content):
    with pytest.raises(ValueError, match=r".+"):
        decode(content)
