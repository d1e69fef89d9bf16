"""What every catalog promises of memoised inspections. tests/store/conftest.py says which catalogs these are."""

from __future__ import annotations

from tfreg.core.digests import digest_of


def test_inspections_are_kept_by_artifact_and_inspector(catalog):
    digest = digest_of(b"artifact")
    assert catalog.inspection(digest, 1) is None
    catalog.keep_inspection(digest, 1, b"\x00one")
    catalog.keep_inspection(digest, 2, b"two")
    catalog.keep_inspection(digest, 1, b"\x00one, better")
    assert catalog.inspection(digest, 1) == b"\x00one, better"
    assert catalog.inspection(digest, 2) == b"two"
