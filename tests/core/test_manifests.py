"""Manifests: safe paths, no collisions, one digest in every language."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.digests import digest_of
from tfreg.core.errors import ManifestInvalidError, PathInvalidError
from tfreg.core.manifests import ManifestFile, check_path, manifest_of

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "manifest_digests.json").read_text(encoding="utf-8"))
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="/\\:"), min_size=1, max_size=20)


def file(path: str, size_bytes: int = 1) -> ManifestFile:
    return ManifestFile(path, size_bytes, digest_of(path.encode("utf-8", "surrogatepass")))


@pytest.mark.parametrize("vector", VECTORS["manifests"], ids=lambda vector: vector["name"])
def test_a_manifest_has_the_same_digest_in_every_language(vector: dict[str, Any]) -> None:
    manifest = manifest_of(ManifestFile(**one) for one in vector["files"])
    assert manifest.text() == vector["lines"]
    assert manifest.digest() == vector["digest"]


@given(
    st.lists(NAMES.filter(lambda name: name not in (".", "..")), min_size=1, max_size=5, unique_by=lambda name: name.casefold())
)
def test_the_digest_is_that_of_the_lines_whatever_the_order_of_the_files(names: list[str]) -> None:
    try:
        manifest = manifest_of(map(file, names))
    except (ManifestInvalidError, PathInvalidError):
        return  # two that are one after normalisation, or longer than a file name may be
    assert manifest == manifest_of(map(file, reversed(names)))
    assert manifest.digest() == f"sha256:{hashlib.sha256(manifest.text().encode()).hexdigest()}"
    assert manifest.size_bytes == len(names)


@pytest.mark.parametrize(
    "path", ["a", "saved_model.pb", "variables/variables.index", "ä/ö", "a b", "a..b", "...", "x" * 255, "ab:c"]
)
def test_a_path_is_relative_with_plain_names(path: str) -> None:
    assert check_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "../a",
        "a/../b",
        "a/./b",
        "C:/a",
        "c:a",
        "a\\b",
        "a\0b",
        "a\nb",
        "a\x7f",
        "a\x85b",
        "a\u2028b",
        "\ud800",
        "x" * 256,
        "ä" * 128,
        "/".join(["abc"] * 300),
    ],
)
def test_an_unsafe_path_is_refused(path: str) -> None:
    with pytest.raises(PathInvalidError) as error:
        check_path(path)
    assert str(error.value).isprintable()


@pytest.mark.parametrize(
    "paths",
    [
        ("a", "a"),
        ("A", "a"),
        ("dir/B", "DIR/b"),
        ("\u00e9", "e\u0301"),
        ("ß", "SS"),
        ("a", "a/b"),
        ("A", "a/b"),
        ("a/b", "a/b/c/d"),
    ],
)
def test_paths_that_are_one_somewhere_are_refused(paths: tuple[str, ...]) -> None:
    with pytest.raises(ManifestInvalidError):
        manifest_of(map(file, paths))


def test_the_same_file_twice_is_refused() -> None:
    one = file("a")
    with pytest.raises(ManifestInvalidError):
        manifest_of([one, one])


@pytest.mark.parametrize("size_bytes", [-1, 2**53])
def test_a_size_that_no_file_has_is_refused(size_bytes: int) -> None:
    with pytest.raises(ManifestInvalidError):
        manifest_of([file("a", size_bytes)])


def test_an_artifact_has_files() -> None:
    with pytest.raises(ManifestInvalidError):
        manifest_of([])


def test_files_are_sorted_by_the_bytes_of_their_paths() -> None:
    paths = ["\U0001f600", "\uff5e", "a/b", "a-b", "Z"]
    assert [one.path for one in manifest_of(map(file, paths)).files] == sorted(paths, key=str.encode)
