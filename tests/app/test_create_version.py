"""A commit checks everything, does no work twice, and is one transaction."""

import pytest

from tfreg.app import file_digests
from tfreg.core.errors import CancelledError, LabelInvalidError, ModelBrokenError
from tfreg.core.names import ModelName
from tfreg.core.records import NewVersion


def test_a_version_is_made_once(registry, saved_model) -> None:
    first = registry.push("team/bert", saved_model)
    second = registry.push("team/bert", saved_model)
    assert (first.created, second.created) == (True, False)
    assert first.version.number == second.version.number == 1


def test_the_same_artifact_in_another_model_is_read_no_second_time(registry, saved_model, make_artifact, monkeypatch) -> None:
    registry.push("team/bert", saved_model)

    def read(*_: object) -> bytes:
        raise AssertionError("the artifact was checked when it was first stored")

    monkeypatch.setattr(file_digests, "read_extent", read)
    made = registry.create_version(NewVersion(ModelName("team/other"), make_artifact(saved_model)))
    assert (made.created, made.version.number) == (True, 1)


def test_files_that_did_not_change_are_not_hashed_again(registry, saved_model, monkeypatch) -> None:
    registry.push("team/bert", saved_model)
    changed = {**saved_model, "assets.extra/note": b"small"}
    lease_id = registry.upload(changed)
    registry.file_digests.forget(lease_id)

    def read(*_: object) -> bytes:
        raise AssertionError("only the note is new, and it is one blob")

    monkeypatch.setattr(file_digests, "read_extent", read)
    made = registry.push("team/bert", changed)
    assert made.version.number == 2


def test_an_inspection_is_kept_before_the_commit(registry, saved_model) -> None:
    kept = []
    catalog = registry.stores.catalog
    original, commit = catalog.keep_inspection, catalog.commit_version
    catalog.keep_inspection = lambda *args: (kept.append("inspection"), original(*args))[1]
    catalog.commit_version = lambda *args: (kept.append("version"), commit(*args))[1]
    registry.push("team/bert", saved_model)
    assert kept == ["inspection", "version"]


@pytest.mark.parametrize("labels", [{"": "x"}, {"a b": "x"}, {"a": "x\x00"}, {"a": "\u2028"}, {"1a": ""}])
def test_labels_are_plain(registry, saved_model, labels) -> None:
    with pytest.raises(LabelInvalidError):
        registry.push("team/bert", saved_model, labels=labels)


def test_64_labels_of_1024_characters_are_fine(registry, saved_model) -> None:
    labels = {f"k{index}": "ä" * 1024 for index in range(64)}
    assert registry.push("team/bert", saved_model, labels=labels).version.labels == labels


def test_a_commit_that_nobody_waits_for_any_more_stops_reading_and_changes_nothing(
    registry, saved_model, make_artifact, monkeypatch
) -> None:
    lease_id = registry.upload(saved_model)
    registry.file_digests.forget(lease_id)
    reads, read = [], file_digests.read_extent
    monkeypatch.setattr(file_digests, "read_extent", lambda *args: (reads.append(1), read(*args))[1])
    new = NewVersion(ModelName("team/bert"), make_artifact(saved_model), lease_id)
    with pytest.raises(CancelledError):
        registry.create_version(new, still_wanted=lambda: not reads)
    assert len(reads) == 1
    assert registry.stores.catalog.model("team/bert") is None
    assert registry.create_version(new).created


def test_a_commit_asks_a_last_time_before_its_transaction(registry, saved_model, make_artifact) -> None:
    gone = []
    catalog = registry.stores.catalog
    keep = catalog.keep_inspection
    catalog.keep_inspection = lambda *args: (gone.append("now"), keep(*args))
    new = NewVersion(ModelName("team/bert"), make_artifact(saved_model), registry.upload(saved_model))
    with pytest.raises(CancelledError):
        registry.create_version(new, still_wanted=lambda: not gone)
    assert catalog.model("team/bert") is None


class TestChecksumsOfValues:
    """The registry's saved model with a byte of a variable flipped on its way."""

    @staticmethod
    def damaged(saved_model):
        files = dict(saved_model)
        path = next(path for path in files if ".data-" in path)
        files[path] = files[path][:-1] + bytes([files[path][-1] ^ 1])
        return files

    def test_a_value_without_its_checksum_breaks_the_model(self, registry, saved_model) -> None:
        with pytest.raises(ModelBrokenError, match="TFR107"):
            registry.push("m", self.damaged(saved_model))

    def test_it_is_told_of_a_broken_model_that_is_wanted(self, registry, saved_model, make_artifact) -> None:
        files = self.damaged(saved_model)
        new = NewVersion(ModelName("m"), make_artifact(files), registry.upload(files))
        pushed = registry.create_version(new, allow_broken=True)
        assert "TFR107" in [problem.code for problem in pushed.problems]
