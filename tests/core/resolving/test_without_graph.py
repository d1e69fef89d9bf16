"""Names of models that have no graph: TFLite by its interpreter, Keras by its own keys, the rest by saying what is missing."""

import json
from pathlib import Path

import pytest

from tfreg.core.bindings import Binding, BindingQuery, FeedUse
from tfreg.core.errors import (
    GraphUnreadableError,
    NoGraphError,
    OutputNotFoundError,
    SignatureAmbiguousError,
    SignatureNotFoundError,
    TagSetNotFoundError,
)
from tfreg.core.formats.registry import FORMATS, recognise
from tfreg.core.inspections import Inspection, KerasModel
from tfreg.core.resolving.interfaces import resolves
from tfreg.core.resolving.resolve import resolve
from tfreg.core.tensors import TensorSpec
from tfreg.core.trees import LocalTree, MemoryTree

FIXTURES = Path(__file__).parents[2] / "fixtures"
TFLITE = sorted(path.stem for path in (FIXTURES / "truth").glob("*tflite*.json"))


def binding(name: str, *outputs: str, signature: str = "", tags: tuple[str, ...] = ()) -> Binding:
    tree = LocalTree(FIXTURES / "models" / f"{name}.tflite")
    format_ = recognise(tree)
    query = BindingQuery(signature, tags, outputs)
    return resolve(format_.inspect(tree), query, lambda index: format_.graph(tree, index))


def keras(format_: str, *outputs: str, inputs: bool = True, **query: str) -> Binding:
    spec = TensorSpec("image", None, "float32", (None, 8))
    model = KerasModel("m", "Functional", (spec,) if inputs else (), (TensorSpec("prob", None, "float32", (None, 2)),))
    return resolve(Inspection(format_, keras=model), BindingQuery(outputs=outputs, **query), lambda _: pytest.fail("no graph"))


@pytest.mark.parametrize("name", TFLITE)
def test_a_tflite_signature_is_the_interpreters_under_its_keys(name):
    expected = json.loads((FIXTURES / "truth" / f"{name}.json").read_text())["interpreter"].get("signatures", {})
    for key, signature in expected.items():
        found = binding(name, signature=key)
        assert (found.format, found.signature, found.guessed) == ("tflite", key, False)
        assert {feed.tensor.key: feed.tensor.tensor_index for feed in found.feeds} == {
            name: tensor["index"] for name, tensor in signature["inputs"].items()
        }
        assert {spec.key: spec.tensor_index for spec in found.fetches} == {
            name: tensor["index"] for name, tensor in signature["outputs"].items()
        }
        assert all(feed.use is FeedUse.REQUIRED and feed.tensor.ref is None for feed in found.feeds)


def test_a_tflite_signature_has_the_fingerprint_of_the_saved_model_that_it_was_made_from():
    tree = LocalTree(FIXTURES / "models" / "release_2_18_saved_model")
    format_ = recognise(tree)
    whole = resolve(format_.inspect(tree), BindingQuery(), lambda index: format_.graph(tree, index))
    found = binding("release_2_18_tflite")
    assert found.signature_fingerprint == whole.signature_fingerprint != ""
    assert binding("release_2_18_tflite", "prob").signature_fingerprint == found.signature_fingerprint
    assert binding("tflite_frozen_v1").signature_fingerprint == "", "names of tensors are no signature"


def test_a_quantised_input_says_how():
    (image, *_), fetches = binding("tflite_int8").feeds, binding("tflite_int8").fetches
    assert (image.tensor.dtype, fetches[0].dtype) == ("int8", "uint8")
    assert image.tensor.quantization
    assert image.tensor.quantization.scales


