"""What every catalog promises of runtimes. tests/store/conftest.py says which catalogs these are."""

from __future__ import annotations

from tfreg.core.digests import digest_of
from tfreg.core.runtimes.profile import MAX_RUNTIMES, RuntimeProfile

NOW = 1_000_000
DAY_MS = 24 * 3600 * 1000
OPS = b"a list of ops" * 100


def profile(version: str = "2.18.0", ops: bytes | None = OPS) -> RuntimeProfile:
    digest = None if ops is None else digest_of(ops)
    return RuntimeProfile("tensorflow-java", version, ("saved_model", "frozen_graph"), digest)


def test_a_runtime_is_read_as_it_was_kept(catalog):
    java = profile()
    assert catalog.runtime(java.digest, NOW) is None
    assert catalog.op_list(digest_of(OPS)) is None
    catalog.keep_runtime(java, OPS, NOW)
    assert catalog.runtime(java.digest, NOW) == java
    assert catalog.op_list(digest_of(OPS)) == OPS


def test_a_runtime_without_a_list_of_ops_is_kept_too(catalog):
    catalog.keep_runtime(profile(ops=None), b"", NOW)
    assert catalog.runtime(profile(ops=None).digest, NOW) == profile(ops=None)


def test_runtimes_share_a_list_of_ops_which_goes_with_the_last_of_them(catalog):
    catalog.keep_runtime(profile("2.18.0"), OPS, NOW)
    catalog.keep_runtime(profile("2.18.1"), OPS, NOW + 5)
    assert catalog.forget_runtimes(NOW + 1) == 1
    assert catalog.op_list(digest_of(OPS)) == OPS
    assert catalog.forget_runtimes(NOW + 6) == 1
    assert catalog.op_list(digest_of(OPS)) is None
    assert catalog.forget_runtimes(NOW + 6) == 0


def test_who_is_asked_with_is_not_forgotten(catalog):
    for version in ("2.18.0", "2.18.1", "2.18.2"):
        catalog.keep_runtime(profile(version), OPS, NOW)
    catalog.runtime(profile("2.18.0").digest, NOW + 2 * DAY_MS)
    catalog.keep_runtime(profile("2.18.1"), OPS, NOW + 2 * DAY_MS)
    assert catalog.forget_runtimes(NOW + DAY_MS) == 1
    kept = [version for version in ("2.18.0", "2.18.1", "2.18.2") if catalog.runtime(profile(version).digest, NOW + 2 * DAY_MS)]
    assert kept == ["2.18.0", "2.18.1"]


def test_the_runtime_that_was_seen_longest_ago_makes_room(catalog):
    for number in range(MAX_RUNTIMES + 2):
        catalog.keep_runtime(profile(f"2.18.{number}", f"{number}".encode()), f"{number}".encode(), NOW + number)
    kept = [
        bool(catalog.runtime(profile(f"2.18.{number}", f"{number}".encode()).digest, NOW)) for number in range(MAX_RUNTIMES + 2)
    ]
    assert kept == [False, False, *[True] * MAX_RUNTIMES]
    assert [catalog.op_list(digest_of(text)) for text in (b"0", b"1", b"2")] == [None, None, b"2"]
