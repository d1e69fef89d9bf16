"""Fixtures as sources, and conversions of them by the rewrites for Keras."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from tfreg.core.conversions.converting import source_of
from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.files import FileTree
from tfreg.core.formats.registry import recognise
from tfreg.core.rewrites.rewriting import RewriteRequest, Rewritten, Source
from tfreg.core.trees import LocalTree

MODELS = Path(__file__).parents[3] / "fixtures" / "models"
_MODULES = {
    "keras_json": "keras_to_json",
    "keras_weights": "weights_to_keras_weights",
    "keras_weights_legacy": "weights_to_keras_weights_legacy",
    "keras_v3": "keras_assembly",
    "keras_h5": "keras_assembly",
}


def _opened(which: str | Path | FileTree | Source) -> Source:
    if isinstance(which, str):
        return _fixture(which)
    return which if isinstance(which, Source) else _source(LocalTree(which) if isinstance(which, Path) else which)


@cache
def _fixture(name: str) -> Source:
    """A source that is read once."""
    return _source(LocalTree(MODELS / name))


def _source(tree: FileTree) -> Source:
    kind = recognise(tree)
    return source_of(tree, kind, kind.inspect(tree))


@pytest.fixture(scope="session")
def opened() -> Callable[..., Source]:
    """Opens a fixture by its name, a path, or a tree."""
    return _opened


@pytest.fixture(scope="session")
def converted() -> Callable[..., Rewritten]:
    """Converts a source to a target; further artifacts by role."""

    def convert(which: object, target: str, options: ConversionOptions = ConversionOptions(), **others: object) -> Rewritten:
        sources = {role: _opened(other) for role, other in others.items()}
        module = import_module(f"tfreg.core.rewrites.{_MODULES[target]}")
        return module.rewrite(RewriteRequest(_opened(which), target, options, sources))

    return convert


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[Rewritten], Path]:
    """Writes what a rewrite made, and returns the file."""

    def save(made: Rewritten) -> Path:
        for file in made.tree.files():
            path = tmp_path / file.path
            with made.tree.open(file.path) as reader:
                path.write_bytes(reader.read_at(0, reader.size_bytes))
        return path

    return save
