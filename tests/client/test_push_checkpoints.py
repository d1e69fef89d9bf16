"""A training folder: pushed as its newest checkpoint, as the one that is named, or all of them, and resolved by its graph."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tfreg.client import AsyncClient, Client
from tfreg.core.errors import (
    FormatMismatchError,
    LabelInvalidError,
    ModelBrokenError,
    NoGraphError,
    PathNotFoundError,
    VersionConflictError,
)
from tfreg.core.records import VersionRecord
from tfreg.server.embedded import EmbeddedServer


@pytest.fixture
def training(models: Path, tmp_path: Path) -> Path:
    """A copy of a training folder with ckpt-100, ckpt-200 and ckpt-300, a state file of another machine, events and more."""
    return Path(shutil.copytree(models / "checkpoint_training", tmp_path / "run"))


def files_of(client: Client, reference: str) -> list[str]:
    return [file.path for file in client.artifact(reference).artifact.manifest.files]


def steps(versions: Sequence[VersionRecord]) -> list[tuple[int, str]]:
    return [(version.number, version.labels.get("step", "")) for version in versions]


def test_the_newest_checkpoint_is_pushed_with_its_graph_and_its_step(client: Client, training: Path) -> None:
    made = client.push(training, "team/run", aliases="prod")
    assert (made.version.format, made.version.labels) == ("tf1_checkpoint", {"step": "300"})
    assert files_of(client, "team/run@prod") == ["ckpt-300.data-00000-of-00001", "ckpt-300.index", "ckpt-300.meta"]
    assert {"checkpoint", "ckpt-100.index"} < set(made.left_out)
    assert made.problems == () or all(problem.code != "TFR110" for problem in made.problems)


def test_a_checkpoint_can_be_named_by_its_prefix(client: Client, training: Path) -> None:
    made = client.push(training / "ckpt-200", "team/run", labels={"step": "two hundred", "commit": "ab12"})
    assert (made.version.labels, made.left_out) == ({"step": "two hundred", "commit": "ab12"}, ())
    assert client.push(training / "ckpt-200.index", "team/run").version.number == made.version.number


def test_all_checkpoints_become_versions_oldest_first(client: Client, training: Path) -> None:
    results = client.push_all(training, "team/run", aliases=["prod"], labels={"commit": "ab12"})
    assert [result.created for result in results] == [True, True, True]
    assert steps([result.version for result in results]) == [(1, "100"), (2, "200"), (3, "300")]
    assert client.aliases("team/run") == {"prod": 3}
    assert all(version.labels["commit"] == "ab12" for version in client.versions("team/run"))
    assert client.version("team/run").number == 3


def test_all_again_makes_nothing_new_and_a_later_checkpoint_only_itself(client: Client, training: Path) -> None:
    client.push_all(training, "team/run")
    for file in training.glob("ckpt-300*"):
        shutil.copy(file, training / file.name.replace("300", "400"))
    os.remove(training / "checkpoint")
    results = client.push_all(training, "team/run", aliases="prod")
    assert [result.created for result in results] == [False, False, False, True]
    assert sum(result.sent_bytes for result in results[:3]) == 0
    assert client.aliases("team/run") == {"prod": 4}


def test_weights_that_do_not_change_between_checkpoints_are_stored_once(client: Client, training: Path) -> None:
    for file in training.glob("ckpt-300*"):
        shutil.copy(file, training / file.name.replace("300", "400"))
    client.push(training / "ckpt-300", "team/run")
    assert client.push(training / "ckpt-400", "team/run").sent_bytes == 0


def test_a_checkpoint_of_version_1_shares_its_weights_with_one_of_version_2(client: Client, models: Path) -> None:
    client.push(models / "checkpoint_tf1", "team/new")
    made = client.push(models / "checkpoint_v1", "team/old")
    assert (
        made.sent_bytes <= made.size_bytes - 20480
    )  # the variable of 20,480 bytes, the only one above the size at which files are cut


def test_all_of_what_is_no_training_folder_is_one_version(client: Client, models: Path) -> None:
    (made,) = client.push_all(models / "tf1_saved_model", "team/m")
    assert (made.version.format, made.version.labels, made.left_out) == ("saved_model", {}, ())


def test_the_newest_version_that_is_expected_is_that_before_the_first(client: Client, training: Path) -> None:
    assert len(client.push_all(training, "team/run", expected_newest_version=0)) == 3
    (training / "ckpt-300.data-00000-of-00001").rename(training / "ckpt-301.data-00000-of-00001")
    (training / "ckpt-300.index").rename(training / "ckpt-301.index")
    with pytest.raises(VersionConflictError):
        client.push_all(training, "team/run", expected_newest_version=1)
    assert client.version("team/run").number == 3


def test_nothing_is_sent_if_one_of_all_is_broken(client: Client, training: Path) -> None:
    (training / "ckpt-200.data-00000-of-00001").write_bytes(b"cut")
    with pytest.raises(ModelBrokenError, match="ckpt-200"):
        client.push_all(training, "team/run")
    assert list(client.models()) == []


def test_what_is_asked_for_is_checked_before_anything_is_sent(client: Client, training: Path) -> None:
    with pytest.raises(FormatMismatchError):
        client.push(training, "team/run", format="saved_model")
    with pytest.raises(LabelInvalidError):
        client.push(training, "team/run", labels={"Step": "1"})
    with pytest.raises(PathNotFoundError):
        client.push(training / "ckpt-900", "team/run")
    assert list(client.models()) == []


def test_a_pulled_checkpoint_is_what_was_pushed(client: Client, training: Path, tmp_path: Path) -> None:
    client.push(training, "team/run")
    client.pull("team/run", tmp_path / "out")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == sorted(file.name for file in training.glob("ckpt-300.*"))
    for file in (tmp_path / "out").iterdir():
        assert file.read_bytes() == (training / file.name).read_bytes()


def test_names_are_resolved_by_the_graph_and_the_binding_tells_what_restores(client: Client, training: Path) -> None:
    client.push(training, "team/run")
    binding = client.resolve("team/run").binding
    assert {"input_ids:0", "input_mask:0", "segment_ids:0"} <= {str(feed.tensor.ref) for feed in binding.feeds}
    assert "save/Const:0" not in {str(feed.tensor.ref) for feed in binding.feeds}
    assert (binding.guessed, binding.targets.restore_operation) == (True, "save/restore_all")
    assert str(binding.targets.restore_filename) == "save/Const:0"
    chosen = client.resolve("team/run", outputs="pred_prob:0").binding
    assert [str(fetch.ref) for fetch in chosen.fetches] == ["pred_prob:0"]


def test_a_checkpoint_of_objects_has_paths_but_no_names_to_feed(client: Client, models: Path) -> None:
    made = client.push(models / "checkpoint_tf2_manager", "team/tf2")
    assert (made.version.format, made.version.labels) == ("tf2_checkpoint", {"step": "5"})
    paths = {tensor.name: tensor.path for tensor in client.tensors("team/tf2")}
    assert paths["step/.ATTRIBUTES/VARIABLE_VALUE"] == "step"
    assert "sequential/hidden/kernel" in paths.values()
    with pytest.raises(NoGraphError):
        client.resolve("team/tf2")


@pytest.mark.parametrize(
    "name", ["checkpoint_v1", "checkpoint_v1_sharded", "checkpoint_empty_prefix", "checkpoint_tf1_partitioned"]
)
def test_every_kind_of_checkpoint_comes_back_with_its_tensors(client: Client, models: Path, name: str) -> None:
    made = client.push(models / name, "team/m")
    assert made.version.format == "tf1_checkpoint"
    assert "checkpoint" not in files_of(client, "team/m")
    stored = list(client.tensors("team/m"))
    assert stored
    assert [tensor.part is not None for tensor in stored if "[" in tensor.name] == [True] * sum("[" in t.name for t in stored)


def test_asyncio_has_the_same(server: EmbeddedServer, training: Path) -> None:
    async def use() -> None:
        async with AsyncClient(server.target) as client:
            results = await client.push_all(training, "team/run")
            assert steps([result.version for result in results]) == [(1, "100"), (2, "200"), (3, "300")]

    asyncio.run(use())
