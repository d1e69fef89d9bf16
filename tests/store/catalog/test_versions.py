"""What every catalog promises of versions, artifacts and models. tests/store/conftest.py says which catalogs these are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tfreg.core.digests import digest_of
from tfreg.core.errors import (
    AliasConflictError,
    AttachmentInvalidError,
    BlobMissingError,
    LayoutInvalidError,
    VersionConflictError,
)
from tfreg.core.layouts import BlobExtent, FileLayout, InlineExtent
from tfreg.core.manifests import ManifestFile, manifest_of
from tfreg.core.records import AliasMove, ArtifactRecord

BERT = "team/bert"
NOW, LATER = 1_000_000, 2_000_000


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
