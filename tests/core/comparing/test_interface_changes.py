"""Changes of what callers see, and which of them break callers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tfreg.core.comparing.interface import interface_changes
from tfreg.core.comparing.rules import RULES
from tfreg.core.inspections import Inspection, KerasModel, MetaGraph, Signature
from tfreg.core.tensors import Quantization, Shape, TensorRef, TensorSpec

X = TensorSpec("x", TensorRef("in_x"), "float32", (None, 4))
Y = TensorSpec("y", TensorRef("out"), "float32", (None, 3))
SIGNATURE = Signature("serving_default", "tensorflow/serving/predict", (X,), (Y,))


def inspection(*signatures: Signature, tags: tuple[str, ...] = ("serve",)) -> Inspection:
    return Inspection("saved_model", (MetaGraph(tags, signatures, ()),))


def rules(before: Signature, after: Signature, optional: tuple[str, ...] = ()) -> list[tuple[str, bool]]:
    return [(change.rule, change.breaking) for change in interface_changes(inspection(before), inspection(after), optional)]


def with_input(**changes: object) -> Signature:
    return replace(SIGNATURE, inputs=(replace(X, **changes),))  # type: ignore[arg-type]


def with_output(**changes: object) -> Signature:
    return replace(SIGNATURE, outputs=(replace(Y, **changes),))  # type: ignore[arg-type]


def test_the_same_interface_has_no_changes() -> None:
    assert rules(SIGNATURE, replace(SIGNATURE, declared=True)) == []


@pytest.mark.parametrize(
    ("before", "after", "rule", "breaking"),
    [
        ((None, 4), (None, None), "WIDENED", False),
        ((None, 4), None, "WIDENED", False),
        ((None, 4), (2, 4), "NARROWED", True),
        (None, (2, 4), "NARROWED", True),
        ((None, 4), (None, 5), "CHANGED", True),
        ((None, 4), (None, 4, 1), "CHANGED", True),
    ],
)
def test_an_input_may_accept_more_and_an_output_may_give_less(before: Shape, after: Shape, rule: str, *, breaking: bool) -> None:
    assert rules(with_input(shape=before), with_input(shape=after)) == [(f"INPUT_SHAPE_{rule}", breaking)]
    if rule != "CHANGED":
        assert rules(with_output(shape=before), with_output(shape=after)) == [(f"OUTPUT_SHAPE_{rule}", not breaking)]


def test_an_input_that_must_be_fed_breaks_and_one_with_a_default_does_not() -> None:
    more = replace(SIGNATURE, inputs=(X, TensorSpec("z", TensorRef("in_z"), "float32", ())))
    assert rules(SIGNATURE, more) == [("INPUT_ADDED_REQUIRED", True)]
    assert rules(SIGNATURE, more, ("in_z",)) == [("INPUT_ADDED_OPTIONAL", False)]
    assert rules(more, SIGNATURE) == [("INPUT_REMOVED", True)]


@pytest.mark.parametrize(
    ("after", "rule", "breaking"),
    [
        (replace(SIGNATURE, outputs=(Y, replace(Y, key="z"))), "OUTPUT_ADDED", False),
        (replace(SIGNATURE, outputs=()), "OUTPUT_REMOVED", True),
        (with_input(dtype="int32"), "DTYPE_CHANGED", True),
        (with_output(dtype="float64"), "DTYPE_CHANGED", True),
        (with_input(ref=TensorRef("serving_x")), "TENSOR_NAME_CHANGED", False),
        (with_output(quantization=Quantization((0.5,), (3,))), "QUANTIZATION_CHANGED", True),
        (with_input(encoding="sparse", components=(X, X, X)), "ENCODING_CHANGED", True),
        (replace(SIGNATURE, method_name="tensorflow/serving/classify"), "METHOD_NAME_CHANGED", False),
        (replace(SIGNATURE, internal=True), "SIGNATURE_REMOVED", True),
    ],
)
def test_each_change_has_its_rule(after: Signature, rule: str, *, breaking: bool) -> None:
    assert rules(SIGNATURE, after) == [(rule, breaking)]


def test_an_index_of_tflite_that_changes_is_told() -> None:
    assert rules(with_input(tensor_index=0), with_input(tensor_index=2)) == [("TENSOR_INDEX_CHANGED", False)]


def test_a_change_says_where_and_what() -> None:
    (change,) = interface_changes(inspection(SIGNATURE), inspection(with_input(shape=None)))
    assert (change.signature, change.key, change.before, change.after) == ("serving_default", "x", "[?,4]", "unknown rank")


def test_tag_sets_are_matched_as_a_whole() -> None:
    one, gpu = inspection(SIGNATURE), inspection(SIGNATURE, tags=("serve", "gpu"))
    assert [change.rule for change in interface_changes(one, gpu)] == ["TAG_SET_CHANGED"]
    both = replace(one, meta_graphs=one.meta_graphs + gpu.meta_graphs)
    assert [change.rule for change in interface_changes(one, both)] == ["TAG_SET_ADDED"]
    assert [change.rule for change in interface_changes(both, one)] == ["TAG_SET_REMOVED"]
    assert interface_changes(both, replace(both, meta_graphs=both.meta_graphs[::-1])) == []


def test_signatures_are_compared_across_formats() -> None:
    tflite = replace(inspection(SIGNATURE, tags=()), format="tflite")
    assert interface_changes(inspection(SIGNATURE), tflite) == []


def test_keras_models_are_compared_by_their_inputs_and_outputs() -> None:
    one = Inspection("keras_v3", keras=KerasModel("m", "Functional", (X,), (Y,)))
    other = Inspection("keras_h5", keras=KerasModel("m", "Functional", (X,), ()))
    assert [(change.rule, change.key) for change in interface_changes(one, other)] == [("OUTPUT_REMOVED", "y")]


def test_every_rule_says_why() -> None:
    assert all(rule.reason.endswith(".") for rule in RULES.values())


KERAS = Inspection("keras_v3", keras=KerasModel("m", "Functional", (X,), (replace(Y, key="scores"),)))


@pytest.mark.parametrize("tags", [(), ("serve",)])
def test_keras_is_compared_with_the_default_signature_of_another_format(tags: tuple[str, ...]) -> None:
    found = interface_changes(KERAS, inspection(SIGNATURE, tags=tags))
    told = [(change.rule, change.signature, change.key) for change in found]
    assert told == [("OUTPUT_REMOVED", "serving_default", "scores"), ("OUTPUT_ADDED", "serving_default", "y")]


@pytest.mark.parametrize("silent", [Inspection("tf2_checkpoint"), Inspection("keras_v3", keras=KerasModel("m", "Sub"))])
@pytest.mark.parametrize("other", [KERAS, inspection(SIGNATURE)])
def test_what_says_nothing_about_an_interface_is_not_comparable(silent: Inspection, other: Inspection) -> None:
    for sides in ((silent, other), (other, silent)):
        (change,) = interface_changes(*sides)
        assert (change.rule, change.breaking, change.before) == ("NOT_COMPARABLE", False, f"a {silent.format} has no interface")


def test_two_that_say_nothing_do_not_differ() -> None:
    assert interface_changes(Inspection("tf2_checkpoint"), Inspection("keras_weights")) == []
