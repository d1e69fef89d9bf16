"""What every catalog promises of derived artifacts. tests/store/conftest.py says which catalogs these are."""

from __future__ import annotations

import pytest

from tfreg.core.conversions import records
from tfreg.core.conversions.results import Check, CheckState, MappedName, Result, WeightMatch, WeightMatches
from tfreg.core.digests import digest_of
from tfreg.core.errors import (
    ArtifactNotFoundError,
    BlobMissingError,
    LeaseNotFoundError,
    LimitExceededError,
    ModelNotFoundError,
    VersionNotFoundError,
)
from tfreg.core.records import Fingerprints, Sameness
from tfreg.core.tensors import TensorRef

BERT = "team/bert"
NOW, LATER = 1_000_000, 2_000_000
EQUAL = Check(CheckState.EQUAL, "", 1e-8, inputs="generated", checked_at_ms=NOW + 7)


def test_a_derived_artifact_is_an_addition_to_its_version_and_is_read_as_it_was_given(catalog, samples):
    samples.commit(catalog, b"source")
    sequence = catalog.model_sequence(BERT)
    mapped = MappedName("serving_default", "x", False, TensorRef("x", 0), pruned="no output depends on it")
    result = Result((mapped,), WeightMatches("name", (WeightMatch("w", "w"),), ("b",)))
    version, derived = samples.derive(catalog, b"graph", result=result, signatures=(samples.declared("classify"),))
    assert (version.additions, derived.addition, derived.created_at_ms) == (1, 1, NOW)
    assert catalog.derived(BERT, 1) == [derived]
    assert derived.result == result
    assert derived.signatures == (samples.declared("classify"),)
    assert catalog.model_sequence(BERT) > sequence
    assert catalog.artifact(derived.artifact_digest) == samples.artifact(b"graph")
    assert catalog.version_of_artifact(BERT, derived.artifact_digest) == catalog.version(BERT, 1) == version


def test_a_conversion_is_added_once_and_its_lease_ends(catalog, samples):
    samples.commit(catalog, b"source")
    first = samples.derive(catalog, b"graph")
    lease_id = samples.leased(catalog, b"other")
    again = catalog.commit_derived(samples.new_derived(b"other", lease_id=lease_id), NOW + 5)
    assert again == first
    with pytest.raises(LeaseNotFoundError):
        catalog.lease_blobs(lease_id, [], LATER, NOW)
    assert catalog.artifact(samples.artifact(b"other").digest) is None


def test_a_conversion_is_found_by_its_key_whatever_version_has_it(catalog, samples):
    samples.commit(catalog, b"source")
    samples.commit(catalog, b"source", model="team/other")
    assert catalog.derived_by_key("key") is None
    _, derived = samples.derive(catalog, b"graph")
    assert catalog.derived_by_key("key") == (samples.artifact(b"graph"), derived)
    catalog.commit_derived(samples.new_derived(b"graph", model="team/other"), NOW)  # without a lease: nothing is sent
    assert [one.key for one in catalog.derived("team/other", 1)] == ["key"]
    catalog.delete_version(BERT, 1, purge=True, now_ms=NOW)
    catalog.collect(0, NOW, lambda _: None)
    assert catalog.derived_by_key("key")[0] == samples.artifact(b"graph")


def test_what_a_conversion_refers_to_has_to_be_there(catalog, samples):
    with pytest.raises(ModelNotFoundError):
        samples.derive(catalog, b"graph")
    samples.commit(catalog, b"source")
    with pytest.raises(VersionNotFoundError):
        samples.derive(catalog, b"graph", number=2)
    with pytest.raises(BlobMissingError):
        catalog.commit_derived(samples.new_derived(b"never sent"), NOW)
    with pytest.raises(LeaseNotFoundError):
        catalog.commit_derived(samples.new_derived(b"graph", lease_id="unknown"), NOW)
    catalog.delete_version(BERT, 1, purge=False, now_ms=NOW)
    with pytest.raises(VersionNotFoundError):
        samples.derive(catalog, b"graph")


def test_a_version_has_so_many_conversions_at_most(catalog, samples, monkeypatch):
    monkeypatch.setattr(records, "MAX_DERIVED", 2)
    samples.commit(catalog, b"source")
    for key in "ab":
        samples.derive(catalog, key.encode(), key=key)
    with pytest.raises(LimitExceededError):
        samples.derive(catalog, b"c", key="c")


