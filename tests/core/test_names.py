"""Names of models, aliases and references, and what is a path instead."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.digests import Digest
from tfreg.core.errors import AliasInvalidError, ModelNameInvalidError, ReferenceInvalidError
from tfreg.core.names import (
    MAX_MODEL_LENGTH,
    MAX_VERSION,
    Alias,
    ModelName,
    Reference,
    is_path,
    parse_alias,
    parse_model_name,
    parse_reference,
)

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "references.json").read_text(encoding="utf-8"))
SEGMENTS = st.from_regex(r"\A[a-z0-9](?:[a-z0-9_-]{0,10}[a-z0-9])?\Z")
MODELS = st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join)


@pytest.mark.parametrize("name", ["a", "0", "team/bert", "a/b/c/d", "team/bert_v1.2-large", "a--b/c__d", "x" * MAX_MODEL_LENGTH])
def test_a_model_name_has_one_to_four_segments(name: str) -> None:
    assert parse_model_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "a/",
        "/a",
        "a//b",
        "a/b/c/d/e",
        "A",
        "a b",
        "-a",
        "a-",
        ".a",
        "a.",
        "a..b",
        "_a",
        "a_",
        "ä",
        "a\n",
        "a:1",
        "a@b",
        "x" * 256,
    ],
)
def test_what_breaks_the_grammar_is_no_model_name(name: str) -> None:
    with pytest.raises(ModelNameInvalidError) as error:
        parse_model_name(name)
    assert error.value.metadata["model"] == name[:MAX_MODEL_LENGTH]
    assert error.value.hint


@pytest.mark.parametrize("alias", ["p", "prod", "v1.0-rc_2", "a.", "a" * 128])
def test_an_alias_begins_with_a_letter(alias: str) -> None:
    assert parse_alias(alias) == alias


@pytest.mark.parametrize("alias", ["", "1", "1st", "Prod", "-a", "a b", "a/b", "a\n", "a" * 129])
def test_what_breaks_the_grammar_is_no_alias(alias: str) -> None:
    with pytest.raises(AliasInvalidError):
        parse_alias(alias)


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda vector: vector["reference"][:40])
def test_all_clients_read_a_reference_alike(vector: dict[str, Any]) -> None:
    found = parse_reference(vector["reference"])
    assert [found.model, found.version, found.alias, found.digest] == [
        vector[key] for key in ("model", "version", "alias", "digest")
    ]
    assert str(found) == vector["reference"]


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda vector: repr(vector["reference"])[:40])
def test_all_clients_refuse_the_same_references(vector: dict[str, Any]) -> None:
    with pytest.raises(ReferenceInvalidError):
        parse_reference(vector["reference"])


@given(MODELS, st.none() | st.integers(1, MAX_VERSION), st.from_regex(r"\A[a-z][a-z0-9._-]{0,20}\Z"), st.booleans())
def test_a_reference_is_read_as_it_is_written(model: str, version: int | None, alias: str, newest: bool) -> None:
    if newest:
        reference = Reference(ModelName(model))
    elif version is not None:
        reference = Reference(ModelName(model), version=version)
    else:
        reference = Reference(ModelName(model), alias=Alias(alias))
    assert parse_reference(str(reference)) == reference


@given(st.text())
def test_any_text_is_a_reference_that_prints_as_itself_or_an_error(text: str) -> None:
    with suppress(ReferenceInvalidError):
        assert str(parse_reference(text)) == text


def test_a_reference_can_name_an_artifact() -> None:
    digest = Digest("sha256:" + "0f" * 32)
    assert parse_reference(f"team/bert@{digest}") == Reference(ModelName("team/bert"), digest=digest)


@pytest.mark.parametrize(
    "text", [".", "..", "/", "/models/bert", "./bert", "../bert", "~/bert", "~", "C:\\bert", "c:/bert", "team\\bert"]
)
def test_a_text_is_a_path_by_how_it_begins(text: str) -> None:
    assert is_path(text)


@pytest.mark.parametrize(
    "text", ["bert", "team/bert", "team/bert:7", "team/bert@prod", "team/...", "...", ".hidden", "a:b", "saved_model.pb"]
)
def test_else_it_is_a_reference_whatever_lies_on_the_disk(text: str) -> None:
    assert not is_path(text)
