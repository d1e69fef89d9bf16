"""`tfreg diff` and `tfreg ls --same-as`."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfreg.core.comparing.rules import RULES

Tfreg = Callable[..., Any]


@pytest.fixture
def two(tfreg: Tfreg, models: Path) -> tuple[str, str]:
    """A SavedModel and its frozen form in a registry."""
    tfreg("push", models / "tf1_saved_model", "demo/was")
    tfreg("push", models / "frozen_tf1.pb", "demo/is")
    return "demo/was", "demo/is"


def told(ran: Any) -> dict[str, Any]:
    assert ran.code == 0, ran.err
    return {key: value for key, value in ran.json.items() if key not in ("before", "after")}


def test_paths_references_and_both_mixed_give_the_same_answer(tfreg: Tfreg, models: Path, two: tuple[str, str]) -> None:
    by_registry = told(tfreg("diff", *two, "-o", "json"))
    by_path = told(tfreg("diff", models / "tf1_saved_model", models / "frozen_tf1.pb", "-o", "json"))
    mixed = told(tfreg("diff", two[0], models / "frozen_tf1.pb", "-o", "json"))
    assert by_registry == by_path == mixed
    assert by_registry["equal_fingerprints"] == ["model", "program", "weights"]


def test_the_text_says_what_breaks_and_what_is_equal(tfreg: Tfreg, models: Path) -> None:
    ran = tfreg("diff", models / "tf1_saved_model", models / "frozen_tf1.pb")
    assert ran.code == 0
    assert "same model, program, weights" in ran.lines
    assert "interface: 2 changes, 2 breaking" in ran.lines
    assert "tensors: 5 equal" in ran.lines


def test_one_line_says_it_before_the_rest(tfreg: Tfreg, models: Path) -> None:
    ran = tfreg("diff", models / "tf1_saved_model", models / "frozen_tf1.pb")
    assert ran.lines[1] == "same model in another format; interface breaks"
    found = tfreg("diff", models / "checkpoint_tf1", models / "checkpoint_training", "-o", "json").json
    assert found["verdict"] == "same program, other weights (2 tensors)"


def test_a_format_without_a_graph_has_no_ops_to_compare(tfreg: Tfreg, models: Path) -> None:
    found = tfreg("diff", models / "same_keras_saved_model", models / "same_keras_v3.keras", "-o", "json").json
    assert found["op_changes"] == {}


def test_of_many_changed_ops_the_first_twelve_are_told_unless_all_are_asked_for(tfreg: Tfreg, models: Path) -> None:
    sides = models / "tf1_saved_model", models / "tf1_placeholder_with_default"
    (few,) = (line for line in tfreg("diff", *sides).lines if line.startswith("ops: "))
    (every,) = (line for line in tfreg("diff", *sides, "--all").lines if line.startswith("ops: "))
    assert few.count(",") == 11
    assert f"and {every.count(',') - 11} more" in few


def test_what_one_of_two_formats_does_not_store_is_not_told_as_gone(tfreg: Tfreg, models: Path) -> None:
    forms = models / "same_keras_saved_model", models / "same_keras_v3.keras"
    ran, every = tfreg("diff", *forms), tfreg("diff", *forms, "--all")
    assert ran.lines[1].startswith("same weights in another format")
    assert "removed" not in ran.out
    assert not any(line.startswith(("  -  ", "  +  ")) for line in ran.lines)
    assert len(every.lines) > len(ran.lines)
    assert [line.split()[0] for line in ran.lines[ran.lines.index("facts") + 1 :]].count("format") == 1
    assert not any(line.endswith("-> -") for line in ran.lines)


def test_a_checkpoint_has_no_interface_to_compare(tfreg: Tfreg, models: Path) -> None:
    ran = tfreg("diff", models / "same_keras_checkpoint", models / "same_keras_saved_model")
    assert "interface: not comparable: a tf2_checkpoint has no interface" in ran.lines


@pytest.mark.parametrize("with_exit_code", [True, False])
def test_a_breaking_change_has_an_exit_code_if_one_asks_for_it(tfreg: Tfreg, models: Path, *, with_exit_code: bool) -> None:
    options = ["--exit-code"] if with_exit_code else []
    assert tfreg("diff", models / "tf1_saved_model", models / "frozen_tf1.pb", *options).code == (11 if with_exit_code else 0)
    assert tfreg("diff", models / "checkpoint_tf1", models / "checkpoint_training", *options).code == 0


def test_changed_tensors_are_measured_if_one_asks_for_it(tfreg: Tfreg, models: Path) -> None:
    ran = tfreg("diff", models / "checkpoint_tf1", models / "checkpoint_training", "--max-abs-diff", "-o", "json")
    changed = {one["after"]["name"]: one for one in ran.json["tensor_changes"] if one["kind"] == "changed"}
    assert changed["output_weights"]["max_abs_difference"] == pytest.approx(0.03)


@pytest.mark.parametrize("sides", [("demo/run", "path"), ("path", "demo/run")])
def test_a_version_and_a_path_are_measured_like_two_paths(tfreg: Tfreg, models: Path, sides: tuple[str, str]) -> None:
    other = models / "checkpoint_training"
    tfreg("push", models / "checkpoint_tf1", "demo/run")
    ran = tfreg("diff", *(other if side == "path" else side for side in sides), "--max-abs-diff", "-o", "json")
    changed = {one["after"]["name"]: one for one in ran.json["tensor_changes"] if one["kind"] == "changed"}
    assert changed["output_weights"]["max_abs_difference"] == pytest.approx(0.03)


def test_a_partitioned_variable_of_a_version_is_compared_with_that_of_a_path(tfreg: Tfreg, models: Path) -> None:
    tfreg("push", models / "tf1_partitioned", "demo/parts")
    found = tfreg("diff", "demo/parts", models / "tf1_partitioned", "-o", "json").json
    assert (found["equal_tensor_count"], found["tensor_changes"]) == (2, [])


def test_the_same_twice_has_no_difference(tfreg: Tfreg, models: Path) -> None:
    found = tfreg("diff", models / "tf2_keras_export", models / "tf2_keras_export", "-o", "json").json
    assert found["interface_changes"] == found["tensor_changes"] == found["fact_changes"] == []
    assert found["op_changes"] == {}


def test_renamed_tensors_are_counted_and_listed_on_request(tfreg: Tfreg, models: Path) -> None:
    forms = (models / "same_keras_v3.keras", models / "same_keras_h5.h5")
    summary, listed = tfreg("diff", *forms), tfreg("diff", *forms, "--renamed")
    assert " renamed" in next(line for line in summary.lines if line.startswith("tensors:"))
    assert len(listed.lines) > len(summary.lines)


def test_ls_finds_the_same_model_in_another_format(tfreg: Tfreg, two: tuple[str, str]) -> None:
    ran = tfreg("ls", "--same-as", two[0])
    assert ran.lines[0].split()[:2] == ["VERSION", "SAME"]
    assert ran.lines[1].split()[:2] == ["demo/is:1", "model"]
    (found,) = tfreg("ls", "--same-as", two[1], "-o", "json").json["versions"]
    assert (found["reference"], found["sameness"]) == ("demo/was:1", "model")


def test_ls_says_if_nothing_is_the_same(tfreg: Tfreg, models: Path) -> None:
    tfreg("push", models / "tf1_saved_model", "demo/alone")
    ran = tfreg("ls", "--same-as", "demo/alone")
    assert (ran.code, ran.out) == (0, "")
    assert "No other version" in ran.err


def test_ls_of_what_is_the_same_as_a_path_says_what_to_do(tfreg: Tfreg, models: Path) -> None:
    ran = tfreg("ls", "--same-as", models / "tf1_saved_model")
    assert ran.code == 2
    assert "Push it first" in ran.err


def test_the_page_lists_the_rules_as_they_are() -> None:
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
    rows = re.findall(r"^\| `([A-Z_]+)` \| (yes|no) \| (.*) \|$", page, re.MULTILINE)
    assert rows == [(name, "yes" if rule.breaking else "no", rule.reason) for name, rule in RULES.items()]
