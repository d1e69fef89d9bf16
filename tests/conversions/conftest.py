"""Converts as users do, in this process, and runs what came out of it by TensorFlow's session."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tfreg.core.checking.check import check
from tfreg.core.conversions.converting import convert, form_of, source_of
from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.conversions.planning import plan
from tfreg.core.conversions.results import Check, MappedName, Result
from tfreg.core.conversions.saving import save
from tfreg.core.conversions.targets import target_named
from tfreg.core.diagnostics import Diagnostic
from tfreg.core.formats.selecting import open_path, select
from tfreg.core.rewrites.rewriting import Source

Arrays = Mapping[str, Any]


@dataclass(frozen=True)
class Made:
    """What a conversion made.

    Attributes:
        path: The file or the folder.
        result: What it says of the names.
        check: Whether it computes what the source computes.
        targets: Operations to be run once first, as callers are told.
    """

    path: Path
    result: Result
    check: Check
    targets: tuple[str, ...]

    @property
    def names(self) -> Mapping[str, MappedName]:
        """What became of each key."""
        return {name.key: name for name in self.result.names}

    @property
    def notes(self) -> tuple[Diagnostic, ...]:
        """What was lost."""
        return self.result.notes


@pytest.fixture(scope="module")
def step_runner() -> Iterator[Any]:
    """Runs steps of TensorFlow in this process."""
    spec = importlib.util.spec_from_file_location("child_runner", Path(__file__).with_name("child_runner.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    runner = module.ChildRunner()
    yield runner
    runner.close()


@pytest.fixture
def converted(tmp_path: Path, step_runner: Any) -> Callable[..., Made]:
    """Converts a model: path, target, options; saves the result and checks it against the source."""
    count = 0

    def run(path: Path, target: str, **options: Any) -> Made:
        nonlocal count
        count += 1
        source, given = opened(path), ConversionOptions(**options)
        place = tmp_path / f"made{count}" / target_named(target).file_name
        place.parent.mkdir()
        way = plan(form_of(source.inspection), target, given)
        means: Any = {"runner": step_runner, "report": lambda _: None, "still_wanted": lambda: True}
        with convert(source, way, {}, **means) as made:
            save(made.tree, place, is_folder=target_named(target).is_folder)
            after = source_of(made.tree, made.format, made.inspection, made.signatures)
            found = check(source, after, made.result.names, **means)
            return Made(place, made.result, found, tuple(name for one in made.signatures for name in one.targets))

    return run


def opened(path: Path) -> Source:
    """Returns a model as conversions read it."""
    selected = select(*open_path(path))
    return source_of(selected.tree, selected.format, selected.format.inspect(selected.tree))


@pytest.fixture
def run_saved_model() -> Callable[..., Arrays]:
    """Runs a SavedModel as TensorFlow Java does: path, values by key; returns outputs by key."""
    from tensorflow.compat import v1 as tf1

    def run(folder: Path, values: Arrays, tags: tuple[str, ...] = ("serve",), signature: str = "serving_default") -> Arrays:
        with tf1.Session(graph=tf1.Graph()) as session:
            found = tf1.saved_model.load(session, list(tags), str(folder)).signature_def[signature]
            feeds = {found.inputs[key].name: value for key, value in values.items()}
            return dict(session.run({key: one.name for key, one in found.outputs.items()}, feeds))

    return run


@pytest.fixture
def run_graph() -> Callable[..., Arrays]:
    """Runs a frozen graph: file or GraphDef, values by tensor, tensors to fetch, operations to run first."""
    from tensorflow.compat import v1 as tf1

    def run(graph: Any, values: Arrays, fetches: list[str], targets: tuple[str, ...] = ()) -> Arrays:
        read = tf1.GraphDef.FromString(graph.read_bytes()) if isinstance(graph, Path) else graph
        with tf1.Session(graph=tf1.Graph()) as session:
            tf1.import_graph_def(read, name="")
            session.run([session.graph.get_operation_by_name(name) for name in targets])
            return dict(session.run({name: name for name in fetches}, dict(values)))

    return run
