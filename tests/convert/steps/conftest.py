"""Steps run in this process, for tests that are not about walls; and what TensorFlow's own session says of their results."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tfreg.convert.work import Work
from tfreg.core import json_values
from tfreg.core.checking.check import plan_check
from tfreg.core.conversions.converting import source_of
from tfreg.core.conversions.name_map import Changes, name_map
from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.conversions.options import encode as encode_options
from tfreg.core.formats.selecting import open_path, select
from tfreg.core.rewrites.rewriting import Source

Step = Callable[..., Work]


@pytest.fixture
def step(tmp_path: Path) -> Step:
    """Runs a step: its module, the inputs by role, options and further arguments; returns its work, done."""
    count = 0

    def run(module: Any, inputs: Mapping[str, Path], options: ConversionOptions | None = None, **arguments: object) -> Work:
        nonlocal count
        count += 1
        output, scratch = tmp_path / f"out{count}", tmp_path / f"scratch{count}"
        output.mkdir()
        scratch.mkdir()
        told = {"options": encode_options(options or ConversionOptions()), **json.loads(json_values.encode(arguments))}
        work = Work(dict(inputs), output, scratch, told, lambda stage, share, message: None)
        module.run(work)
        return work

    return run


def source(path: Path) -> Source:
    """An artifact as conversions read it."""
    selected = select(*open_path(path))
    return source_of(selected.tree, selected.format, selected.format.inspect(selected.tree))


@pytest.fixture
def checked(step: Step) -> Callable[..., Mapping[str, Any]]:
    """Runs source and result on the same inputs; returns what the step says of them."""

    def check(
        before: Path,
        after: Path,
        samples: Path | None = None,
        *,
        leave: bool = False,
        tolerance: float | None = None,
        custom_objects: Path | None = None,
    ) -> Any:
        from tfreg.convert.steps import check as check_step

        one, other = source(before), source(after)
        names = name_map(one.inspection, other.inspection, ConversionOptions(), Changes())
        plan = plan_check(one, other, names, tolerance=tolerance, samples=None if samples is None else source_of_samples(samples))
        further = {"samples": samples, "custom_objects": custom_objects}
        inputs = {"source": before, "result": after} | {role: path for role, path in further.items() if path is not None}
        return step(check_step, inputs, plan=plan, runs_foreign_code=leave).facts["check"]

    return check


def source_of_samples(path: Path) -> Any:
    from tfreg.core.trees import LocalTree

    return LocalTree(path)


def session_run(folder: Path, inputs: Mapping[str, Any], signature: str = "serving_default") -> dict[str, Any]:
    """Runs a SavedModel as TensorFlow Java does: by the session's loader and SignatureDef."""
    import tensorflow as tf

    with tf.compat.v1.Session(graph=tf.Graph()) as session:
        meta_graph = tf.compat.v1.saved_model.load(session, ["serve"], str(folder))
        found = meta_graph.signature_def[signature]
        assert set(inputs) <= set(found.inputs)
        feeds = {found.inputs[key].name: value for key, value in inputs.items()}
        return dict(session.run({key: one.name for key, one in found.outputs.items()}, feeds))
