"""Options and fixtures that all tests share."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

TESTS = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="write the golden files anew instead of comparing with them")


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
