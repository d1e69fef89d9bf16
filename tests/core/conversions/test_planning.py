"""The way that a conversion goes."""

from __future__ import annotations

import pytest

from tfreg.core.conversions.options import ConversionOptions, NamedTensor
from tfreg.core.conversions.planning import plan
from tfreg.core.conversions.targets import target_of_path
from tfreg.core.errors import (
    ConversionRefusedError,
    FormatUnknownError,
    NoRouteError,
    OptionUnsupportedError,
    RequestInvalidError,
)


def way(source: str, target: str, options: ConversionOptions | None = None, *inputs: str) -> list[str]:
    return [step.route.name for step in plan(source, target, options, inputs).steps]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("tf1_checkpoint", "saved_model"),
        ("tf1_checkpoint", "frozen_graph"),
        ("saved_model", "frozen_graph"),
        ("saved_model", "tflite"),
        ("frozen_graph", "saved_model"),
        ("frozen_graph", "tflite"),
        ("keras_h5", "saved_model"),
        ("keras_h5", "frozen_graph"),
        ("keras_v3", "saved_model"),
        ("keras_v3", "frozen_graph"),
    ],
)
def test_what_may_never_be_refused_has_a_way(source: str, target: str) -> None:
    assert way(source, target)


def test_the_cheapest_way_is_taken() -> None:
    assert way("saved_model", "frozen_graph") == ["saved_model_to_frozen_graph"]
    assert not plan("saved_model", "frozen_graph").needs_tensorflow


def test_a_frozen_graph_becomes_tflite_by_way_of_a_saved_model_so_that_signatures_survive() -> None:
    assert way("frozen_graph", "tflite") == ["frozen_graph_to_saved_model", "saved_model_to_tflite"]


def test_a_keras_model_goes_through_its_saved_model() -> None:
    assert way("keras_h5", "frozen_graph") == ["keras_to_saved_model", "saved_model_to_frozen_graph"]
    assert plan("keras_h5", "frozen_graph").needs_tensorflow


def test_each_step_gets_its_own_options_and_inputs() -> None:
    options = ConversionOptions(signature="a", outputs=(NamedTensor("x"),), quantize="int8")
    first, second = plan("tf1_checkpoint", "tflite", options, {"graph", "samples"}).steps
    assert first.options == ConversionOptions(signature="a", outputs=(NamedTensor("x"),))
    assert first.inputs == {"graph"}
    assert second.options == ConversionOptions(quantize="int8")
    assert second.inputs == {"samples"}


def test_an_option_is_a_reason_for_a_further_step() -> None:
    assert way("saved_model", "frozen_graph", ConversionOptions(optimize=True))[-1] == "optimize_frozen_graph"


def test_an_option_that_no_step_takes_is_refused_by_name() -> None:
    with pytest.raises(OptionUnsupportedError, match="no use for quantize") as refused:
        plan("saved_model", "frozen_graph", ConversionOptions(quantize="int8"))
    assert "outputs" in refused.value.hint


def test_mere_weights_lead_to_a_model_only_with_what_they_belong_to() -> None:
    with pytest.raises(NoRouteError, match="a TF2 checkpoint holds no graph") as refused:
        plan("tf2_checkpoint", "saved_model")
    assert "--architecture" in refused.value.hint
    assert way("tf2_checkpoint", "saved_model", None, "architecture") == ["weights_to_keras_v3", "keras_to_saved_model"]
    assert way("tf2_checkpoint", "saved_model", None, "graph") == ["weights_to_tf1_checkpoint", "checkpoint_to_saved_model"]
    assert way("keras_json", "saved_model", None, "weights") == ["keras_json_to_keras_v3", "keras_to_saved_model"]


def test_what_is_in_the_format_already_is_not_converted_for_nothing() -> None:
    with pytest.raises(RequestInvalidError, match="already"):
        plan("saved_model", "saved_model")
    assert way("saved_model", "saved_model", ConversionOptions(clear_devices=True)) == ["saved_model_to_saved_model"]


def test_text_and_binary_are_two_forms_of_one_format() -> None:
    assert way("frozen_graph", "frozen_graph_text") == ["frozen_graph_to_text"]
    assert way("frozen_graph_text", "frozen_graph") == ["frozen_graph_to_binary"]


@pytest.mark.parametrize("target", ["tfjs", "tensorrt"])
def test_what_is_out_of_scope_is_told_with_what_does_it(target: str) -> None:
    with pytest.raises(NoRouteError, match="does not write"):
        plan("saved_model", target)


def test_an_unknown_target_is_told_with_those_that_there_are() -> None:
    with pytest.raises(FormatUnknownError, match="saved_model, frozen_graph"):
        plan("saved_model", "frozen")


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("f.pb", "frozen_graph"),
        ("a/f.pbtxt", "frozen_graph_text"),
        ("m.weights.h5", "keras_weights"),
        ("m.h5", "keras_h5"),
        ("m", None),
    ],
)
def test_a_files_name_says_its_target(path: str, target: str | None) -> None:
    found = target_of_path(path)
    assert (found.name if found else None) == target


def test_a_saved_model_is_signed_anew_first_where_an_option_wants_it() -> None:
    options = ConversionOptions(function="serve", quantize="float16")
    assert way("saved_model", "tflite", options) == ["saved_model_to_saved_model", "saved_model_to_tflite"]


def test_weights_that_get_their_graph_back_have_not_lost_it() -> None:
    through = plan("npz", "saved_model", None, {"graph"}).steps
    assert [step.route.name for step in through] == ["weights_to_tf1_checkpoint", "checkpoint_to_saved_model"]
    assert through[0].loses == ()
    (end,) = plan("npz", "tf1_checkpoint").steps
    assert end.loses == end.route.loses != ()


def test_a_model_is_quantised_in_a_way_that_there_is() -> None:
    with pytest.raises(RequestInvalidError, match="float8"):
        plan("saved_model", "tflite", ConversionOptions(quantize="float8"))


def test_full_integers_without_samples_are_refused_before_any_work() -> None:
    with pytest.raises(ConversionRefusedError, match="need samples") as refused:
        plan("saved_model", "tflite", ConversionOptions(quantize="int8"))
    assert "--samples FILE.npz" in refused.value.hint
    assert plan("saved_model", "tflite", ConversionOptions(quantize="int8"), {"samples"}).needs_tensorflow


def test_within_a_format_no_detour_is_made_by_another() -> None:
    with pytest.raises(OptionUnsupportedError, match="no use for ema"):
        plan("saved_model", "saved_model", ConversionOptions(ema=True))


def test_a_graph_in_text_form_is_cut_by_way_of_the_binary_form() -> None:
    steps = plan("frozen_graph_text", "frozen_graph_text", ConversionOptions(outputs=(NamedTensor("prob"),))).steps
    assert [step.route.name for step in steps] == ["frozen_graph_to_binary", "frozen_graph_to_text"]
