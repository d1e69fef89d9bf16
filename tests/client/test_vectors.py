"""The cases on which clients of all languages agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tfreg.core.errors import ReferenceInvalidError
from tfreg.core.manifests import ManifestFile, manifest_of
from tfreg.core.names import parse_reference

VECTORS = Path(__file__).parents[1] / "vectors"


def cases(file: str, key: str) -> list[Any]:
    return json.loads((VECTORS / file).read_text(encoding="utf-8"))[key]


@pytest.mark.parametrize("case", cases("references.json", "valid"), ids=lambda case: case["reference"])
def test_a_reference_is_read(case: dict[str, Any]) -> None:
    found = parse_reference(case["reference"])
    assert (found.model, found.version, found.alias, found.digest) == (
        case["model"],
        case["version"],
        case["alias"],
        case["digest"],
    )


@pytest.mark.parametrize("case", cases("manifest_digests.json", "manifests"), ids=lambda case: case["name"])
def test_a_manifest_has_its_digest(case: dict[str, Any]) -> None:
    manifest = manifest_of(ManifestFile(**file) for file in case["files"])
    assert manifest.text() == case["lines"]
    assert manifest.digest() == case["digest"]


@pytest.mark.parametrize("case", cases("references.json", "invalid"), ids=repr)
def test_what_is_no_reference_is_refused(case: Any) -> None:
    with pytest.raises(ReferenceInvalidError):
        parse_reference(case["reference"] if isinstance(case, dict) else case)
