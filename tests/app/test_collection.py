"""What nobody can reach goes away in time, and nothing else; the doctor sees the rest."""

from tfreg.app.collection import collect, remove_strangers
from tfreg.app.deletion import delete_version, undelete_version
from tfreg.app.examination import Fault, examine
from tfreg.core.digests import digest_of
from tfreg.core.records import BlobRef, Collected

DAY_MS = 24 * 3600 * 1000
NOTHING = Collected(0, 0, 0)


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


def test_a_purged_version_goes_with_the_next_collection(registry, saved_model) -> None:
    registry.push("team/bert", saved_model)
    delete_version(registry.stores, "team/bert", 1, purge=True)
    registry.time.now_ms += 1
    assert collect(registry.stores).versions == 1


def test_blobs_that_another_version_holds_stay(registry, saved_model) -> None:
    registry.push("team/bert", saved_model)
    registry.push("team/bert", {**saved_model, "assets.extra/note": b"note"})
    delete_version(registry.stores, "team/bert", 2, purge=True)
    registry.time.now_ms += 2 * 3600 * 1000
    assert collect(registry.stores).blobs == 1
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
    assert remove_strangers(registry.stores) == 1
    assert _faults(registry) == []


def test_a_stranger_that_a_push_has_leased_stays(registry) -> None:
    _stranger(registry, b"content")
    registry.lease(b"content")
    assert remove_strangers(registry.stores) == 0


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
