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
    KerasModel,
    Layer,
    MetaGraph,
    Signature,
    Subgraph,
    Targets,
)
from tfreg.core.tensors import Part, Quantization, StoredAs, StoredTensor, TensorRef, TensorSpec

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
SIZES = some(st.integers(0, 9))
QUANTIZATIONS = st.none() | st.builds(Quantization, some(st.floats(allow_nan=False)), some(st.integers(-9, 9)), st.integers(0, 3))
TENSORS = st.builds(
    StoredTensor,
    TEXT,
    TEXT,
    SIZES,
    TEXT,
    st.integers(0, 2**60),
    st.integers(0, 2**60),
    stored_as=st.sampled_from(StoredAs),
    trainable=st.none() | st.booleans(),
    part=st.none() | st.builds(Part, TEXT, SIZES, SIZES),
    quantization=QUANTIZATIONS,
)
LAYERS = st.builds(
    Layer,
    TEXT,
    TEXT,
    parameter_count=st.none() | st.integers(0, 9),
    trainable=st.booleans(),
    output_shape=SHAPES,
    inputs=some(TEXT),
)
KERAS = st.builds(KerasModel, TEXT, TEXT, some(SPECS), some(SPECS), some(LAYERS), st.none() | st.integers(0, 9))
PROBLEMS = st.builds(Diagnostic, TEXT, st.sampled_from(Severity), TEXT, TEXT, st.builds(Place, TEXT, TEXT, TEXT, TEXT))
INSPECTIONS = st.builds(
    Inspection,
    TEXT,
    some(META_GRAPHS),
    some(FUNCTIONS),
    some(TENSORS),
    st.dictionaries(TEXT, TEXT, max_size=3),
    some(PROBLEMS),
    keras=st.none() | KERAS,
    subgraphs=some(st.builds(Subgraph, TEXT, some(SPECS), some(SPECS), st.integers(0, 9), st.integers(0, 9))),
    labels=st.dictionaries(TEXT, TEXT, max_size=2),
    inspector_version=st.integers(0, 9),
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
