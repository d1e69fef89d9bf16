"""The interface: what a caller's code depends on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tfreg.core.digests import digest_of
from tfreg.core.fingerprints.interface import interface_fingerprint, signature_fingerprint
from tfreg.core.inspections import Inspection, KerasModel, MetaGraph, Signature
from tfreg.core.tensors import TensorRef, TensorSpec

X = TensorSpec("x", TensorRef("serving_x"), "float32", (None, 4))
Y = TensorSpec("y", TensorRef("prob"), "float32", None)
SIGNATURE = Signature("serving_default", "tensorflow/serving/predict", (X,), (Y,))


def inspection(*signatures: Signature, tags: tuple[str, ...] = ("serve",)) -> Inspection:
    return Inspection("saved_model", (MetaGraph(tags, signatures, ()),))


def test_it_is_the_digest_of_lines_that_anybody_can_write() -> None:
    lines = [
        "tfreg interface 1",
        '["signature","serving_default","input","x","float32",[-1,4]]',
        '["signature","serving_default","output","y","float32","unknown"]',
        '["signature","serving_default"]',
        "",
    ]
    assert interface_fingerprint(inspection(SIGNATURE)) == digest_of("\n".join(lines).encode())


@pytest.mark.parametrize(
    "other",
    [
        replace(SIGNATURE, method_name="other"),
        replace(SIGNATURE, declared=True),
        replace(SIGNATURE, inputs=(replace(X, ref=TensorRef("another")),)),
    ],
)
def test_tensor_names_and_method_names_do_not_count(other: Signature) -> None:
    assert interface_fingerprint(inspection(other)) == interface_fingerprint(inspection(SIGNATURE))


@pytest.mark.parametrize(
    "other",
    [
        replace(SIGNATURE, key="predict"),
        replace(SIGNATURE, inputs=()),
        replace(SIGNATURE, inputs=(replace(X, key="z"),)),
        replace(SIGNATURE, inputs=(replace(X, dtype="int32"),)),
        replace(SIGNATURE, inputs=(replace(X, shape=(None, 5)),)),
        replace(SIGNATURE, inputs=(replace(X, has_shape=False),)),
        replace(SIGNATURE, outputs=(replace(Y, encoding="sparse", components=(X, X, X)),)),
    ],
)
def test_keys_dtypes_shapes_and_encodings_count(other: Signature) -> None:
    assert interface_fingerprint(inspection(other)) != interface_fingerprint(inspection(SIGNATURE))


def test_signatures_that_nobody_calls_do_not_count() -> None:
    train = replace(SIGNATURE, key="train_op", internal=True)
    assert interface_fingerprint(inspection(SIGNATURE, train)) == interface_fingerprint(inspection(SIGNATURE))
    assert interface_fingerprint(inspection(train)) == ""


def test_tags_count_only_where_a_caller_must_choose() -> None:
    one, other = inspection(SIGNATURE), inspection(SIGNATURE, tags=("serve", "gpu"))
    assert interface_fingerprint(one) == interface_fingerprint(other)
    both = replace(one, meta_graphs=one.meta_graphs + other.meta_graphs)
    assert interface_fingerprint(both) != interface_fingerprint(one)


def test_a_keras_model_has_the_interface_that_its_inputs_and_outputs_make() -> None:
    model = Inspection("keras_v3", keras=KerasModel("m", "Functional", (X,), (Y,)))
    assert interface_fingerprint(model)
    assert interface_fingerprint(replace(model, keras=KerasModel("m", "Own"))) == ""


def test_a_signatures_fingerprint_is_the_interface_of_a_model_that_has_it_alone() -> None:
    assert signature_fingerprint(SIGNATURE) == interface_fingerprint(inspection(SIGNATURE))
    other = replace(SIGNATURE, key="other")
    assert signature_fingerprint(SIGNATURE) != signature_fingerprint(other)
    assert signature_fingerprint(SIGNATURE) != interface_fingerprint(inspection(SIGNATURE, other))
