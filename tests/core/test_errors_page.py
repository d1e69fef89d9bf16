"""docs/errors.md tells every reason and every code, and no other; the protos name no reason that is not in the code."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

from tfreg.core.errors import error_types

CHECKOUT = Path(__file__).parents[2]


def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_errors_page", CHECKOUT / "tools" / "write_errors_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_code_says() -> None:
    assert (CHECKOUT / "docs" / "errors.md").read_text() == writer().page()


def test_the_protos_name_only_reasons_of_the_code() -> None:
    reasons = {error.reason for error in error_types()}
    for proto in sorted((CHECKOUT / "proto" / "tfreg" / "v1").glob("*.proto")):
        named = re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", " ".join(re.findall(r"//.* / (.*)", proto.read_text())))
        kinds = {"INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "RESOURCE_EXHAUSTED", "DATA_LOSS"}
        assert set(named) <= reasons | kinds, proto.name


def test_the_java_client_gives_only_reasons_of_the_page() -> None:
    sources = (CHECKOUT / "clients" / "java" / "tfreg-client" / "src" / "main").rglob("*.java")
    named = {reason for source in sources for reason in re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', source.read_text())}
    variables = {"TFREG_CACHE", "XDG_CACHE_HOME"}
    page = writer().page()
    assert "LOCAL_IO_FAILED" in named
    assert [
        reason for reason in sorted(named - variables | {"FEED_NOT_FOUND", "FETCH_NOT_FOUND"}) if f"`{reason}`" not in page
    ] == []


def test_each_reason_stands_for_one_class() -> None:
    reasons = [error.reason for error in error_types()]
    assert len(reasons) == len(set(reasons))
