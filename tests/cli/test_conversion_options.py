"""What a user writes about a conversion."""

from __future__ import annotations

import pytest

from tfreg.cli import conversion_options as written
from tfreg.core.conversions.options import InputShape, NamedTensor, Renamed, VariableKey
from tfreg.core.errors import RequestInvalidError


def test_tensors_may_have_keys_and_stand_in_one_text() -> None:
    assert written.named_tensors(["x:0,prob=softmax", "b/c"], "--outputs") == (
        NamedTensor("x:0"),
        NamedTensor("softmax", "prob"),
        NamedTensor("b/c"),
    )


def test_a_shape_has_open_sizes() -> None:
    assert written.shapes(["x=?,224,224,3", "y=[2,-1]", "z="]) == (
        InputShape("x", (None, 224, 224, 3)),
        InputShape("y", (2, None)),
        InputShape("z", ()),
    )


def test_pairs_name_what_is_new_first() -> None:
    assert written.renamed(["new=old:1"]) == (Renamed("new", "old:1"),)
    assert written.variable_keys(["w=w/ExponentialMovingAverage"]) == (VariableKey("w", "w/ExponentialMovingAverage"),)
    assert written.placeholders(["image=IteratorGetNext:0"]) == (NamedTensor("IteratorGetNext:0", "image"),)


@pytest.mark.parametrize("text", ["x", "x=a,b", "=1", "x=1.5"])
def test_what_is_no_shape_is_told_with_an_example(text: str) -> None:
    with pytest.raises(RequestInvalidError, match="--shape x="):
        written.shapes([text])


@pytest.mark.parametrize("text", ["x", "=x", "x="])
def test_what_is_no_pair_is_told_with_an_example(text: str) -> None:
    with pytest.raises(RequestInvalidError, match="--rename-tensor new=old:0"):
        written.renamed([text])


def test_a_key_is_named_once() -> None:
    with pytest.raises(RequestInvalidError, match="named twice"):
        written.named_tensors(["a=x,a=y"], "--inputs")
