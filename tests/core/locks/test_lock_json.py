"""tests/vectors/locks.json: the text of a lock file, as every language writes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tfreg.core.errors import LockInvalidError
from tfreg.core.locks.lock import Lock
from tfreg.core.locks.lock_json import read_lock, write_lock

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "locks.json").read_text(encoding="utf-8"))


def named(case: dict[str, Any]) -> str:
    return str(case["name"])


@pytest.mark.parametrize("case", VECTORS["cases"], ids=named)
def test_a_lock_file_has_one_text(case: dict[str, Any]) -> None:
    written = write_lock(read_lock(json.dumps(case["document"]).encode()))
    assert written.decode() == case["text"]
    assert write_lock(read_lock(written)) == written


@pytest.mark.parametrize("case", VECTORS["cases"], ids=named)
def test_what_is_read_is_what_was_written(case: dict[str, Any]) -> None:
    read = json.loads(case["text"])
    wanted = {**case["document"], "models": sorted(case["document"]["models"], key=lambda model: model["reference"].encode())}
    assert read == wanted


@pytest.mark.parametrize("case", VECTORS["refused"], ids=named)
def test_what_is_no_lock_file_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(LockInvalidError, match="tfreg lock"):
        read_lock(case["text"].encode())


def test_renewing_keeps_the_other_entries() -> None:
    (first, second, third) = read_lock(VECTORS["cases"][2]["text"].encode()).models
    assert Lock((first, third)).renewed([second]).models == (first, second, third)
