"""What can be declared, and what is said about what cannot."""

from __future__ import annotations

import pytest

from tfreg.core.errors import (
    NoGraphError,
    SignatureExistsError,
    SignatureInvalidError,
    TagSetAmbiguousError,
    TagSetNotFoundError,
)
from tfreg.core.inspections import Inspection, KerasModel, MetaGraph, Subgraph
from tfreg.core.signing.declaring import MAX_DECLARED_TENSORS, declare
from tfreg.core.signing.overlay import overlay
from tfreg.core.signing.request import SignatureRequest
from tfreg.core.tensors import TensorRef, TensorSpec


def test_dtypes_and_shapes_are_read_off_the_graph(artifact) -> None:
    declared, findings = artifact().declare("classify", "x=x:0", "p=prob h=hidden:0 c=custom:3")
    assert declared.signature.inputs == (TensorSpec("x", TensorRef("x"), "float32", (None, 4)),)
    assert [(spec.key, str(spec.ref), spec.dtype, spec.has_shape) for spec in declared.signature.outputs] == [
        ("c", "custom:3", "", False),
        ("h", "hidden:0", "float32", False),
        ("p", "prob:0", "float32", True),
    ]
    assert declared.signature.declared
    assert declared.signature.method_name == "tensorflow/serving/predict"
    assert (declared.tags, declared.declared_tags, declared.override) == (("serve",), (), False)
    assert findings == ()


def test_an_input_need_not_be_a_placeholder(artifact) -> None:
    signed = artifact()
    _, findings = signed.declare("head", "h=hidden:0", "p=prob:0")
    assert findings == ()
    assert [(feed.tensor.key, feed.use.value) for feed in signed.resolve("head").feeds] == [("h", "required")]


def test_an_input_that_no_output_depends_on_is_doubtful(artifact) -> None:
    _, findings = artifact().declare("classify", "x=x:0 mask=mask:0")
    assert [(finding.code, finding.place.operation) for finding in findings] == [("TFR210", "mask")]


def test_a_placeholder_that_no_input_names_is_doubtful(artifact) -> None:
    _, findings = artifact().declare("classify", "x=x:0", "m=masked:0")
    assert [(finding.code, finding.place.operation) for finding in findings] == [("TFR203", "mask")]


def test_two_keys_may_be_one_tensor(artifact) -> None:
    _, findings = artifact().declare("classify", "x=x:0", "a=prob:0 b=prob")
    assert [finding.code for finding in findings] == ["TFR205"]


@pytest.mark.parametrize(
    ("tensor", "meant"),
    [
        ("probb:0", "probb"),
        ("Prob", "prob"),
        ("prob_1:0", "prob:0"),
        ("import/hidden:0", "hidden:0"),
        ("top:2", "top:1"),
    ],
)
def test_a_wrong_tensor_is_refused_with_what_may_be_meant(artifact, tensor: str, meant: str) -> None:
    with pytest.raises(SignatureInvalidError) as caught:
        artifact().declare(outputs=f"p={tensor}")
    assert caught.value.metadata["tensor"] == tensor
    assert meant.removesuffix("b") in caught.value.metadata["nearest"]


@pytest.mark.parametrize("tensor", ["", ":0", "^hidden", "x:y", "x:99999999999"])
def test_what_is_no_name_of_a_tensor_is_refused(artifact, tensor: str) -> None:
    with pytest.raises(SignatureInvalidError):
        artifact().declare(inputs=f"x={tensor}")


def test_an_operation_without_outputs_can_be_a_target_only(artifact) -> None:
    with pytest.raises(SignatureInvalidError) as caught:
        artifact().declare(outputs="p=print:0")
    assert "target" in caught.value.hint
    declared, _ = artifact().declare(targets=("print", "print"))
    assert declared.targets == ("print",)


@pytest.mark.parametrize(("target", "meant"), [("hidden:0", "hidden"), ("prin", "print")])
def test_targets_are_operations(artifact, target: str, meant: str) -> None:
    with pytest.raises(SignatureInvalidError) as caught:
        artifact().declare(targets=(target,))
    assert caught.value.metadata["nearest"] == meant


@pytest.mark.parametrize(
    "request_",
    [
        SignatureRequest("", (), (("p", "prob"),)),
        SignatureRequest("line\nbreak", (), (("p", "prob"),)),
        SignatureRequest("k" * 1001, (), (("p", "prob"),)),
        SignatureRequest("__saved_model_init_op", (), (("p", "prob"),)),
        SignatureRequest("classify", (("x", "x"),), ()),
        SignatureRequest("classify", (("x", "x"), ("x", "mask")), (("p", "prob"),)),
        SignatureRequest("classify", (), (("", "prob"),)),
        SignatureRequest("classify", (), (("p", "prob"),), declared_tags=("",)),
        SignatureRequest("classify", (), (("p", "prob"),), method_name="\x00"),
        SignatureRequest("classify", tuple((str(n), "x") for n in range(MAX_DECLARED_TENSORS)), (("p", "prob"),)),
    ],
)
def test_keys_are_plain_texts_each_once_and_an_output_is_needed(artifact, request_: SignatureRequest) -> None:
    signed = artifact()
    with pytest.raises(SignatureInvalidError):
        declare(signed.inspection, signed.seen(), request_, signed.graphs.__getitem__)