def test_without_signatures_the_keys_are_the_tensors_names_in_the_interpreters_order():
    expected = json.loads((FIXTURES / "truth" / "tflite_frozen_v1.json").read_text())["interpreter"]
    found = binding("tflite_frozen_v1")
    assert [(feed.tensor.key, feed.tensor.tensor_index) for feed in found.feeds] == [
        (tensor["name"], tensor["index"]) for tensor in expected["inputs"]
    ]
    assert [(spec.key, spec.tensor_index) for spec in found.fetches] == [
        (tensor["name"], tensor["index"]) for tensor in expected["outputs"]
    ]
    assert found.guessed
    assert [diagnostic.code for diagnostic in found.diagnostics] == ["TFR202"]
    assert found.guesses == ()  # these are about a graph's tensors


def test_outputs_are_chosen_by_key():
    assert [spec.key for spec in binding("tflite_two_signatures", "prob", signature="classify").fetches] == ["prob"]
    with pytest.raises(OutputNotFoundError, match="Did you mean") as error:
        binding("tflite_two_signatures", "probs", signature="classify")
    assert error.value.metadata["nearest"] == "prob"


def test_an_output_that_looks_like_nothing_gets_the_list():
    with pytest.raises(OutputNotFoundError) as error:
        binding("tflite_two_signatures", "zzzzzz", signature="classify")
    assert "prob" in error.value.hint


def test_signatures_and_tags_are_refused_as_for_other_formats():
    with pytest.raises(SignatureAmbiguousError):
        binding("tflite_two_signatures")
    with pytest.raises(SignatureNotFoundError, match="classify"):
        binding("tflite_two_signatures", signature="classfy")
    with pytest.raises(SignatureNotFoundError):
        binding("tflite_frozen_v1", signature="serving_default")
    with pytest.raises(TagSetNotFoundError):
        binding("tflite_int8", tags=("serve",))


def test_what_the_interpreter_must_be_given_is_told():
    assert [found.code for found in binding("tflite_flex").diagnostics] == ["TFR301"]


@pytest.mark.parametrize("format_", ["keras_v3", "keras_h5", "keras_json"])
def test_a_keras_model_has_its_own_keys_and_says_who_can_use_them(format_):
    found = keras(format_)
    assert [feed.tensor.key for feed in found.feeds] == ["image"]
    assert [spec.key for spec in found.fetches] == ["prob"]
    assert [diagnostic.code for diagnostic in found.diagnostics] == ["TFR303"]
    assert "Java" in found.diagnostics[0].hint
    assert not found.guessed
    with pytest.raises(OutputNotFoundError):
        keras(format_, "probability")
    with pytest.raises(SignatureNotFoundError):
        keras(format_, signature="serving_default")


@pytest.mark.parametrize("format_", ["keras_v3", "keras_h5", "keras_json"])
def test_a_subclassed_keras_model_has_none(format_):
    with pytest.raises(NoGraphError, match="author's own class") as error:
        keras(format_, inputs=False)
    assert "model.export" in error.value.hint


@pytest.mark.parametrize(
    "format_", ["tf1_checkpoint", "tf2_checkpoint", "keras_weights", "tfjs", "onnx", "pytorch", "pickle", "safetensors", "npz"]
)
def test_other_formats_say_what_they_lack_and_what_to_do(format_):
    with pytest.raises(NoGraphError, match=f"of format {format_} holds .*, so there are no names") as error:
        resolve(Inspection(format_), BindingQuery(), lambda _: pytest.fail("no graph"))
    assert error.value.hint == error.value.metadata["routes"] != "Push the model's SavedModel."


def test_a_damaged_tflite_file_is_told_as_such():
    tree = MemoryTree({"m.tflite": b"\xff\x00\x00\x00TFL3" + bytes(20)})
    format_ = recognise(tree)
    with pytest.raises(GraphUnreadableError):
        resolve(format_.inspect(tree), BindingQuery(), lambda index: format_.graph(tree, index))


def test_capabilities_say_which_formats_have_names():
    by_name = {format_.name: resolves(format_) for format_ in FORMATS}
    expected = {"saved_model", "frozen_graph", "tf1_checkpoint", "tflite", "keras_v3", "keras_h5", "keras_json"}
    assert {name for name, found in by_name.items() if found} == expected & set(by_name)
