"""What every catalog promises of leases, and of the rows of blobs sent under them. tests/store/conftest.py says which these are."""

from __future__ import annotations

import pytest

from tfreg.core.digests import digest_of
from tfreg.core.errors import (
    LeaseNotFoundError,
    LimitExceededError,
    SizeMismatchError,
)
from tfreg.core.records import BlobRef

NOW, LATER = 1_000_000, 2_000_000


def test_a_lease_says_which_blobs_are_missing_each_once_in_the_order_given(catalog, samples):
    there, *wanted = (samples.ref(samples.content(number)) for number in range(4))
    samples.leased(catalog, samples.content(0))
    lease, missing = catalog.lease_blobs("", [wanted[2], there, wanted[0], wanted[2]], LATER, NOW)
    assert missing == [wanted[2].digest, wanted[0].digest]
    assert lease.expires_at_ms == LATER
    assert catalog.blob_sizes([wanted[0].digest, there.digest, there.digest]) == {there.digest: there.size_bytes}


def test_each_lease_is_another(catalog):
    assert catalog.lease_blobs("", [], LATER, NOW)[0].id != catalog.lease_blobs("", [], LATER, NOW)[0].id


def test_a_lease_is_extended_and_never_shortened(catalog, samples):
    lease, _ = catalog.lease_blobs("", [], LATER, NOW)
    assert catalog.lease_blobs(lease.id, [], LATER + 5, NOW)[0].expires_at_ms == LATER + 5
    assert catalog.lease_blobs(lease.id, [samples.ref(b"x")], LATER, NOW)[0].expires_at_ms == LATER + 5


def test_a_lease_that_expired_or_never_was_is_unknown(catalog, samples):
    blob = samples.ref(b"weights")
    lease, _ = catalog.lease_blobs("", [blob], LATER, NOW)
    for lease_id, now_ms in ((lease.id, LATER), ("unknown", NOW)):
        with pytest.raises(LeaseNotFoundError):
            catalog.lease_blobs(lease_id, [], LATER + 1, now_ms)
        with pytest.raises(LeaseNotFoundError):
            catalog.add_blobs(lease_id, [blob], now_ms)
        with pytest.raises(LeaseNotFoundError):
            catalog.commit_version(samples.new(lease_id=lease_id), now_ms)
    assert catalog.blob_sizes([blob.digest]) == {}


def test_blobs_are_added_only_by_the_lease_that_names_them(catalog, samples):
    lease, _ = catalog.lease_blobs("", [samples.ref(b"named")], LATER, NOW)
    with pytest.raises(LeaseNotFoundError) as caught:
        catalog.add_blobs(lease.id, [samples.ref(b"named"), samples.ref(b"not named")], NOW)
    assert caught.value.metadata["digests"] == digest_of(b"not named")
    assert catalog.blob_sizes([digest_of(b"named")]) == {}


def test_adding_a_blob_again_is_fine(catalog, samples):
    lease_id = samples.leased(catalog, b"weights")
    catalog.add_blobs(lease_id, [samples.ref(b"weights"), samples.ref(b"weights")], NOW)
    assert catalog.blobs("", 10) == [samples.ref(b"weights")]


def test_a_blob_named_with_another_size_than_it_has_is_refused_and_nothing_leased(catalog, samples):
    samples.leased(catalog, b"weights")
    with pytest.raises(SizeMismatchError) as caught:
        catalog.lease_blobs("", [samples.ref(b"new"), BlobRef(digest_of(b"weights"), 8)], LATER, NOW)
    assert caught.value.metadata["size_bytes"] == "7"
    assert len(catalog.expired_leases(LATER)) == 1


def test_a_lease_names_so_many_blobs_and_no_more(catalog, samples, monkeypatch):
    for module in ("memory.leases", "sqlite.leases"):
        monkeypatch.setattr(f"tfreg.store.catalog.{module}.MAX_LEASED_BLOBS", 3)
    first, second, third, fourth = (samples.ref(samples.content(number)) for number in range(4))
    lease, _ = catalog.lease_blobs("", [first, second], LATER, NOW)
    for blobs in ([third, fourth], [first, second, third, fourth]):
        with pytest.raises(LimitExceededError):
            catalog.lease_blobs(lease.id, blobs, LATER, NOW)
    assert catalog.lease_blobs(lease.id, [second, third, first], LATER, NOW)[1] == [second.digest, third.digest, first.digest]


def test_expired_leases_are_listed_until_released(catalog):
    early, _ = catalog.lease_blobs("", [], NOW + 1, NOW)
    late, _ = catalog.lease_blobs("", [], NOW + 2, NOW)
    assert catalog.expired_leases(NOW) == []
    assert catalog.expired_leases(NOW + 1) == [early.id]
    assert catalog.expired_leases(NOW + 2) == [early.id, late.id]
    catalog.release_lease(early.id)
    catalog.release_lease("unknown")
    assert catalog.expired_leases(LATER) == [late.id]


def test_rows_of_blobs_are_paged(catalog, samples):
    samples.leased(catalog, *(samples.content(number) for number in range(5)))
    first = catalog.blobs("", 2)
    rest = catalog.blobs(first[-1].digest, 10)
    assert len(first) == 2
    assert [blob.digest for blob in first + rest] == sorted(digest_of(samples.content(number)) for number in range(5))
