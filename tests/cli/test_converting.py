"""Conversions by the command line: of paths, of versions, and on the way of resolve and pull. No TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfreg.core.conversions.results import Check, CheckState

Tfreg = Callable[..., Any]


@pytest.fixture
def pushed(tfreg: Tfreg, models: Path) -> Tfreg:
    """`tfreg`, with a SavedModel and a frozen graph in the registry."""
    assert tfreg("push", models / "tf1_saved_model", "team/classifier").code == 0
    assert tfreg("push", models / "frozen_tf1.pb", "team/frozen").code == 0
    return tfreg


def test_resolve_converts_if_it_is_told_to(pushed: Tfreg) -> None:
    refused = pushed("resolve", "team/classifier", "--format", "frozen_graph")
    assert (refused.code, "--convert" in refused.err) == (4, True)
    converted = pushed("resolve", "team/classifier", "--format", "frozen_graph", "--convert", "-o", "json").json
    assert (converted["format"], converted["signature"]) == ("frozen_graph", "serving_default")
    again = pushed("resolve", "team/classifier", "--format", "frozen_graph", "-o", "json").json
    assert again["artifact_digest"] == converted["artifact_digest"]
    source = pushed("resolve", "team/classifier", "-o", "json").json
    assert source["signature_fingerprint"].startswith("sha256:")
    assert converted["signature_fingerprint"] == source["signature_fingerprint"], "it is the same signature"


def test_pull_converts_if_it_is_told_to(pushed: Tfreg, tmp_path: Path) -> None:
    ran = pushed("pull", "team/classifier", tmp_path / "f.pb", "--format", "frozen_graph", "--convert", "-o", "json")
    assert ran.json["format"] == "frozen_graph"
    assert (tmp_path / "f.pb").stat().st_size == ran.json["size_bytes"]


@pytest.mark.parametrize("verb", ["resolve", "pull"])
def test_a_conversion_on_the_way_must_say_to_what(pushed: Tfreg, verb: str) -> None:
    ran = pushed(verb, "team/classifier", "--convert")
    assert (ran.code, "--format" in ran.err) == (2, True)


def test_a_local_path_is_not_converted_by_resolve(tfreg: Tfreg, models: Path) -> None:
    ran = tfreg("resolve", models / "frozen_tf1.pb", "--format", "saved_model", "--convert")
    assert (ran.code, "tfreg convert PATH" in ran.err) == (2, True)


@pytest.mark.parametrize("verb", ["resolve", "pull"])
def test_what_cannot_be_converted_without_options_names_the_command_that_takes_them(pushed: Tfreg, verb: str) -> None:
    ran = pushed(verb, "team/frozen", "--format", "saved_model", "--convert", "-o", "json")
    assert ran.error["code"] == "OUTPUTS_REQUIRED"
    assert "--outputs pred_label:0,pred_prob:0" in ran.error["hint"]
    assert "tfreg convert" in ran.error["hint"]


def test_operations_to_run_first_are_told(tfreg: Tfreg, models: Path, tmp_path: Path) -> None:
    ran = tfreg("convert", models / "tf1_assets_table", "--out", tmp_path / "f.pb")
    assert "run once before the first call: init_all_tables_1" in ran.lines
    document = tfreg("convert", models / "tf1_assets_table", "--out", tmp_path / "f.pb", "--overwrite", "-o", "json").json
    assert document["targets"] == ["init_all_tables_1"]


def test_names_that_keras_does_not_have_are_not_told(tfreg: Tfreg, models: Path, tmp_path: Path) -> None:
    weights = models / "same_keras_weights.weights.h5"
    ran = tfreg("convert", models / "same_keras_architecture.json", "--weights", weights, "--out", tmp_path / "m.keras")
    assert ran.lines[1:3] == ["names", "  feed   seq"]


def test_a_result_needs_a_place_and_takes_none_that_is_taken(tfreg: Tfreg, models: Path, tmp_path: Path) -> None:
    ran = tfreg("convert", models / "tf1_saved_model", "--to", "frozen_graph")
    assert (ran.code, "--out frozen_graph.pb" in ran.err) == (2, True)
    (tmp_path / "f.pb").write_bytes(b"mine")
    taken = tfreg("convert", models / "tf1_saved_model", "--out", tmp_path / "f.pb")
    assert (taken.code, "--overwrite" in taken.err) == (4, True)
    assert (tmp_path / "f.pb").read_bytes() == b"mine"


def test_a_plan_does_nothing(pushed: Tfreg) -> None:
    document = pushed("convert", "team/classifier", "--to", "tflite", "--plan", "-o", "json").json
    assert [step["name"] for step in document["steps"]] == ["saved_model_to_tflite"]
    assert document["stored"] == ""
    assert "conversions" not in pushed("show", "team/classifier").out


def test_all_conversions_can_be_listed(tfreg: Tfreg) -> None:
    from tfreg.core.conversions.routes import ROUTES

    routes = tfreg("convert", "--routes", "-o", "json").json["routes"]
    assert [route["name"] for route in routes] == [route.name for route in ROUTES]


@pytest.mark.parametrize("verb", [("convert", "--to", "saved_model"), ("run", "--input-exprs", "x=[[1]]")])
def test_code_of_an_author_names_the_option_that_allows_it(
    tfreg: Tfreg, models: Path, tmp_path: Path, verb: tuple[str, ...]
) -> None:
    place = ["--out", tmp_path / "result"] if verb[0] == "convert" else []
    ran = tfreg(verb[0], models / "keras_3_lambda_v3.keras", *verb[1:], *place, "-o", "json")
    assert ran.error["code"] == "FOREIGN_CODE"
    assert "--allow-foreign-code" in ran.error["hint"]


def test_a_check_that_fails_has_an_exit_code_of_its_own(
    tfreg: Tfreg, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = Check(CheckState.FAILED, "probabilities", 0.5, inputs="generated")
    monkeypatch.setattr("tfreg.cli.local_conversion.checked", lambda *_, **__: wrong)
    ran = tfreg("convert", models / "tf1_saved_model", "--out", tmp_path / "f.pb", "--check")
    assert (ran.code, ran.lines[-1]) == (12, "checked: NOT EQUAL on generated inputs, largest difference 0.5: probabilities")
    assert (tmp_path / "f.pb").exists()


@pytest.mark.parametrize("target", ["frozen_graph", "saved_model"])
def test_keys_that_the_source_did_not_have_are_told(tfreg: Tfreg, models: Path, tmp_path: Path, target: str) -> None:
    asked = ("convert", models / "tf1_saved_model", "--to", target, "--inputs", "inner=fc3:0", "--outputs", "probabilities")
    ran = tfreg(*asked, "--out", tmp_path / "result")
    assert [line.split() for line in ran.lines if "inner" in line] == [["feed", "inner", "fc3:0", "->", "fc3:0"]]


def test_an_ending_that_says_no_format_is_named(tfreg: Tfreg, models: Path, tmp_path: Path) -> None:
    ran = tfreg("convert", models / "tf1_saved_model", "--out", tmp_path / "x.foo")
    assert (ran.code, ".foo" in ran.err) == (2, True)


def test_what_nothing_can_check_is_not_told_as_unasked(tfreg: Tfreg, models: Path, tmp_path: Path) -> None:
    out = tfreg("convert", models / "tf1_saved_model", "--out", tmp_path / "w.npz").out
    assert "unchecked: there is nothing to run" in out
    assert "asked" not in out


def test_show_lists_conversions_by_digests_and_options_to_paste(pushed: Tfreg) -> None:
    made = pushed("convert", "team/classifier", "--to", "frozen_graph", "--outputs", "probabilities", "-o", "json").json
    (line,) = [line for line in pushed("show", "team/classifier").lines if made["artifact_digest"] in line]
    assert line.endswith("outputs probabilities")


def test_formats_that_will_do_can_be_written_with_commas(pushed: Tfreg) -> None:
    found = pushed("resolve", "team/classifier", "--format", "frozen_graph,saved_model", "-o", "json").json
    assert found["format"] == "saved_model"
