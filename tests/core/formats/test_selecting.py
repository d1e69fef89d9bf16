"""Which files of a folder are the artifact, which are left out, and what is said of a checkpoint that is not whole."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tfreg.core.errors import NoGraphError, NotAModelError, PathNotFoundError
from tfreg.core.formats.checkpoint_files import checkpoints_in, prefix_of
from tfreg.core.formats.selecting import Selected, open_path, select, select_all
from tfreg.core.trees import LocalTree, MemoryTree, SubTree
from tfreg.wire.checkpoint_pb2 import BundleHeaderProto

HEADER = BundleHeaderProto(num_shards=1, version={"producer": 1}).SerializeToString()


@pytest.fixture
def index(table_writer) -> bytes:
    """The index of a checkpoint without tensors."""
    return table_writer.table([(b"", HEADER)])


@pytest.fixture
def training(models: Path, tmp_path: Path) -> Path:
    """A copy of a training folder with ckpt-100, ckpt-200 and ckpt-300, a state file of another machine, events and more."""
    return Path(shutil.copytree(models / "checkpoint_training", tmp_path / "run"))


def chosen(path: Path | str) -> Selected:
    return select(*open_path(path))


def paths(selected: Selected) -> list[str]:
    return [file.path for file in selected.tree.files()]


def codes(selected: Selected) -> set[str]:
    return {problem.code for problem in selected.format.inspect(selected.tree).problems}


def names(tree: MemoryTree) -> list[str]:
    return [checkpoint.prefix for checkpoint in checkpoints_in(tree)]


def test_of_a_training_folder_the_newest_checkpoint_is_taken_and_the_rest_is_left_out(training):
    found = chosen(training)
    assert (found.name, found.format.name) == ("ckpt-300", "tf1_checkpoint")
    assert paths(found) == ["ckpt-300.data-00000-of-00001", "ckpt-300.index", "ckpt-300.meta"]
    assert {"checkpoint", "graph.pbtxt"} < set(found.left_out)
    assert not set(found.left_out) & set(paths(found))
    problem = found.problem()
    assert problem is not None
    assert problem.code == "TFR110"
    assert "ckpt-100.index" in problem.message


def test_a_stored_checkpoint_has_nothing_beside_it(training):
    assert "TFR110" not in codes(chosen(training))
    tree = LocalTree(training)
    assert "TFR110" in {problem.code for problem in select(tree).format.inspect(tree).problems}, (
        "of files that were pushed by hand"
    )


@pytest.mark.parametrize("path", ["ckpt-200", "ckpt-200.index", "ckpt-200.meta", "ckpt-200.data-00000-of-00001"])
def test_a_checkpoint_is_named_by_its_prefix_or_by_any_of_its_files(training, path):
    found = chosen(training / path)
    assert paths(found) == ["ckpt-200.data-00000-of-00001", "ckpt-200.index", "ckpt-200.meta"]
    assert found.left_out == ()


def test_a_prefix_that_is_not_there_is_told_as_the_path_that_it_is(training):
    with pytest.raises(PathNotFoundError, match="ckpt-7"):
        open_path(training / "ckpt-7")
    with pytest.raises(PathNotFoundError) as refused:
        select(LocalTree(training), "ckpt-7")
    assert "'ckpt-100'" in refused.value.hint


def test_files_that_only_a_prefix_leaves_aside_may_be_links_or_many(training):
    (training / "latest").symlink_to("ckpt-300.index")
    assert chosen(training / "ckpt-300").name == "ckpt-300"


def test_a_folder_of_the_name_of_a_prefix_is_the_folder(training):
    (training / "ckpt-300").mkdir()
    with pytest.raises(NotAModelError):
        chosen(training / "ckpt-300")


def test_all_checkpoints_come_oldest_first(training):
    assert [found.name for found in select_all(LocalTree(training))] == ["ckpt-100", "ckpt-200", "ckpt-300"]
    assert [found.name for found in select_all(*open_path(training / "ckpt-200"))] == ["ckpt-200"]


def test_what_is_no_checkpoint_is_taken_whole(models):
    found = chosen(models / "tf1_saved_model")
    assert (found.format.name, found.name, found.left_out, found.problem()) == ("saved_model", "", (), None)
    assert len(list(select_all(LocalTree(models / "tf1_saved_model")))) == 1
    assert chosen(models / "frozen_tf1.pb").format.name == "frozen_graph"


def test_steps_are_compared_as_numbers_and_names_too(index):
    files = {
        f"{name}.{end}": content
        for name in ("m-9", "m-10", "cp-2.ckpt", "cp-10.ckpt")
        for end, content in {"index": index}.items()
    }
    data = {f"{path.removesuffix('.index')}.data-00000-of-00001": b"" for path in files}
    assert names(MemoryTree({**files, **data})) == ["cp-2.ckpt", "cp-10.ckpt", "m-9", "m-10"]


@pytest.mark.parametrize(
    "state",
    [
        'model_checkpoint_path: "m-9"',
        'model_checkpoint_path: "/gone/away/m-9"\nall_model_checkpoint_paths: "m-10"',
        'model_checkpoint_path: "C:\\\\run\\\\m-9"',
        'model_checkpoint_path: "s3://bucket/run/m-9"\nnew_field: 7',
    ],
)
def test_the_state_file_names_the_newest_by_its_plain_name(index, state):
    tree = MemoryTree(_whole(index, "m-9", "m-10") | {"checkpoint": state.encode()})
    assert names(tree)[-1] == "m-9"


@pytest.mark.parametrize(
    "state", [b"", b"\xff\xfe", b"{" * 10_000, b'model_checkpoint_path: "m-11"', b"model_checkpoint_path: 7"]
)
def test_a_state_file_that_is_damaged_or_names_what_is_gone_is_as_none(index, state):
    assert names(MemoryTree(_whole(index, "m-9", "m-10") | {"checkpoint": state}))[-1] == "m-10"


def test_a_checkpoint_without_its_values_is_not_the_newest(index):
    assert names(MemoryTree({**_whole(index, "m-9"), "m-10.index": index}))[-1] == "m-9"


@pytest.mark.parametrize(
    "name", ["m-1.data-00000-of-00001.tempstate17", "events.out.tfevents.1700000000.host", "m-1_temp/part-00000"]
)
def test_strangers_belong_to_no_checkpoint(index, name):
    tree = MemoryTree({**_whole(index, "m-1"), name: b"x"})
    assert names(tree) == ["m-1"]
    assert select(tree).left_out == (name,)


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("m.ckpt-3.index", "m.ckpt-3"),
        ("m.ckpt-3.meta", "m.ckpt-3"),
        ("m.ckpt-3.data-00001-of-00002", "m.ckpt-3"),
        ("m.ckpt-3-?????-of-00002", "m.ckpt-3"),
        ("m.ckpt-3-00001-of-00002", "m.ckpt-3"),
        ("m.ckpt-3", "m.ckpt-3"),
        (".index", ""),
        (".meta", ""),
        ("a\nb.index", "a\nb"),
    ],
)
def test_the_prefix_of_a_name(name, prefix):
    assert prefix_of(name) == prefix


def test_a_data_file_that_is_missing_is_told(training):
    os.remove(training / "ckpt-300.data-00000-of-00001")
    assert chosen(training).name == "ckpt-200"
    assert "TFR102" in codes(chosen(training / "ckpt-300"))


def test_data_without_an_index_is_told(training):
    os.remove(training / "ckpt-300.index")
    assert "TFR102" in codes(chosen(training / "ckpt-300"))


def test_a_graph_alone_is_told_and_can_be_resolved(training):
    os.remove(training / "ckpt-300.index")
    os.remove(training / "ckpt-300.data-00000-of-00001")
    found = chosen(training / "ckpt-300.meta")
    (problem,) = [problem for problem in found.format.inspect(found.tree).problems if problem.code == "TFR102"]
    assert "is alone" in problem.message
    with found.format.graph(found.tree, 0) as graph:
        assert "input_ids" in graph.nodes


def test_without_meta_the_text_of_the_graph_is_taken(training):
    os.remove(training / "ckpt-300.meta")
    found = chosen(training)
    assert "graph.pbtxt" in paths(found)
    assert found.format.inspect(found.tree).facts["graph.file"] == "graph.pbtxt"
    with found.format.graph(found.tree, 0) as graph:
        assert "input_ids" in graph.nodes


def test_without_any_graph_names_cannot_be_resolved(training):
    os.remove(training / "ckpt-300.meta")
    os.remove(training / "graph.pbtxt")
    found = chosen(training)
    assert "TFR112" in codes(found)
    with pytest.raises(NoGraphError):
        found.format.graph(found.tree, 0)


def test_shards_of_version_1_that_are_missing_are_told(models, tmp_path):
    folder = Path(shutil.copytree(models / "checkpoint_v1_sharded", tmp_path / "v1"))
    os.remove(folder / "model.ckpt-3-00001-of-00002")
    assert "TFR102" in codes(chosen(folder))


def test_version_1_without_meta_is_known_by_its_content(models, tmp_path):
    folder = Path(shutil.copytree(models / "checkpoint_v1", tmp_path / "v1"))
    os.remove(folder / "model.ckpt-3.meta")
    assert chosen(folder).name == "model.ckpt-3"
    assert chosen(folder / "model.ckpt-3").format.name == "tf1_checkpoint"


@pytest.mark.parametrize(
    "files",
    [
        {"m.index": b"x" * 100},
        {"m.meta": b"x" * 100},
        {"m.meta": b""},
        {"checkpoint": b""},
        {"m.tflite": b"TFL3", "m.tflite.meta": b"fileFormatVersion: 2"},
        {"m.index": b"x" * 100, "m.meta": b"x" * 100},
    ],
)
def test_names_alone_make_no_checkpoint(files):
    assert checkpoints_in(MemoryTree(files)) == []


def test_a_part_of_a_tree_has_its_files_only():
    part = SubTree(MemoryTree({"a": b"1", "b": b"22"}, "all"), ["b", "c"])
    assert ([file.path for file in part.files()], part.name) == (["b"], "all")
    with part.open("b") as reader:
        assert reader.read_at(0, 9) == b"22"
    with pytest.raises(PathNotFoundError):
        part.open("a")


def _whole(index: bytes, *prefixes: str) -> dict[str, bytes]:
    ends = {"index": index, "data-00000-of-00001": b""}
    return {f"{prefix}.{end}": content for prefix in prefixes for end, content in ends.items()}