def test_bytes_of_a_derived_artifact_go_with_the_last_version_that_has_it(catalog, samples):
    samples.commit(catalog, b"source")
    samples.commit(catalog, b"another source")
    for number in (1, 2):
        samples.derive(catalog, b"graph", number=number)
    catalog.keep_inspection(samples.artifact(b"graph").digest, 1, b"inspected")
    catalog.keep_fingerprints(samples.artifact(b"graph").digest, 1, Fingerprints("model"))
    gone = []
    catalog.delete_version(BERT, 1, purge=True, now_ms=NOW)
    catalog.collect(0, NOW, gone.extend)
    assert gone == [digest_of(b"source")]
    assert catalog.inspection(samples.artifact(b"graph").digest, 1) == b"inspected"
    catalog.delete_version(BERT, 2, purge=True, now_ms=NOW)
    catalog.collect(0, NOW, gone.extend)
    assert set(gone[1:]) == {digest_of(b"another source"), digest_of(b"graph")}
    assert catalog.artifact(samples.artifact(b"graph").digest) is None
    assert catalog.inspection(samples.artifact(b"graph").digest, 1) is None
    assert catalog.fingerprints(samples.artifact(b"graph").digest, 1) is None


def test_a_source_that_is_derived_elsewhere_stays_with_it(catalog, samples):
    samples.commit(catalog, b"graph")
    samples.commit(catalog, b"source")
    samples.derive(catalog, b"graph", number=2)
    catalog.delete_version(BERT, 1, purge=True, now_ms=NOW)
    catalog.collect(0, NOW, lambda digests: pytest.fail(f"{digests} were to stay"))
    assert catalog.version_of_artifact(BERT, samples.artifact(b"graph").digest).number == 2


def test_what_is_pushed_is_a_version_though_another_was_converted_to_it(catalog, samples):
    samples.commit(catalog, b"source")
    samples.derive(catalog, b"graph")
    pushed = samples.commit(catalog, b"graph")
    assert (pushed.created, pushed.version.number) == (True, 2)
    assert catalog.version_of_artifact(BERT, samples.artifact(b"graph").digest).number == 2, "the newest"


def test_conversions_of_a_deleted_version_come_back_with_it(catalog, samples):
    samples.commit(catalog, b"source")
    _, derived = samples.derive(catalog, b"graph")
    catalog.delete_version(BERT, 1, purge=False, now_ms=NOW)
    assert catalog.version_of_artifact(BERT, derived.artifact_digest) is None
    catalog.undelete_version(BERT, 1, NOW)
    assert catalog.derived(BERT, 1) == [derived]


def test_a_check_is_kept_and_is_an_addition(catalog, samples):
    samples.commit(catalog, b"source")
    _, derived = samples.derive(catalog, b"graph")
    assert catalog.unchecked(10) == [(BERT, 1, derived)]
    sequence = catalog.model_sequence(BERT)
    version = catalog.set_check(BERT, 1, derived.artifact_digest, EQUAL, NOW + 9)
    assert version.additions == 2
    assert catalog.model_sequence(BERT) > sequence
    assert [one.check for one in catalog.derived(BERT, 1)] == [EQUAL]
    assert catalog.unchecked(10) == []


def test_a_check_that_nobody_asked_for_is_not_to_come(catalog, samples):
    samples.commit(catalog, b"source")
    samples.derive(catalog, b"graph", check=Check(reason="not asked for"))
    assert catalog.unchecked(10) == []


def test_checks_of_what_is_not_there_are_refused(catalog, samples):
    digest = samples.artifact(b"graph").digest
    for error in (ModelNotFoundError, ArtifactNotFoundError):
        with pytest.raises(error):
            catalog.set_check(BERT, 1, digest, EQUAL, NOW)
        if error is ModelNotFoundError:
            samples.commit(catalog, b"source")
    with pytest.raises(VersionNotFoundError):
        catalog.set_check(BERT, 2, digest, EQUAL, NOW)


def test_versions_are_found_by_what_they_were_converted_to(catalog, samples):
    samples.commit(catalog, b"source")
    samples.derive(catalog, b"graph")
    samples.commit(catalog, b"graph", model="team/frozen")
    found = catalog.same_versions(samples.artifact(b"graph").digest, 1, None, 10)
    assert [(one.version.model, one.sameness) for one in found] == [(BERT, Sameness.BYTES), ("team/frozen", Sameness.BYTES)]
