"""What every catalog promises of deleting and collecting. tests/store/conftest.py says which catalogs these are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tfreg.core.digests import digest_of
from tfreg.core.errors import (
    ModelNotFoundError,
    VersionAliasedError,
    VersionNotFoundError,
)
from tfreg.core.records import AliasMove, Collected, Fingerprints

BERT = "team/bert"
NOW, LATER = 1_000_000, 2_000_000


def nothing_to_unlink(digests):
    raise AssertionError(f"{digests} were to stay")


def test_a_deleted_version_is_gone_until_it_is_undeleted(catalog, samples):
    samples.commit(catalog, b"one")
    version = samples.commit(catalog, b"two").version
    deleted = catalog.delete_version(BERT, 2, purge=False, now_ms=NOW + 1)
    assert deleted == replace(version, deleted_at_ms=NOW + 1)
    assert catalog.delete_version(BERT, 2, purge=False, now_ms=NOW + 9) == deleted
    assert catalog.model(BERT).newest_version == catalog.model(BERT).version_count == 1
    with pytest.raises(VersionNotFoundError):
        catalog.set_aliases(BERT, [AliasMove("prod", 2)], NOW)
    assert catalog.undelete_version(BERT, 2, NOW + 2) == version
    assert catalog.undelete_version(BERT, 2, NOW + 3) == version
    assert catalog.model(BERT).newest_version == 2


def test_a_version_with_aliases_is_not_deleted(catalog, samples):
    samples.commit(catalog, b"one", aliases=("prod", "beta"))
    with pytest.raises(VersionAliasedError) as caught:
        catalog.delete_version(BERT, 1, purge=True, now_ms=NOW)
    assert caught.value.metadata["aliases"] == "beta, prod"


def test_what_is_not_there_is_neither_deleted_nor_undeleted(catalog, samples):
    for error in (ModelNotFoundError, VersionNotFoundError):
        with pytest.raises(error):
            catalog.delete_version(BERT, 2, purge=False, now_ms=NOW)
        with pytest.raises(error):
            catalog.undelete_version(BERT, 2, NOW)
        samples.commit(catalog, b"one")


def test_a_purged_version_does_not_come_back(catalog, samples):
    samples.commit(catalog, b"one")
    catalog.delete_version(BERT, 1, purge=False, now_ms=NOW)
    assert [version.number for version in catalog.versions(BERT, 0, 10, deleted=True)] == [1]
    assert catalog.delete_version(BERT, 1, purge=True, now_ms=NOW + 1).deleted_at_ms == NOW
    with pytest.raises(VersionNotFoundError):
        catalog.undelete_version(BERT, 1, NOW)
    assert catalog.versions(BERT, 0, 10, deleted=True) == []


def test_a_model_whose_versions_are_gone_is_still_there(catalog, samples):
    samples.commit(catalog, b"one")
    catalog.delete_version(BERT, 1, purge=True, now_ms=NOW)
    catalog.collect(0, NOW, lambda _: None)
    assert catalog.model(BERT).newest_version == 0
    assert catalog.model(BERT).version_count == 0


def test_collecting_takes_what_only_deleted_versions_hold(catalog, samples):
    card = samples.attach("readme", "README.md", b"# bert")
    samples.commit(catalog, b"shared", b"old", attachments=(card,))
    samples.commit(catalog, b"shared", b"new")
    catalog.keep_inspection(samples.artifact(b"shared", b"old").digest, 1, b"old")
    catalog.keep_inspection(samples.artifact(b"shared", b"new").digest, 1, b"new")
    catalog.delete_version(BERT, 1, purge=False, now_ms=NOW)
    for content in (b"old", b"new"):
        catalog.keep_fingerprints(samples.artifact(b"shared", content).digest, 1, Fingerprints(weights="same"))
    assert catalog.collect(NOW, NOW, nothing_to_unlink) == Collected(0, 0, 0)

    unlinked = []
    assert catalog.collect(NOW + 1, NOW, unlinked.extend) == Collected(1, 2, 9)
    assert sorted(unlinked) == sorted([digest_of(b"old"), digest_of(b"# bert")])
    assert catalog.blob_sizes([digest_of(b"shared"), digest_of(b"old")]) == {digest_of(b"shared"): 6}
    assert catalog.version(BERT, 1, deleted=True) is None
    assert catalog.artifact(samples.artifact(b"shared", b"old").digest) is None
    assert catalog.inspection(samples.artifact(b"shared", b"old").digest, 1) is None
    assert catalog.inspection(samples.artifact(b"shared", b"new").digest, 1) == b"new"
    assert catalog.fingerprints(samples.artifact(b"shared", b"old").digest, 1) is None
    assert catalog.fingerprints(samples.artifact(b"shared", b"new").digest, 1) == Fingerprints(weights="same")
    assert catalog.collect(LATER, NOW, nothing_to_unlink) == Collected(0, 0, 0)


def test_an_artifact_that_another_version_holds_stays(catalog, samples):
    samples.commit(catalog, b"weights")
    samples.commit(catalog, b"weights", model="other")
    catalog.delete_version(BERT, 1, purge=True, now_ms=NOW)
    assert catalog.collect(0, NOW, nothing_to_unlink) == Collected(1, 0, 0)
    assert catalog.artifact(samples.artifact(b"weights").digest) is not None


def test_a_live_lease_keeps_blobs_that_nothing_else_holds(catalog, samples):
    samples.leased(catalog, b"sent")
    assert catalog.collect(0, LATER - 1, nothing_to_unlink) == Collected(0, 0, 0)
    unlinked = []
    assert catalog.collect(0, LATER, unlinked.extend) == Collected(0, 1, 4)
    assert unlinked == [digest_of(b"sent")]


def test_a_lease_on_what_is_stored_keeps_it_from_being_collected(catalog, samples):
    samples.commit(catalog, b"weights")
    catalog.delete_version(BERT, 1, purge=True, now_ms=NOW)
    lease, missing = catalog.lease_blobs("", [samples.ref(b"weights")], LATER, NOW)
    assert missing == []
    assert catalog.collect(0, NOW, nothing_to_unlink).blobs == 0
    assert catalog.commit_version(samples.new(b"weights", lease_id=lease.id), NOW).version.number == 2
    assert catalog.collect(0, NOW, nothing_to_unlink).blobs == 0


def test_strangers_are_files_with_neither_row_nor_lease(catalog, samples):
    samples.leased(catalog, b"sent")
    catalog.lease_blobs("", [samples.ref(b"leased")], LATER, NOW)
    names = [digest_of(content) for content in (b"sent", b"leased", b"stranger", b"stranger")]
    unlinked = []
    assert catalog.unlink_strangers(names, NOW, unlinked.extend) == 1
    assert unlinked == [digest_of(b"stranger")]
    assert catalog.unlink_strangers(names[:2], NOW, nothing_to_unlink) == 0
    assert catalog.unlink_strangers(names[:2], LATER, lambda _: None) == 1
