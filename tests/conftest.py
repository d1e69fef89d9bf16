"""Options and fixtures that all tests share."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

TESTS = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="write the golden files anew instead of comparing with them")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Makes a skip a failure where CI is set: there all that tests need is installed, and a skip is an accident."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail") and "needs_root" not in item.keywords:
        report.outcome, report.longrepr = "failed", f"skipped, which CI does not allow: {report.longrepr}"


@pytest.fixture(scope="session")
def models() -> Path:
    """The folder of models that TensorFlow made."""
    return TESTS / "fixtures" / "models"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with the golden file of that name below tests/goldens, or writes it under --update-goldens."""

    def check(name: str, text: str) -> None:
        file = TESTS / "goldens" / name
        if request.config.getoption("--update-goldens"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert file.exists(), f"there is no golden {name}: run pytest --update-goldens and look at the difference"
        assert text == file.read_text(encoding="utf-8"), f"{name} differs: run pytest --update-goldens and look at the difference"

    return check


@pytest.fixture(scope="session")
def table_writer() -> ModuleType:
    """The module table_writer.py, which writes sorted string tables."""
    spec = importlib.util.spec_from_file_location("table_writer", TESTS / "table_writer.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
