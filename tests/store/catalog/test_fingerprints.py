"""What every catalog promises of fingerprints. tests/store/conftest.py says which catalogs these are."""

from __future__ import annotations

import pytest

from tfreg.core.digests import digest_of
from tfreg.core.records import Fingerprints, Sameness

NOW = 1_000_000


@pytest.fixture
def push(catalog, samples):
    """Pushes a version whose artifact has these fingerprints, and returns the artifact's digest."""

    def push(content, model="team/bert", **fingerprints):
        version = samples.commit(catalog, content, model=model).version
        if fingerprints:
            catalog.keep_fingerprints(version.artifact_digest, 1, Fingerprints(**fingerprints))
        return version.artifact_digest

    return push


@pytest.fixture
def same(catalog):
    """Asks for the versions that are the same as an artifact, as model, number and how much is the same."""

    def same(digest, after=None, limit=10, version=1):
        found = catalog.same_versions(digest, version, after, limit)
        return [(str(entry.version.model), entry.version.number, entry.sameness.value) for entry in found]

    return same


def test_fingerprints_are_kept_by_artifact_and_version(catalog):
    digest = digest_of(b"artifact")
    assert catalog.fingerprints(digest, 1) is None
    first, second = Fingerprints("m", "p", "w", "i"), Fingerprints(weights="w")
    catalog.keep_fingerprints(digest, 1, second)
    catalog.keep_fingerprints(digest, 2, second)
    catalog.keep_fingerprints(digest, 1, first)
    assert catalog.fingerprints(digest, 1) == first
    assert catalog.fingerprints(digest, 2) == second


def test_artifacts_without_fingerprints_of_a_version_are_listed(catalog, push):
    one, two, three = push(b"one", model="m"), push(b"two"), push(b"three")
    assert catalog.without_fingerprints(1, 2) == [one, two]
    catalog.keep_fingerprints(one, 1, Fingerprints())
    catalog.keep_fingerprints(digest_of(b"not pushed yet"), 1, Fingerprints())
    assert catalog.without_fingerprints(1, 10) == [two, three]
    assert catalog.without_fingerprints(2, 10) == [one, two, three]


def test_the_same_artifact_is_the_same_model_without_any_fingerprint(push, same):
    digest = push(b"weights")
    push(b"weights", model="a")
    push(b"other")
    assert same(digest) == [("a", 1, "bytes"), ("team/bert", 1, "bytes")]


def test_each_version_comes_once_with_the_most_that_is_the_same(push, same):
    push(b"as frozen graph", model="z", weights="w")
    digest = push(b"as saved model", weights="w")
    push(b"fine-tuned", model="a", weights="other")
    assert same(digest) == [("team/bert", 1, "bytes"), ("z", 1, "weights")]


def test_a_model_fingerprint_says_more_than_that_of_the_weights(catalog, push, same):
    one, two, three = push(b"1"), push(b"2"), push(b"3")
    catalog.keep_fingerprints(one, 1, Fingerprints(model="m", weights="w"))
    catalog.keep_fingerprints(two, 1, Fingerprints(model="m", weights="w"))
    catalog.keep_fingerprints(three, 1, Fingerprints(model="other", weights="w"))
    assert same(one) == [("team/bert", 3, "weights"), ("team/bert", 2, "model"), ("team/bert", 1, "bytes")]
    assert Sameness("model") is Sameness.MODEL


def test_what_is_empty_is_the_same_as_nothing(push, same):
    digest = push(b"one", program="p", interface="i")
    push(b"two", program="p", interface="i")
    assert same(digest) == [("team/bert", 1, "bytes")]


def test_fingerprints_of_different_versions_are_not_compared(catalog, push, same):
    digest, other = push(b"one", weights="w"), push(b"two")
    catalog.keep_fingerprints(other, 2, Fingerprints(weights="w"))
    assert same(digest) == [("team/bert", 1, "bytes")]
    assert same(other, version=2) == [("team/bert", 2, "bytes")]


def test_an_artifact_that_no_version_holds_can_be_asked_for_by_its_fingerprints(catalog, push, same):
    push(b"one", weights="w")
    local = digest_of(b"a local path")
    catalog.keep_fingerprints(local, 1, Fingerprints(weights="w"))
    assert same(local) == [("team/bert", 1, "weights")]


def test_deleted_versions_are_not_found_until_they_are_undeleted(catalog, push, same):
    digest = push(b"one", weights="w")
    push(b"two", weights="w")
    catalog.delete_version("team/bert", 2, purge=False, now_ms=NOW)
    assert same(digest) == [("team/bert", 1, "bytes")]
    catalog.undelete_version("team/bert", 2, NOW)
    assert len(same(digest)) == 2


def test_same_versions_come_in_pages_sorted_by_model_newest_first(push, same):
    digest = push(b"0", weights="w")
    for model in ("a", "b"):
        for content in (b"1", b"2"):
            push(content + model.encode(), model=model, weights="w")
    everything = same(digest)
    assert [entry[:2] for entry in everything] == [("a", 2), ("a", 1), ("b", 2), ("b", 1), ("team/bert", 1)]
    assert same(digest, limit=2) == everything[:2]
    assert same(digest, after=("a", 2), limit=2) == everything[1:3]
    assert same(digest, after=("team/bert", 1)) == []
