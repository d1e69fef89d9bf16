"""Tensors are named by operation and index; `x:0` is only how it is written."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.tensors import TensorRef

OPERATIONS = st.from_regex(r"\A[A-Za-z0-9.][A-Za-z0-9_.\\/>-]{0,20}\Z")


@given(OPERATIONS, st.integers(0, 2**31 - 1))
def test_a_tensor_is_read_as_it_is_written(operation: str, index: int) -> None:
    ref = TensorRef(operation, index)
    assert TensorRef.parse(str(ref)) == ref


@given(OPERATIONS)
def test_an_operation_alone_is_its_first_output(operation: str) -> None:
    assert TensorRef.parse(operation) == TensorRef.parse(f"{operation}:0") == TensorRef(operation)


@pytest.mark.parametrize(
    "text", ["", ":0", "^x", "^x:0", "x:", "x:-1", "x:a", "x:1.0", "x:\u0661", "x: 1", "x:2147483648", "x:" + "9" * 5000]
)
def test_anything_else_is_no_tensor(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        TensorRef.parse(text)


@given(st.text())
def test_any_text_is_a_tensor_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert TensorRef.parse(text).index >= 0
