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


def test_the_java_modules_give_only_reasons_of_the_page_and_all_that_it_says_are_theirs() -> None:
    sources = (CHECKOUT / "clients" / "java").glob("*/src/main/**/*.java")
    named = {word for source in sources for word in re.findall(r'"([A-Z]{3,}(?:_[A-Z]+)*)"', source.read_text())}
    of_java = writer().OF_JAVA.keys()
    variables = {"TFREG_CACHE", "TFREG_COMMAND", "XDG_CACHE_HOME"}
    in_generated_code = {"CONTRACT", "FINGERPRINT", "REFERENCE"}
    put_together = {"FEED_NOT_FOUND", "FETCH_NOT_FOUND"}
    assert named - variables - in_generated_code - {error.reason for error in error_types()} <= of_java
    assert of_java <= named | put_together


def test_each_reason_stands_for_one_class() -> None:
    reasons = [error.reason for error in error_types()]
    assert len(reasons) == len(set(reasons))
