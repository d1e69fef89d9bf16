"""What nobody can reach goes away in time, and nothing else; the doctor sees the rest."""

import pytest

from tfreg.app.collection import check_catalog, clean, collect, remove_strangers
from tfreg.app.deletion import delete_version, undelete_version
from tfreg.app.examination import Fault, examine
from tfreg.core.digests import digest_of
from tfreg.core.errors import DataFolderInvalidError
from tfreg.core.records import BlobRef, Collected

DAY_MS = 24 * 3600 * 1000
NOTHING = Collected(0, 0, 0)
PIECE_BYTES = 5000  # what the fixture cuts files into


def _faults(registry, **options):
    return [finding.fault for finding in examine(registry.stores, **options).findings]


def _stranger(registry, content: bytes) -> None:
    with registry.blobs.writer("stranger", BlobRef(digest_of(content), len(content))) as writer:
        writer.write(content)
        writer.finish()
    registry.blobs.seal("stranger", [digest_of(content)])


def test_a_deleted_version_stays_for_the_time_it_can_be_undeleted(registry, saved_model) -> None:
    registry.push("team/bert", saved_model)
    delete_version(registry.stores, "team/bert", 1)
    registry.time.now_ms += 6 * DAY_MS
    assert collect(registry.stores) == NOTHING
    undelete_version(registry.stores, "team/bert", 1)
    registry.time.now_ms += 6 * DAY_MS
    assert collect(registry.stores) == NOTHING
    delete_version(registry.stores, "team/bert", 1)
    registry.time.now_ms += 8 * DAY_MS
    assert collect(registry.stores).versions == 1
    assert list(registry.blobs.digests()) == []


def test_a_purged_version_frees_its_space_at_once(registry, saved_model) -> None:
    registry.push("team/bert", saved_model)
    delete_version(registry.stores, "team/bert", 1, purge=True)
    assert list(registry.blobs.digests()) == []
    assert collect(registry.stores) == NOTHING


def test_a_purge_leaves_what_a_running_push_has_leased(registry, saved_model) -> None:
    registry.push("team/bert", saved_model)
    leased = saved_model["saved_model.pb"][:PIECE_BYTES]
    assert registry.lease(leased)[1] == []
    delete_version(registry.stores, "team/bert", 1, purge=True)
    assert list(registry.blobs.digests()) == [digest_of(leased)]


def test_a_purge_whose_collection_fails_is_done_and_the_next_collection_frees_the_space(
    registry, saved_model, monkeypatch
) -> None:
    def fail(_) -> None:
        raise OSError("The disk has gone.")

    registry.push("team/bert", saved_model)
    with monkeypatch.context() as patched:
        patched.setattr(registry.blobs, "delete", fail)
        assert delete_version(registry.stores, "team/bert", 1, purge=True).deleted_at_ms is not None
    clean(registry.stores)
    assert list(registry.blobs.digests()) == []


def test_blobs_that_another_version_holds_stay(registry, saved_model) -> None:
    registry.push("team/bert", saved_model)
    registry.push("team/bert", {**saved_model, "assets.extra/note": b"note"})
    before = set(registry.blobs.digests())
    delete_version(registry.stores, "team/bert", 2, purge=True)
    assert before - set(registry.blobs.digests()) == {digest_of(b"note")}
    assert _faults(registry) == []


def test_an_abandoned_push_goes_when_its_lease_expires(registry) -> None:
    lease_id, _ = registry.lease(b"content")
    registry.send(lease_id, b"content")
    assert collect(registry.stores).blobs == 0
    registry.time.now_ms += 3601 * 1000
    assert collect(registry.stores).blobs == 1


def test_blobs_without_a_row_are_strangers_and_can_be_removed(registry) -> None:
    _stranger(registry, b"stranger")
    assert _faults(registry) == [Fault.STRANGER]
    assert remove_strangers(registry.stores) == Collected(0, 1, 8)
    assert _faults(registry) == []


def test_a_stranger_that_a_push_has_leased_stays(registry) -> None:
    _stranger(registry, b"content")
    registry.lease(b"content")
    assert remove_strangers(registry.stores) == NOTHING


def test_cleaning_tells_all_that_it_freed(registry, saved_model) -> None:
    registry.push("team/bert", saved_model)
    lease_id, _ = registry.lease(b"sent", b"coming")
    registry.send(lease_id, b"sent")
    with registry.blobs.writer(lease_id, BlobRef(digest_of(b"coming"), 6)) as writer:
        writer.write(b"coming")
        writer.finish()
    _stranger(registry, b"stranger")
    registry.time.now_ms += 3601 * 1000
    assert clean(registry.stores) == Collected(0, 2, len(b"sent" + b"coming" + b"stranger"))


def test_a_catalog_that_knows_nothing_of_the_blobs_beside_it_was_lost_and_nothing_is_cleaned_away(registry) -> None:
    check_catalog(registry.stores)
    _stranger(registry, b"one")
    _stranger(registry, b"two")
    with pytest.raises(DataFolderInvalidError, match="2 blobs") as caught:
        clean(registry.stores)
    assert "tfreg.db" in caught.value.hint
    assert len(list(registry.blobs.digests())) == 2


def test_what_the_first_push_left_is_cleaned_away_though_no_version_came_of_it(registry) -> None:
    registry.lease(b"stranger")
    _stranger(registry, b"stranger")
    registry.time.now_ms += 3601 * 1000
    assert clean(registry.stores).blobs == 1


def test_a_registry_whose_versions_were_all_purged_is_cleaned(registry, saved_model) -> None:
    registry.push("team/bert", saved_model)
    delete_version(registry.stores, "team/bert", 1, purge=True)
    _stranger(registry, b"stranger")
    assert clean(registry.stores).blobs == 1


def test_the_doctor_finds_what_is_missing_short_or_changed(registry, saved_model) -> None:
    registry.push("team/bert", saved_model)
    seen = []
    examined = examine(registry.stores, on_blob=seen.append)
    assert (examined.blob_count, examined.findings) == (len(seen), ())
    gone, short, changed = list(registry.blobs.digests())[:3]
    registry.blobs.delete([gone])
    visible = registry.blobs._visible
    visible[short] = visible[short][:-1]
    visible[changed] = bytes(len(visible[changed]))
    findings = {finding.digest: finding.fault for finding in examine(registry.stores).findings}
    assert findings == {gone: Fault.MISSING, short: Fault.WRONG_SIZE, changed: Fault.WRONG_DIGEST}
    assert changed not in {finding.digest for finding in examine(registry.stores, read=False).findings}
