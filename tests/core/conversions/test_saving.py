"""Results on the local disk: whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tfreg.core.conversions.saving import save
from tfreg.core.errors import DestinationExistsError, PathNotFoundError
from tfreg.core.rewrites.pieces import Computed, Inline, RewrittenTree, Slice
from tfreg.core.trees import MemoryTree

SOURCE = MemoryTree({"weights": bytes(range(100))})
TREE = RewrittenTree(
    {
        "saved_model.pb": [Inline(b"head"), Slice(SOURCE, "weights", 10, 20)],
        "variables/variables.index": [Computed(3, lambda: iter([b"a", b"bc"]))],
    }
)


def test_a_folder_holds_every_file(tmp_path: Path) -> None:
    assert save(TREE, tmp_path / "out", is_folder=True) == 27
    assert (tmp_path / "out/saved_model.pb").read_bytes() == b"head" + bytes(range(10, 30))
    assert (tmp_path / "out/variables/variables.index").read_bytes() == b"abc"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_file_is_written_under_the_name_that_was_given(tmp_path: Path) -> None:
    save(RewrittenTree({"frozen_graph.pb": [Inline(b"graph")]}), tmp_path / "mine.pb", is_folder=False)
    assert (tmp_path / "mine.pb").read_bytes() == b"graph"


def test_what_is_there_stays_unless_it_may_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "f.pb").write_bytes(b"old")
    tree = RewrittenTree({"f.pb": [Inline(b"new")]})
    with pytest.raises(DestinationExistsError, match="--overwrite"):
        save(tree, tmp_path / "f.pb", is_folder=False)
    assert (tmp_path / "f.pb").read_bytes() == b"old"
    save(tree, tmp_path / "f.pb", is_folder=False, overwrite=True)
    assert (tmp_path / "f.pb").read_bytes() == b"new"


def test_a_folder_replaces_a_folder_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/stale").touch()
    save(TREE, tmp_path / "out", is_folder=True, overwrite=True)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["saved_model.pb", "variables"]


def test_work_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"x"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        save(RewrittenTree({"f": [Inline(b"1")], "g": [Computed(2, broken)]}), tmp_path / "out", is_folder=True)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PathNotFoundError, match="Make it first"):
        save(TREE, tmp_path / "no/out", is_folder=True)
