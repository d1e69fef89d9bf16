"""Every fixture into every target: converts and computes the same, or is refused with the reason that the table has.

`pytest tests/conversions/test_matrix.py -n 0 --update-goldens` writes the table anew; look at each difference.
"""

from __future__ import annotations

import fcntl
import importlib.util
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tfreg.core.conversions.targets import TARGETS

_HERE = Path(__file__).parent


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"conversion_{name}", _HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


verdicts = _module("verdicts")
ROWS = verdicts.NAMES


@pytest.fixture(scope="module")
def runner() -> Iterator[object]:
    made = _module("child_runner").ChildRunner()
    yield made
    made.close()


def _group(name: str) -> str:
    return f"matrix-{zlib.crc32(name.encode()) % 2}"


@pytest.mark.tensorflow
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.xdist_group(_group(name))) for name in ROWS])
def test_each_conversion_has_the_verdict_of_the_table(name: str, runner: object, request: pytest.FixtureRequest) -> None:
    found = verdicts.row(name, runner)
    if request.config.getoption("--update-goldens"):
        _update(name, found)
    expected = json.loads(verdicts.TABLE.read_text())[name]
    assert found == expected


def test_the_table_has_a_row_for_each_fixture_and_a_cell_for_each_target() -> None:
    table = json.loads(verdicts.TABLE.read_text())
    assert sorted(table) == sorted(ROWS)
    assert all(list(row) == [target.name for target in TARGETS] for row in table.values())


def test_no_conversion_of_the_table_computes_something_else_or_is_a_bug() -> None:
    table = json.loads(verdicts.TABLE.read_text())
    wrong = [
        f"{name} -> {target}: {cell}"
        for name, row in table.items()
        for target, cell in row.items()
        if cell.startswith(("failed", "FAILED", "INTERNAL")) or "please report" in cell
    ]
    assert wrong == []


def _update(name: str, found: dict[str, str]) -> None:
    with (_HERE / "verdicts.json").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        table = json.loads(file.read() or "{}")
        table[name] = found
        file.truncate(0)
        file.write(json.dumps(dict(sorted(table.items())), indent=1) + "\n")
