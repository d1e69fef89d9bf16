"""Attributes: only those that change what a node computes."""

from __future__ import annotations

import pytest

from tfreg.core.fingerprints.attributes import canonical_attributes
from tfreg.wire.graph_pb2 import AttrValue
from tfreg.wire.tensor_pb2 import DT_FLOAT, DT_INT32, DT_INT64


def test_types_of_inputs_and_defaults_say_nothing() -> None:
    attributes = {
        "T": AttrValue(type=DT_FLOAT),
        "data_format": AttrValue(s=b"NHWC"),
        "dilations": AttrValue(list=AttrValue.ListValue(i=[1, 1, 1, 1])),
        "use_cudnn_on_gpu": AttrValue(b=True),
        "_output_shapes": AttrValue(list=AttrValue.ListValue()),
        "padding": AttrValue(s=b"SAME"),
    }
    assert canonical_attributes("Conv2D", attributes) == "padding=s:53414d45"


def test_what_is_not_the_default_counts_even_if_it_is_nothing() -> None:
    assert canonical_attributes("FusedBatchNormV3", {"is_training": AttrValue(b=False)}) == "is_training=b:0"
    assert (
        canonical_attributes("MatMul", {"transpose_a": AttrValue(b=False), "transpose_b": AttrValue(b=True)}) == "transpose_b=b:1"
    )


@pytest.mark.parametrize(("dtype", "text"), [(DT_INT32, "output_type=t:int32"), (DT_INT64, "")])
def test_types_of_outputs_count_unless_they_are_the_default(dtype: int, text: str) -> None:
    assert canonical_attributes("ArgMax", {"output_type": AttrValue(type=dtype)}) == text


def test_attributes_of_an_op_that_nobody_knows_count() -> None:
    assert canonical_attributes("MyOp", {"b": AttrValue(i=3), "a": AttrValue(f=0.5), "T": AttrValue(type=DT_FLOAT)}) == (
        "T=t:float32 a=f:0x1.0000000000000p-1 b=i:3"
    )
