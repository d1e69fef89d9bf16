"""What every catalog promises. tests/store/conftest.py says which catalogs these are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tfreg.core.digests import digest_of
from tfreg.core.errors import (
    AliasConflictError,
    AliasNotFoundError,
    AttachmentInvalidError,
    BlobMissingError,
    LayoutInvalidError,
    LeaseNotFoundError,
    LimitExceededError,
    ModelNotFoundError,
    SizeMismatchError,
    VersionAliasedError,
    VersionConflictError,
    VersionNotFoundError,
)
from tfreg.core.layouts import BlobExtent, FileLayout, InlineExtent
from tfreg.core.manifests import ManifestFile, manifest_of
from tfreg.core.records import AliasMove, ArtifactRecord, BlobRef, Collected

BERT = "team/bert"
NOW, LATER = 1_000_000, 2_000_000


def nothing_to_unlink(digests):
    raise AssertionError(f"{digests} were to stay")


# -- leases --


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


# -- versions --


def test_a_commit_writes_all_at_once(catalog, samples):
    card = samples.attach("readme", "README.md", b"# bert")
    labels = {"commit": "abc", "a": "b"}
    committed = samples.commit(catalog, b"weights", aliases=("prod", "beta"), attachments=(card,), labels=labels)
    version = committed.version
    assert committed.created
    assert (version.model, version.number, version.format, version.size_bytes) == (BERT, 1, "frozen_graph", 7)
    assert (version.created_at_ms, version.deleted_at_ms, version.additions) == (NOW, None, 0)
    assert version.aliases == ("beta", "prod")
    assert version.attachments == (card,)
    assert version.labels == labels
    assert catalog.version(BERT, 1) == version == catalog.version_of_artifact(BERT, version.artifact_digest)
    assert catalog.artifact(version.artifact_digest) == samples.artifact(b"weights")
    model = catalog.model(BERT)
    assert (model.newest_version, model.version_count, model.created_at_ms) == (1, 1, NOW)
    assert model.aliases == {"prod": 1, "beta": 1}
    assert model.sequence == catalog.model_sequence(BERT) > 0


def test_a_commit_ends_its_lease(catalog, samples):
    samples.commit(catalog, b"weights")
    assert catalog.expired_leases(LATER) == []


def test_an_artifact_keeps_paths_sizes_and_inline_bytes(catalog, samples):
    samples.leased(catalog, b"0123456789")
    blob = digest_of(b"0123456789")
    files = {"a b.txt": b"", "ä/ü.pb": b"\x00\xff\n", "variables/v": b"345\x00345"}
    extents = {
        "a b.txt": (),
        "ä/ü.pb": (InlineExtent(b"\x00\xff\n"),),
        "variables/v": (BlobExtent(blob, 3, 3), InlineExtent(b"\x00"), BlobExtent(blob, 3, 3)),
    }
    manifest = manifest_of([ManifestFile(path, len(content), digest_of(content)) for path, content in files.items()])
    layouts = tuple(FileLayout(file.path, extents[file.path]) for file in manifest.files)
    artifact = ArtifactRecord(manifest.digest(), "saved_model", manifest, layouts)
    catalog.commit_version(replace(samples.new(), artifact=artifact), NOW)
    assert catalog.artifact(artifact.digest) == artifact


def test_numbers_count_up_and_are_never_given_again(catalog, samples):
    numbers = [samples.commit(catalog, samples.content(seed)).version.number for seed in range(3)]
    catalog.delete_version(BERT, 3, purge=True, now_ms=NOW)
    catalog.collect(LATER, LATER, lambda _: None)
    assert catalog.version(BERT, 3, deleted=True) is None
    numbers.append(samples.commit(catalog, samples.content("other")).version.number)
    assert numbers == [1, 2, 3, 4]


def test_a_commit_that_fails_takes_no_number_and_leaves_nothing(catalog, samples):
    samples.commit(catalog, b"one", aliases=("prod",))
    before = catalog.model(BERT)
    lease_id = samples.leased(catalog, b"two")
    wrong_alias = samples.new(
        b"two", lease_id=lease_id, alias_moves=(AliasMove("new", 0), AliasMove("prod", 0, expected_version=9))
    )
    with pytest.raises(AliasConflictError):
        catalog.commit_version(wrong_alias, NOW)
    assert catalog.model(BERT) == before
    assert catalog.artifact(wrong_alias.artifact.digest) is None
    assert catalog.commit_version(samples.new(b"two", lease_id=lease_id), NOW).version.number == 2


def test_a_first_commit_that_fails_makes_no_model(catalog, samples):
    with pytest.raises(BlobMissingError):
        catalog.commit_version(samples.new(b"never sent"), NOW)
    assert catalog.model(BERT) is None
    assert catalog.models("", "", 10) == []
    assert catalog.model_sequence(BERT) == 0


def test_the_same_artifact_is_the_same_version(catalog, samples):
    first = samples.commit(catalog, b"weights", labels={"step": "1"})
    sequence = catalog.model_sequence(BERT)
    again = samples.commit(catalog, b"weights", labels={"step": "2"}, now_ms=NOW + 5)
    assert not again.created
    assert again.version == first.version
    assert catalog.model_sequence(BERT) == sequence


def test_the_same_artifact_again_moves_aliases_and_adds_attachments(catalog, samples):
    card = samples.attach("readme", "README.md", b"# bert")
    samples.commit(catalog, b"weights", attachments=(card,))
    sequence = catalog.model_sequence(BERT)
    vocabulary = samples.attach("vocabulary", "vocab.txt", b"a b c")
    again = samples.commit(catalog, b"weights", aliases=("prod",), attachments=(card, vocabulary))
    assert again.version.attachments == (card, vocabulary)
    assert again.version.additions == 1
    assert again.version.aliases == ("prod",)
    assert catalog.model_sequence(BERT) == sequence + 2


def test_what_is_attached_does_not_change(catalog, samples):
    samples.commit(catalog, b"weights", attachments=(samples.attach("readme", "README.md", b"one"),))
    with pytest.raises(AttachmentInvalidError):
        samples.commit(catalog, b"weights", attachments=(samples.attach("readme", "README.md", b"two"),))
    samples.commit(catalog, b"weights", attachments=(samples.attach("notes", "README.md", b"two"),))
    assert len(catalog.version(BERT, 1).attachments) == 2


def test_a_commit_whose_answer_was_lost_can_be_repeated(catalog, samples):
    lease_id = samples.leased(catalog, b"weights")
    moves = (AliasMove("prod", 0, expected_version=0),)
    new = samples.new(b"weights", lease_id=lease_id, alias_moves=moves, expected_newest_version=0)
    first = catalog.commit_version(new, NOW)
    again = catalog.commit_version(new, NOW)
    assert (first.created, again.created) == (True, False)
    assert first.version == again.version


def test_another_model_may_have_the_same_artifact(catalog, samples):
    samples.commit(catalog, b"weights")
    assert samples.commit(catalog, b"weights", model="other").created
    assert catalog.version_of_artifact("other", samples.artifact(b"weights").digest).number == 1
    assert catalog.version_of_artifact("third", samples.artifact(b"weights").digest) is None


def test_an_artifact_whose_version_was_deleted_gets_a_new_version(catalog, samples):
    samples.commit(catalog, b"weights")
    catalog.delete_version(BERT, 1, purge=False, now_ms=NOW)
    assert catalog.version_of_artifact(BERT, samples.artifact(b"weights").digest) is None
    assert samples.commit(catalog, b"weights").version.number == 2
    catalog.undelete_version(BERT, 1, NOW)
    assert catalog.version_of_artifact(BERT, samples.artifact(b"weights").digest).number == 2


def test_the_newest_version_may_be_expected(catalog, samples):
    samples.commit(catalog, b"one", expected_newest_version=0)
    samples.commit(catalog, b"two", expected_newest_version=1)
    for expected in (0, 1, 3):
        with pytest.raises(VersionConflictError) as caught:
            samples.commit(catalog, b"three", expected_newest_version=expected)
        assert caught.value.metadata["actual_version"] == "2"
    catalog.delete_version(BERT, 2, purge=False, now_ms=NOW)
    assert samples.commit(catalog, b"three", expected_newest_version=1).version.number == 3


def test_a_blob_without_a_row_is_missing_at_commit(catalog, samples):
    samples.leased(catalog, b"there")
    with pytest.raises(BlobMissingError) as caught:
        catalog.commit_version(samples.new(b"there", b"gone"), NOW)
    assert caught.value.metadata["missing"] == digest_of(b"gone")
    lost = samples.attachment("readme", "README.md", b"gone too")
    with pytest.raises(BlobMissingError):
        catalog.commit_version(samples.new(b"there", attachments=(lost,)), NOW)


def test_a_slice_that_passes_its_blobs_end_is_refused_at_commit(catalog, samples):
    samples.leased(catalog, b"0123456789")
    layout = FileLayout("graph.pb", (BlobExtent(digest_of(b"0123456789"), 5, 6),))
    new = samples.new()
    with pytest.raises(LayoutInvalidError):
        catalog.commit_version(replace(new, artifact=replace(new.artifact, layouts=(layout,))), NOW)


def test_versions_are_paged_newest_first(catalog, samples):
    for seed in range(5):
        samples.commit(catalog, samples.content(seed))
    catalog.delete_version(BERT, 3, purge=False, now_ms=NOW)
    assert [version.number for version in catalog.versions(BERT, 0, 2)] == [5, 4]
    assert [version.number for version in catalog.versions(BERT, 4, 2)] == [2, 1]
    assert [version.number for version in catalog.versions(BERT, 4, 2, deleted=True)] == [3, 2]
    assert catalog.versions("nobody", 0, 10) == []
    assert catalog.version(BERT, 3) is None
    assert catalog.version(BERT, 3, deleted=True).deleted_at_ms == NOW
    assert catalog.version(BERT, 9) is None


def test_models_are_paged_by_name(catalog, samples):
    for name in ("team/b", "team/a", "team", "tea", "team/a/x", "z"):
        samples.commit(catalog, b"weights", model=name)
    assert [model.name for model in catalog.models("", "", 10)] == ["tea", "team", "team/a", "team/a/x", "team/b", "z"]
    assert [model.name for model in catalog.models("team", "team", 2)] == ["team/a", "team/a/x"]
    assert [model.name for model in catalog.models("team/", "", 10)] == ["team/a", "team/a/x", "team/b"]
    assert catalog.models("%", "", 10) == []


# -- sequence numbers --


def test_each_change_gives_its_model_a_greater_number_of_one_series(catalog, samples):
    seen = []

    def changed(model=BERT):
        seen.append(catalog.model_sequence(model))

    samples.commit(catalog, b"one")
    changed()
    samples.commit(catalog, b"two", model="other")
    changed("other")
    catalog.set_aliases(BERT, [AliasMove("prod", 1)], NOW)
    changed()
    catalog.set_aliases(BERT, [AliasMove("prod", 0)], NOW)
    changed()
    catalog.delete_version(BERT, 1, purge=False, now_ms=NOW)
    changed()
    catalog.undelete_version(BERT, 1, NOW)
    changed()
    catalog.delete_version(BERT, 1, purge=True, now_ms=NOW)
    changed()
    catalog.collect(0, NOW, lambda _: None)
    changed()
    assert seen == sorted(set(seen))
    assert catalog.model_sequence("other") == seen[1]


def test_what_changes_nothing_leaves_the_number(catalog, samples):
    samples.commit(catalog, b"one", aliases=("prod",))
    samples.commit(catalog, b"two")
    catalog.delete_version(BERT, 2, purge=False, now_ms=NOW)
    before = catalog.model(BERT)
    catalog.set_aliases(BERT, [AliasMove("prod", 1, expected_version=9)], NOW)
    catalog.delete_version(BERT, 2, purge=False, now_ms=NOW + 1)
    catalog.undelete_version(BERT, 1, NOW)
    catalog.collect(0, NOW, lambda _: None)
    assert catalog.model(BERT) == before


# -- aliases --


def test_aliases_move_all_or_none(catalog, samples):
    for content in (b"one", b"two"):
        samples.commit(catalog, content)
    catalog.set_aliases(BERT, [AliasMove("prod", 1), AliasMove("beta", 2)], NOW)
    before = catalog.model(BERT)
    refused = (
        (AliasMove("prod", 2, expected_version=2), AliasConflictError),
        (AliasMove("prod", 2, expected_version=0), AliasConflictError),
        (AliasMove("none", 1, expected_version=2), AliasConflictError),
        (AliasMove("beta", 0, expected_version=2), AliasConflictError),
        (AliasMove("prod", 3), VersionNotFoundError),
        (AliasMove("none", 0), AliasNotFoundError),
    )
    for move, error in refused:
        with pytest.raises(error):
            catalog.set_aliases(BERT, [AliasMove("new", 1), AliasMove("beta", 1), move], NOW)
        assert catalog.model(BERT) == before
    after = catalog.set_aliases(BERT, [AliasMove("prod", 2, expected_version=1), AliasMove("beta", 0, expected_version=2)], NOW)
    assert after == catalog.model(BERT)
    assert after.aliases == {"prod": 2}


def test_a_conflict_says_where_the_alias_is(catalog, samples):
    samples.commit(catalog, b"one", aliases=("prod",))
    with pytest.raises(AliasConflictError) as caught:
        catalog.set_aliases(BERT, [AliasMove("prod", 0, expected_version=3)], NOW)
    assert caught.value.metadata == {"model": BERT, "alias": "prod", "expected_version": "3", "actual_version": "1"}


def test_moves_of_one_call_follow_one_another(catalog, samples):
    samples.commit(catalog, b"one")
    moved = catalog.set_aliases(BERT, [AliasMove("prod", 1, expected_version=0), AliasMove("prod", 0, expected_version=1)], NOW)
    assert moved.aliases == {}
    assert len({move.sequence for move in catalog.alias_moves(BERT, "prod", 0, 10)}) == 2


def test_a_model_that_is_not_there_has_no_aliases_to_move(catalog):
    with pytest.raises(ModelNotFoundError):
        catalog.set_aliases(BERT, [], NOW)
    assert catalog.alias_moves(BERT, "", 0, 10) == []


def test_moves_are_remembered_newest_first_in_pages(catalog, samples):
    samples.commit(catalog, b"one", aliases=("prod",), now_ms=NOW)
    samples.commit(catalog, b"two", aliases=("prod", "beta"), now_ms=NOW + 1)
    catalog.set_aliases(BERT, [AliasMove("prod", 0)], NOW + 2)
    moves = catalog.alias_moves(BERT, "", 0, 10)
    assert [(move.alias, move.from_version, move.to_version, move.moved_at_ms) for move in moves] == [
        ("prod", 2, 0, NOW + 2),
        ("beta", 0, 2, NOW + 1),
        ("prod", 1, 2, NOW + 1),
        ("prod", 0, 1, NOW),
    ]
    assert moves[0].sequence == catalog.model_sequence(BERT)
    assert catalog.alias_moves(BERT, "prod", 0, 10) == [moves[0], *moves[2:]]
    assert catalog.alias_moves(BERT, "prod", moves[2].sequence, 1) == [moves[3]]


# -- deletion --


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


# -- collection --


def test_collecting_takes_what_only_deleted_versions_hold(catalog, samples):
    card = samples.attach("readme", "README.md", b"# bert")
    samples.commit(catalog, b"shared", b"old", attachments=(card,))
    samples.commit(catalog, b"shared", b"new")
    catalog.keep_inspection(samples.artifact(b"shared", b"old").digest, 1, b"old")
    catalog.keep_inspection(samples.artifact(b"shared", b"new").digest, 1, b"new")
    catalog.delete_version(BERT, 1, purge=False, now_ms=NOW)
    assert catalog.collect(NOW, NOW, nothing_to_unlink) == Collected(0, 0, 0)

    unlinked = []
    assert catalog.collect(NOW + 1, NOW, unlinked.extend) == Collected(1, 2, 9)
    assert sorted(unlinked) == sorted([digest_of(b"old"), digest_of(b"# bert")])
    assert catalog.blob_sizes([digest_of(b"shared"), digest_of(b"old")]) == {digest_of(b"shared"): 6}
    assert catalog.version(BERT, 1, deleted=True) is None
    assert catalog.artifact(samples.artifact(b"shared", b"old").digest) is None
    assert catalog.inspection(samples.artifact(b"shared", b"old").digest, 1) is None
    assert catalog.inspection(samples.artifact(b"shared", b"new").digest, 1) == b"new"
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


# -- inspections --


def test_inspections_are_kept_by_artifact_and_inspector(catalog):
    digest = digest_of(b"artifact")
    assert catalog.inspection(digest, 1) is None
    catalog.keep_inspection(digest, 1, b"\x00one")
    catalog.keep_inspection(digest, 2, b"two")
    catalog.keep_inspection(digest, 1, b"\x00one, better")
    assert catalog.inspection(digest, 1) == b"\x00one, better"
    assert catalog.inspection(digest, 2) == b"two"


# -- many at once --


def test_threads_that_push_at_the_same_time_get_different_numbers(catalog, samples):
    def push(seed):
        return samples.commit(catalog, samples.content(seed), aliases=("prod",)).version.number

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(push, range(40)))
    assert sorted(numbers) == list(range(1, 41))
    moves = catalog.alias_moves(BERT, "prod", 0, 100)
    assert [move.to_version for move in reversed(moves)] == list(range(1, 41))


def test_of_pushers_of_one_artifact_one_makes_the_version(catalog, samples):
    with ThreadPoolExecutor(8) as pool:
        committed = list(pool.map(lambda _: samples.commit(catalog, b"weights"), range(20)))
    assert [item.created for item in committed].count(True) == 1
    assert {item.version.number for item in committed} == {1}


def test_an_artifact_of_ten_thousand_blobs_is_committed_quickly(catalog, samples):
    contents = [samples.content(number, 8) for number in range(10_000)]
    version = samples.commit(catalog, *contents).version
    assert catalog.artifact(version.artifact_digest) == samples.artifact(*contents)
