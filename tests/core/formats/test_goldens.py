"""Inspections of all fixtures, kept whole: a change of what users see shows up as a difference of a golden."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tfreg.core.formats.registry import recognise
from tfreg.core.inspection_json import decode, encode
from tfreg.core.trees import LocalTree

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
TOO_LONG = {"checkpoint_two_blocks"}  # 2,400 tensors, each as the other
NAMES = sorted(path.name for path in MODELS.iterdir() if path.name not in TOO_LONG)


@pytest.mark.parametrize("name", NAMES)
def test_the_inspection_of_a_fixture_is_the_golden_one(name, golden):
    tree = LocalTree(MODELS / name)
    inspection = recognise(tree).inspect(tree)
    encoded = encode(inspection)
    golden(f"inspections/{name}.json", json.dumps(json.loads(encoded), indent=1, ensure_ascii=False) + "\n")
    assert decode(encoded) == inspection