def test_a_signature_of_the_artifact_is_shadowed_only_on_request(artifact) -> None:
    signed = artifact(keys="classify")
    with pytest.raises(SignatureExistsError) as caught:
        signed.declare("classify")
    assert caught.value.metadata["signature"] == "classify"
    assert signed.declare("classify", override=True)[0].override
    assert not signed.declare("other", override=True)[0].override, "it shadows nothing"
    assert not signed.declare("classify", declared_tags=("mobile",))[0].override


def test_the_graph_is_chosen_as_resolve_chooses_it(artifact) -> None:
    assert artifact("train", "serve").declare()[0].tags == ("serve",)
    assert artifact("serve,gpu", "serve").declare(tags=("gpu", "serve"))[0].tags == ("serve", "gpu")
    with pytest.raises(TagSetNotFoundError):
        artifact().declare(tags=("train",))
    with pytest.raises(TagSetAmbiguousError):
        artifact("train", "eval").declare()


def test_a_tag_set_of_another_graph_cannot_be_declared(artifact) -> None:
    signed = artifact("serve", "train")
    with pytest.raises(SignatureInvalidError):
        signed.declare(declared_tags=("train",))
    assert signed.declare(declared_tags=("serve",))[0].declared_tags == ()
    assert signed.declare(declared_tags=("b", "a", "b"))[0].declared_tags == ("a", "b")
    assert signed.declare("other", declared_tags=("a", "b"))[0].declared_tags == ("a", "b")
    with pytest.raises(SignatureInvalidError):
        signed.declare(tags=("train",), declared_tags=("a", "b"))


def test_what_has_no_graph_says_what_would_have_one() -> None:
    inspection = Inspection("keras_weights")
    request = SignatureRequest("classify", (), (("p", "prob"),))
    with pytest.raises(NoGraphError) as caught:
        declare(inspection, overlay(inspection, ()), request, lambda _: pytest.fail("no graph"))
    assert "model.export(" in caught.value.hint


def test_a_keras_file_that_says_its_inputs_has_names_of_its_own() -> None:
    inspection = Inspection("keras_v3", keras=KerasModel("net", "Functional", inputs=(TensorSpec("image", None, "float32"),)))
    request = SignatureRequest("classify", (), (("p", "prob"),))
    with pytest.raises(NoGraphError, match="Keras's own") as caught:
        declare(inspection, overlay(inspection, ()), request, lambda _: pytest.fail("no graph"))
    assert "SavedModel" in caught.value.hint


def tflite() -> Inspection:
    inputs = tuple(TensorSpec("", TensorRef(name), "int32", (1, 8), tensor_index=i) for i, name in enumerate(("ids", "mask")))
    outputs = (TensorSpec("", TensorRef("prob"), "float32", (1, 3), tensor_index=19),)
    return Inspection("tflite", (MetaGraph((), (), ()),), subgraphs=(Subgraph("main", inputs, outputs, 10, 20),))


def of_tflite(inputs, outputs, **options):
    inspection = tflite()
    request = SignatureRequest("classify", inputs, outputs, **options)
    return declare(inspection, overlay(inspection, ()), request, lambda _: pytest.fail("no graph"))[0]


def test_inputs_and_outputs_of_a_tflite_model_have_names_or_indices() -> None:
    declared = of_tflite((("a", "ids"), ("b", "1")), (("p", "prob"),))
    assert [(spec.key, spec.ref, spec.tensor_index) for spec in declared.signature.inputs] == [("a", None, 0), ("b", None, 1)]
    assert declared.signature.outputs[0].tensor_index == 19
    assert declared.signature.method_name == ""


@pytest.mark.parametrize(
    ("inputs", "outputs", "options"),
    [
        ((("a", "idz"),), (("p", "prob"),), {}),
        ((("a", "19"),), (("p", "prob"),), {}),
        ((), (("p", "7"),), {}),
        ((), (("p", "prob"),), {"targets": ("init",)}),
        ((), (("p", "prob"),), {"declared_tags": ("serve",)}),
    ],
)
def test_a_tflite_model_has_no_other_tensors_no_targets_and_no_tags(inputs, outputs, options) -> None:
    with pytest.raises(SignatureInvalidError):
        of_tflite(inputs, outputs, **options)
