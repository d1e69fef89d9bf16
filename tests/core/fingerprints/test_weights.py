"""Which tensors are weights, and that their names, order and number of copies do not count."""

from __future__ import annotations

import pytest

from tfreg.core.digests import digest_of
from tfreg.core.fingerprints.literals import literal_digest
from tfreg.core.fingerprints.weights import Weight, is_of_model, weights_fingerprint
from tfreg.core.tensors import Quantization
from tfreg.core.values.digest import value_digest
from tfreg.core.weights import is_weight
from tfreg.wire.tensor_pb2 import DataType, TensorProto

ONE, TWO = Weight("float32", (2,), digest_of(b"1")), Weight("float32", (2,), digest_of(b"2"))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16", "float8_e4m3fn", "complex64", "qint8"])
def test_numbers_with_a_fraction_are_weights(dtype: str) -> None:
    assert is_weight(dtype, (3, 4))


@pytest.mark.parametrize(
    ("dtype", "shape"), [("int64", (2,)), ("string", (5,)), ("bool", (4,)), ("float32", ()), ("float32", (0,))]
)
def test_counters_seeds_texts_and_scalars_are_not(dtype: str, shape: tuple[int, ...]) -> None:
    assert not is_weight(dtype, shape)


def test_integers_that_stand_for_real_numbers_are() -> None:
    assert is_weight("int8", (4,), Quantization((0.5,), (0,)))


@pytest.mark.parametrize(
    "name",
    [
        "optimizer/vars/3",
        "optimizer_weights/adam/conv_kernel_momentum",
        "model/optimizer/_variables/7/.ATTRIBUTES/VARIABLE_VALUE",
        "model/dense/kernel/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE",
        "dense/kernel/Adam_1",
        "dense/kernel/Momentum",
        "beta1_power",
        "save_counter/.ATTRIBUTES/VARIABLE_VALUE",
        "global_step",
        "keras_api/metrics/0/true_positives/.ATTRIBUTES/VARIABLE_VALUE",
    ],
)
def test_the_state_of_training_is_not_of_the_model(name: str) -> None:
    assert not is_of_model(name)


@pytest.mark.parametrize(
    "name", ["dense/kernel", "layers/adam_layer/vars/0", "model/optimizer/_trainable_variables/3/.ATTRIBUTES/VARIABLE_VALUE"]
)
def test_variables_are_of_the_model_even_where_only_the_optimizer_refers_to_them(name: str) -> None:
    assert is_of_model(name)


def test_the_fingerprint_is_of_a_set() -> None:
    assert weights_fingerprint([ONE, TWO]) == weights_fingerprint([TWO, ONE, ONE])
    assert weights_fingerprint([ONE]) != weights_fingerprint([ONE, TWO])
    assert weights_fingerprint([]) == ""


def test_it_is_the_digest_of_lines_that_anybody_can_write() -> None:
    text = f"tfreg weights 1\nfloat32 [2] {ONE.digest}\n"
    assert weights_fingerprint([ONE]) == digest_of(text.encode())


def tensor(dtype: str, *shape: int, **fields: object) -> TensorProto:
    message = TensorProto(dtype=DataType.Value(dtype), **fields)
    for size in shape:
        message.tensor_shape.dim.add(size=size)
    return message


@pytest.mark.parametrize(
    ("message", "value"),
    [
        (tensor("DT_FLOAT", 2, float_val=[1.0, 2.0]), b"\0\0\x80\x3f\0\0\0\x40"),
        (tensor("DT_FLOAT", 2, tensor_content=b"\0\0\x80\x3f\0\0\0\x40"), b"\0\0\x80\x3f\0\0\0\x40"),
        (tensor("DT_FLOAT", 3, float_val=[1.0]), b"\0\0\x80\x3f" * 3),
        (tensor("DT_INT32", 2), bytes(8)),
        (tensor("DT_HALF", 2, half_val=[15360]), b"\0\x3c" * 2),
        (tensor("DT_INT8", 2, int_val=[-1, 5]), b"\xff\x05"),
        (tensor("DT_BOOL", 2, bool_val=[True, False]), b"\x01\x00"),
        (tensor("DT_COMPLEX64", 1, scomplex_val=[1.0, 0.0]), b"\0\0\x80\x3f" + bytes(4)),
        (tensor("DT_STRING", 2, string_val=[b"ab", b""]), b"\x02" + bytes(7) + b"ab" + bytes(8)),
    ],
)
def test_a_literal_has_the_digest_of_its_plain_value_however_it_is_written(message: TensorProto, value: bytes) -> None:
    assert literal_digest(message) == value_digest([value])


@pytest.mark.parametrize(
    "message",
    [
        tensor("DT_FLOAT", 1, float_val=[1.0, 2.0]),
        tensor("DT_FLOAT", -1, float_val=[1.0]),
        tensor("DT_FLOAT", 2, tensor_content=b"12345"),
        tensor("DT_INT8", 1, int_val=[1000]),
        tensor("DT_RESOURCE"),
    ],
)
def test_what_cannot_be_a_value_has_no_digest(message: TensorProto) -> None:
    assert literal_digest(message) is None


def test_a_value_that_claims_more_than_anybody_has_is_not_written_out() -> None:
    assert literal_digest(tensor("DT_FLOAT", 1 << 40, float_val=[1.0])) is not None
    assert literal_digest(tensor("DT_STRING", 1 << 40, string_val=[b"a"])) is not None
