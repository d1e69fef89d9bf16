"""`tfreg resolve` of local paths: the answer of the core, as text and as JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

MODELS = Path(__file__).parents[1] / "fixtures" / "models"
Tfreg = Callable[..., Any]


def test_it_tells_which_feeds_the_outputs_need(tfreg: Tfreg) -> None:
    ran = tfreg("resolve", MODELS / "tf2_module_signatures")
    assert ran.code == 0
    assert ran.lines[1:] == [
        "  feed   x         float32  [?, 4]  serving_default_x:0        required",
        "  feed   y         int32    [?]     serving_default_y:0        unused",
        "  fetch  constant  int32    [3]     StatefulPartitionedCall:0",
        "  fetch  score     float32  [?, 3]  StatefulPartitionedCall:1",
    ]


def test_any_tensor_of_the_graph_can_be_asked_for(tfreg: Tfreg) -> None:
    document = tfreg("resolve", MODELS / "tf1_saved_model", "--output", "fc3:0", "-o", "json").json
    assert [(tensor["key"], tensor["name"]) for tensor in document["fetches"]] == [("", "fc3:0")]


def test_several_outputs_may_be_written_with_commas(tfreg: Tfreg) -> None:
    apart = tfreg("resolve", MODELS / "tf1_saved_model", "--output", "probabilities", "--output", "label")
    assert tfreg("resolve", MODELS / "tf1_saved_model", "--output", "probabilities,label").out == apart.out


def test_an_ambiguous_model_names_the_option_to_give(tfreg: Tfreg, tmp_path: Path) -> None:
    text = (MODELS / "tf1_pbtxt" / "saved_model.pbtxt").read_text().replace('"serving_default"', '"embed"')
    (tmp_path / "saved_model.pbtxt").write_text(text)
    assert "Write --signature KEY." in tfreg("resolve", tmp_path).err


def test_json_of_a_path_has_no_revision_and_no_digest(tfreg: Tfreg) -> None:
    document = tfreg("resolve", MODELS / "tf1_saved_model", "--signature", "features", "-o", "json").json
    assert document["revision"] is None
    assert document["artifact_digest"] is None
    assert document["signature"] == "features"
    assert document["unchanged"] is False
    assert {feed["key"]: feed["use"] for feed in document["feeds"]} == {
        "input_ids": "required",
        "input_mask": "required",
        "segment_ids": "required",
    }


def test_the_names_of_an_unsigned_graph_are_told_as_a_guess(tfreg: Tfreg) -> None:
    ran = tfreg("resolve", MODELS / "frozen_unsigned_two_outputs.pb")
    assert "guessed" in ran.lines[0]
    assert "TFR202" in ran.out


def test_a_tag_set_can_be_named(tfreg: Tfreg) -> None:
    assert "gpu_tower/x:0" in tfreg("resolve", MODELS / "tf1_multi_tag", "--tag-set", "serve,gpu").out


def test_a_model_without_signatures_says_what_there_is_instead(tfreg: Tfreg) -> None:
    ran = tfreg("resolve", MODELS / "tf2_no_signatures")
    assert ran.code == 4
    assert "code: NO_SIGNATURES" in ran.err


def test_a_wrong_output_names_the_right_one(tfreg: Tfreg) -> None:
    ran = tfreg("resolve", MODELS / "tf1_saved_model", "--output", "probabilities_1", "-o", "json")
    assert ran.code == 3
    assert ran.error["metadata"]["nearest"] == "probabilities"


def test_a_format_that_the_caller_cannot_load_is_refused(tfreg: Tfreg) -> None:
    assert tfreg("resolve", MODELS / "frozen_tf1.pb", "--format", "saved_model").code == 4
    assert tfreg("resolve", MODELS / "frozen_tf1.pb", "--format", "saved_model", "--format", "frozen_graph").code == 0


def test_a_path_has_no_revision_to_compare_with(tfreg: Tfreg) -> None:
    assert tfreg("resolve", MODELS / "frozen_tf1.pb", "--known-revision", "1").code == 2
