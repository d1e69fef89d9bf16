"""Local folders and dictionaries as file trees."""

from __future__ import annotations

import os

import pytest

from tfreg.core.errors import LimitExceededError, PathInvalidError, PathNotFoundError
from tfreg.core.files import FileStat
from tfreg.core.trees import LocalTree, MemoryTree


def test_files_of_a_folder_are_sorted_by_the_bytes_of_their_paths(tmp_path):
    for path in ("b", "a/z", "a.b", "é", "\U0001f600", "\uffee"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(path.encode())
    paths = [file.path for file in LocalTree(tmp_path).files()]
    assert paths == sorted(paths, key=str.encode)
    assert set(paths) == {"b", "a/z", "a.b", "é", "\U0001f600", "\uffee"}


def test_a_single_file_is_a_tree_of_its_plain_name(tmp_path):
    (tmp_path / "graph.pb").write_bytes(b"abc")
    tree = LocalTree(tmp_path / "graph.pb")
    assert tree.files() == (FileStat("graph.pb", 3),)
    with tree.open("graph.pb") as reader:
        assert (reader.size_bytes, reader.read_at(1, 10)) == (3, b"bc")


def test_reads_stop_at_the_end_of_the_file(tmp_path):
    (tmp_path / "f").write_bytes(b"0123456789")
    with LocalTree(tmp_path).open("f") as reader:
        assert [reader.read_at(8, 5), reader.read_at(10, 5), reader.read_at(99, 1)] == [b"89", b"", b""]


@pytest.mark.parametrize("target", ["inside", "/etc/passwd", "nowhere", "folder"])
def test_a_link_within_a_folder_is_refused_by_name(tmp_path, target):
    (tmp_path / "inside").write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(PathInvalidError, match=r"'link' in '.*' is a link") as refused:
        LocalTree(tmp_path).files()
    assert f"cp -rL {tmp_path} " in refused.value.hint
    with pytest.raises(PathInvalidError, match="'link'"):
        LocalTree(tmp_path).open("link")


def test_a_folder_that_is_a_link_is_not_walked_through(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "f").write_bytes(b"x")
    (tmp_path / "link").symlink_to("real")
    with pytest.raises(PathInvalidError, match="link"):
        LocalTree(tmp_path).open("link/f")


def test_the_root_itself_may_be_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "f").write_bytes(b"x")
    (tmp_path / "link").symlink_to("real")
    tree = LocalTree(tmp_path / "link")
    assert [file.path for file in tree.files()] == ["f"]
    with tree.open("f") as reader:
        assert reader.read_at(0, 1) == b"x"


def test_special_files_are_refused_by_name(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PathInvalidError, match=r"'pipe' in '.*' is a special file"):
        LocalTree(tmp_path).files()
    with pytest.raises(PathInvalidError, match="pipe"):
        LocalTree(tmp_path).open("pipe")
    with pytest.raises(PathInvalidError, match="pipe"):
        LocalTree(tmp_path / "pipe")


@pytest.mark.parametrize("name", ["new\nline", "bell\x07", "back\\slash", b"not-utf8-\xff"])
def test_names_that_are_not_portable_are_refused(tmp_path, name):
    raw = name if isinstance(name, bytes) else name.encode()
    with open(os.path.join(os.fsencode(tmp_path), raw), "wb"):
        pass
    with pytest.raises(PathInvalidError) as refused:
        LocalTree(tmp_path).files()
    assert refused.value.hint.startswith("Rename the file")
    assert refused.value.metadata["path"]


def test_paths_that_are_too_long_are_refused(tmp_path):
    folder = tmp_path
    for _ in range(6):
        folder /= "d" * 200
    folder.mkdir(parents=True)
    (folder / "f").write_bytes(b"x")
    with pytest.raises(PathInvalidError, match="longer than 1024 bytes"):
        LocalTree(tmp_path).files()


@pytest.mark.parametrize("path", ["../f", "/etc/passwd", "a/../f", "", ".", "a\x00b"])
def test_opening_never_leaves_the_folder(tmp_path, path):
    (tmp_path / "root").mkdir()
    (tmp_path / "f").write_bytes(b"secret")
    with pytest.raises((PathInvalidError, PathNotFoundError)):
        LocalTree(tmp_path / "root").open(path)


def test_what_is_missing_is_told_with_a_hint(tmp_path):
    with pytest.raises(PathNotFoundError) as missing:
        LocalTree(tmp_path / "nothing")
    assert missing.value.hint
    with pytest.raises(PathNotFoundError, match="'f'"):
        LocalTree(tmp_path).open("f")
    with pytest.raises(PathNotFoundError):
        LocalTree("nul\x00byte")


def test_the_number_of_files_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("tfreg.core.trees.MAX_FILES", 3)
    for number in range(4):
        (tmp_path / str(number)).write_bytes(b"")
    with pytest.raises(LimitExceededError):
        LocalTree(tmp_path).files()


def test_an_empty_folder_has_no_files(tmp_path):
    assert LocalTree(tmp_path).files() == ()


def test_a_dictionary_is_a_tree():
    tree = MemoryTree({"b": b"2", "a/c": b"1"}, "name")
    assert (tree.name, [file.path for file in tree.files()]) == ("name", ["a/c", "b"])
    with tree.open("b") as reader:
        assert reader.read_at(0, 9) == b"2"
    with pytest.raises(PathNotFoundError):
        tree.open("c")
