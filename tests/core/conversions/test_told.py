"""What is taken of the facts that a worker tells."""

from __future__ import annotations

import pytest

from tfreg.core.conversions.told import told_by
from tfreg.core.diagnostics import Diagnostic, Severity

NOTE = {"code": "TFR501", "severity": "warning", "message": "Left out.", "hint": "See there."}


def test_facts_of_the_right_form_are_taken() -> None:
    told = told_by({"renamed": {"a:0": "b:0"}, "pruned": {"key": "why"}, "notes": [NOTE], "tools": {"tensorflow": "2.21.0"}})
    assert told.renamed == {"a:0": "b:0"}
    assert told.pruned == {"key": "why"}
    assert told.notes == (Diagnostic("TFR501", Severity.WARNING, "Left out.", "See there."),)
    assert told.tools == {"tensorflow": "2.21.0"}


@pytest.mark.parametrize(
    "form", ["text", 1, None, [1, None, []], {"a": {}}, {"a": 1}, [{**NOTE, "code": "X"}], [{**NOTE, "severity": 1}]]
)
def test_what_is_of_another_form_is_passed_over(form: object) -> None:
    told = told_by({"renamed": form, "pruned": form, "notes": form, "tools": form})
    assert (told.renamed, told.pruned, told.notes, told.tools) == ({}, {}, (), {})


def test_what_no_message_can_hold_is_cut_short_and_made_plain() -> None:
    told = told_by(
        {
            "tools": {f"tool{index}": "1" for index in range(1000)},
            "notes": [{**NOTE, "message": "\ud800" + "m" * 10_000}] * 1000,
            "pruned": {"\udfff\x1b[2J": "why"},
        }
    )
    assert (len(told.tools), len(told.notes)) == (20, 100)
    assert told.notes[0].message.startswith("?m")
    assert len(told.notes[0].message) == 2000
    assert list(told.pruned) == ["??[2J"]
