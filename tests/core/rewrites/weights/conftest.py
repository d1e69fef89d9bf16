"""Sources to take weights from: the fixtures, and trees that tests make."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tfreg.core.files import FileTree
from tfreg.core.formats.registry import recognise
from tfreg.core.rewrites.rewriting import Source
from tfreg.core.trees import LocalTree

MODELS = Path(__file__).parents[3] / "fixtures" / "models"


def source_of_tree(tree: FileTree) -> Source:
    form = recognise(tree)
    found = form.inspect(tree)
    return Source(tree, form.name, found, lambda number: form.graph(tree, number), tuple(range(len(found.meta_graphs))))


@pytest.fixture
def source_of() -> Callable[[str | Path | FileTree], Source]:
    """Opens a fixture by its name, a path, or a tree."""

    def opened(which: str | Path | FileTree) -> Source:
        if isinstance(which, str):
            which = MODELS / which
        return source_of_tree(LocalTree(which) if isinstance(which, Path) else which)

    return opened
