"""`tfreg sign`: declared signatures as a user sees them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MODELS = Path(__file__).parents[1] / "fixtures" / "models"
Tfreg = Callable[..., Any]
IDS = ("--input", "ids=input_ids", "--input", "mask=input_mask:0", "--input", "segments=segment_ids")


@pytest.fixture
def pushed(tfreg: Tfreg) -> Tfreg:
    """`tfreg` over a registry with team/bert:1, a SavedModel, and team/frozen:1, a frozen graph without signatures."""
    assert tfreg("push", MODELS / "tf1_saved_model", "team/bert", "--alias", "prod").code == 0
    assert tfreg("push", MODELS / "frozen_tf1.pb", "team/frozen").code == 0
    return tfreg


def test_it_prints_the_signature_as_callers_see_it(pushed: Tfreg) -> None:
    ran = pushed("sign", "team/bert@prod", "embed", *IDS, "--output", "vector=fc3:0")
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines[:2] == ["team/bert:1 signed", "  signature embed (tensorflow/serving/predict) declared"]
    assert pushed("sign", "team/bert:1", "embed", *IDS, "--output", "vector=fc3:0").lines[0] == "team/bert:1 signed so already"
    assert "embed            tensorflow/serving/predict  declared" in pushed("show", "team/bert", "--signatures").out
    assert pushed("resolve", "team/bert", "--signature", "embed").code == 0


def test_a_model_without_signatures_gets_one(pushed: Tfreg) -> None:
    assert "guessed" in pushed("resolve", "team/frozen").lines[0]
    assert pushed("sign", "team/frozen", "serving_default", *IDS, "--output", "prob=pred_prob").code == 0
    document = pushed("resolve", "team/frozen", "-o", "json").json
    assert (document["guessed"], document["signature"], [fetch["key"] for fetch in document["fetches"]]) == (
        False,
        "serving_default",
        ["prob"],
    )


def test_what_is_doubtful_is_told(pushed: Tfreg) -> None:
    ran = pushed("sign", "team/bert", "embed", "--input", "ids=input_ids", "--input", "l=pred_label", "--output", "vector=fc3:0")
    assert ran.code == 0
    assert ran.out.count("TFR203") == 2
    assert ran.out.count("TFR210") == 1


def test_json_holds_what_was_declared(pushed: Tfreg) -> None:
    document = pushed("sign", "team/bert", "embed", "--output", "vector=fc3:0", "--method-name", "my/method", "-o", "json").json
    assert (document["reference"], document["changed"], document["additions"]) == ("team/bert:1", True, 1)
    assert document["signature"]["declared"] is True
    assert document["signature"]["method_name"] == "my/method"
    assert {diagnostic["code"] for diagnostic in document["diagnostics"]} == {"TFR203"}


def test_the_journal_and_a_withdrawal_have_json_too(pushed: Tfreg) -> None:
    pushed("sign", "team/bert", "embed", "--output", "v=fc3", "--set-tags", "mobile,gpu", "--target", "fc3")
    document = pushed("sign", "team/bert", "embed", "--withdraw", "--tag-set", "mobile,gpu", "-o", "json").json
    assert document == {"reference": "team/bert", "key": "embed", "additions": 2}
    newest, oldest = pushed("sign", "team/bert", "--list", "-o", "json").json["declarations"]
    assert (newest["addition"], newest["withdrawn"], oldest["addition"], oldest["withdrawn"]) == (2, True, 1, False)
    assert (oldest["tags"], oldest["declared_tags"], oldest["targets"]) == (["serve"], ["gpu", "mobile"], ["fc3"])
    assert oldest["signature"]["outputs"][0]["name"] == "fc3:0"


def test_an_empty_journal_is_told(pushed: Tfreg) -> None:
    ran = pushed("sign", "team/bert", "--list")
    assert (ran.code, ran.out, ran.err) == (0, "", "No signature was ever declared\n")


def test_an_own_signature_is_shadowed_only_on_request(pushed: Tfreg) -> None:
    command = ("sign", "team/bert", "features", *IDS, "--output", "v=fc3")
    refused = pushed(*command)
    assert refused.code == 4
    assert "--override" in refused.err
    assert pushed(*command, "--override").code == 0
    assert "TFR207" in pushed("resolve", "team/bert", "--signature", "features").out
    assert "TFR207" in pushed("show", "team/bert", "--problems").out


def test_a_tag_set_of_its_own_is_shown_and_resolved(pushed: Tfreg) -> None:
    assert pushed("sign", "team/bert", "embed", *IDS, "--output", "v=fc3", "--set-tags", "mobile").code == 0
    shown = pushed("show", "team/bert").out
    assert "tag set serve:" in shown
    assert "tag set mobile:" in shown
    ran = pushed("resolve", "team/bert", "--tag-set", "mobile")
    assert "TFR208" in ran.out
    assert "{serve}" in ran.out
    document = pushed("resolve", "team/bert", "--tag-set", "mobile", "-o", "json").json
    assert (document["tags"], document["loader_tags"]) == (["mobile"], ["serve"])


def test_a_local_path_cannot_be_signed(tfreg: Tfreg) -> None:
    ran = tfreg("sign", MODELS / "tf1_saved_model", "embed", "--output", "v=fc3")
    assert ran.code == 2
    assert "Push it first: tfreg push" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("team/bert",),
        ("team/bert", "embed"),
        ("team/bert", "--withdraw"),
        ("team/bert", "embed", "--output", "fc3"),
        ("team/bert", "embed", "--output", "=fc3"),
        ("team/bert", "embed", "--output", "v=fc3", "--output", "v=fc3"),
        ("team/bert", "embed", "--output", "v=fc3", "--withdraw"),
        ("team/bert", "embed", "--withdraw", "--list"),
        ("team/bert", "embed", "--output", "v=nothing:0"),
    ],
)
def test_a_wrong_command_line_is_told(pushed: Tfreg, arguments: tuple[str, ...]) -> None:
    ran = pushed("sign", *arguments)
    assert ran.code == 2
    assert "next: " in ran.err


def test_what_is_not_there_is_told(pushed: Tfreg) -> None:
    assert pushed("sign", "team/nothing", "embed", "--output", "v=fc3").code == 3
    assert pushed("sign", "team/bert", "embed", "--withdraw").code == 3


def test_an_output_without_a_key_gets_the_example_of_an_output(tfreg: Tfreg) -> None:
    assert "Write --output prob=softmax:0." in tfreg("sign", "team/net", "s", "--output", "Identity").err
