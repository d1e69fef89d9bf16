"""A server, and Java that loads models from it by name and runs them by key: with Python's results, or refused before they run."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tfreg.client import Client
from tfreg.core.bindings import BindingQuery
from tfreg.core.checking.calls import ModelCall, call_of
from tfreg.core.checking.index_bounds import index_bounds
from tfreg.core.checking.inputs import plan_inputs
from tfreg.core.conversions.converting import source_of
from tfreg.core.formats.selecting import open_path, select
from tfreg.core.resolving.tag_sets import choose_meta_graph
from tfreg.core.rewrites.rewriting import Source
from tfreg.core.tensors import TensorRef

_JAVA = Path(__file__).parents[2] / "clients/java/tfreg-tensorflow/target"
_MODELS = Path(__file__).parents[1] / "fixtures/models"
_PROGRAM = "dev.tfreg.tensorflow.RunByKeys"
_TOLERANCE = {"rtol": 1e-4, "atol": 1e-5}

_STORED = {
    "tf1_saved_model": "saved_model",
    "tf1_partitioned": "saved_model",
    "tf1_assets_table": "saved_model",
    "release_1_15_saved_model": "saved_model",
    "tf2_module_signatures": "saved_model",
    "tf2_vocab": "saved_model",
    "tf2_keras_export": "saved_model",
    "same_keras_saved_model": "saved_model",
    "frozen_tf1.pb": "frozen_graph",
    "frozen_functions.pb": "frozen_graph",
    "release_1_15_frozen.pb": "frozen_graph",
    "checkpoint_tf1": "tf1_checkpoint",
    "checkpoint_estimator_2_12": "tf1_checkpoint",
}
"""Models that TensorFlow Java loads as they are stored, and what they are."""

_CONVERTED = ("same_keras_h5.h5", "same_keras_v3.keras")
_UNFIT = {
    "unfit_op": ("DecodeWebP",),
    "unfit_function": ("DecodeWebP", "function"),
    "unfit_branch": ("DecodeWebP", "function"),
    "unfit_dtype": ("UniformQuantize", "function"),
    "unfit_attribute": ("TensorListGetItem", "function"),
}
"""Models that this TensorFlow Java cannot run, and what the reason names."""


@dataclass(frozen=True)
class _Case:
    """A model to run, with Python's outputs by the files that Java writes."""

    name: str
    lines: list[str]
    outputs: dict[Path, Any]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A server's address."""
    command = [str(Path(sys.executable).with_name("tfreg")), "--quiet", "serve", "--data", str(tmp_path / "data")]
    with subprocess.Popen([*command, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip().rpartition(" ")[2]
        process.terminate()


@pytest.mark.tensorflow
@pytest.mark.java
@pytest.mark.timeout(1800)
@pytest.mark.xdist_group("matrix-1")
@pytest.mark.filterwarnings("ignore")
def test_java_runs_models_by_key_as_python_does_and_refuses_those_that_it_cannot_run(server: str, tmp_path: Path) -> None:
    cases = [_case(name, tmp_path, convert=name in _CONVERTED) for name in (*_STORED, *_CONVERTED)]
    cases += [_unfit(name, tmp_path) for name in _UNFIT]
    with Client(server) as client:
        for case in cases:
            client.push(_MODELS / case.name, _reference(case.name))
    (tmp_path / "runs").write_text("".join(f"{line}\n" for case in cases for line in case.lines))
    told = _run_java(server, tmp_path)
    assert told.keys() == {case.name for case in cases}
    wrong = {case.name: what for case in cases if case.name not in _UNFIT and (what := _wrong(case, told[case.name]))}
    assert wrong == {}
    assert {name: told[name][1] for name in _STORED} == _STORED
    assert {told[name][2] for name in _CONVERTED} == {"true"}
    for name, named in _UNFIT.items():
        assert told[name][:2] == ("failed", "RUNTIME_UNFIT"), told[name]
        assert all(word in told[name][2] for word in named), told[name]


def _reference(name: str) -> str:
    return f"fixtures/{name}"


def _case(name: str, folder: Path, *, convert: bool) -> _Case:
    from tfreg.convert.steps.running.generating import generate
    from tfreg.convert.steps.running.running import open_model

    source = _source(name)
    call = call_of(source, BindingQuery())
    values = generate(plan_inputs((feed for feed in call.feeds if not feed.unused), bounds=_bounds(source, call)))
    files = folder / f"{name}.values"
    files.mkdir()
    with open_model(_MODELS / name, call, files, may_run_foreign_code=False) as run:
        outputs = run(values)
    lines = [f"model\t{name}\t{_reference(name)}\t{str(convert).lower()}\t{'' if convert else call.signature}"]
    for number, feed in enumerate(feed for feed in call.feeds if feed.key in values):
        lines.append(_feed_line(feed.key, feed.dtype, values[feed.key], files / f"in{number}"))
    written = {files / f"out{number}": key for number, key in enumerate(outputs)}
    lines += [f"fetch\t{key}\t{file}" for file, key in written.items()]
    return _Case(name, [*lines, "run"], {file: outputs[key] for file, key in written.items()})


def _unfit(name: str, folder: Path) -> _Case:
    value = folder / f"{name}.in"
    value.write_bytes(struct.pack("<f", 1.0))
    lines = [f"model\t{name}\t{_reference(name)}\tfalse\tserving_default", f"feed\tx\tfloat32\t1\t{value}"]
    return _Case(name, [*lines, f"fetch\ty\t{folder / name}.out", "run"], {})


def _source(name: str) -> Source:
    selected = select(*open_path(_MODELS / name))
    return source_of(selected.tree, selected.format, selected.format.inspect(selected.tree))


def _bounds(source: Source, call: ModelCall) -> dict[str, int]:
    """Returns by key below which integers must be: those that look rows up in a table."""
    integers = {TensorRef.parse(feed.tensor): feed.key for feed in call.feeds if feed.tensor and feed.dtype.startswith("int")}
    if not integers or not source.inspection.meta_graphs:
        return {}
    with source.graph(choose_meta_graph(source.inspection.meta_graphs, call.tags)) as graph:
        return {integers[ref]: bound for ref, bound in index_bounds(graph, list(integers)).items()}


def _feed_line(key: str, dtype: str, value: Any, file: Path) -> str:
    file.write_bytes(_bytes(value))
    return f"feed\t{key}\t{dtype}\t{','.join(map(str, value.shape))}\t{file}"


def _bytes(value: Any) -> bytes:
    if value.dtype.kind == "O":
        texts = [text if isinstance(text, bytes) else text.encode() for text in value.reshape(-1)]
        return b"".join(struct.pack("<i", len(text)) + text for text in texts)
    return bytes(value.tobytes())


def _run_java(server: str, folder: Path) -> dict[str, tuple[str, ...]]:
    """Returns by model what Java said: ok, format, whether converted; or failed, reason, message."""
    libraries = (_JAVA / "test-classpath.txt").read_text().strip()
    classes = f"{_JAVA / 'test-classes'}:{_JAVA / 'classes'}:{libraries}"
    command = ["java", "-cp", classes, _PROGRAM, server, str(folder / "cache"), str(folder / "runs")]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=1700, check=False)
    assert finished.returncode == 0, finished.stderr[-3000:]
    words = [line.split("\t") for line in finished.stdout.splitlines()]
    return {word[1]: (word[0], *word[2:]) for word in words if word[0] in ("ok", "failed")}


def _wrong(case: _Case, told: tuple[str, ...]) -> str:
    import numpy as np

    if told[0] != "ok":
        return " ".join(told)
    for file, expected in case.outputs.items():
        content = file.read_bytes()
        if expected.dtype.kind in "fc" and expected.dtype.itemsize >= 4:
            actual = np.frombuffer(content, expected.dtype).reshape(expected.shape)
            if not np.allclose(actual, expected, equal_nan=True, **_TOLERANCE):
                return f"differs by {np.abs(actual - expected).max()}"
        elif content != _bytes(expected):
            return f"differs: {content[:40]!r}, it should be {_bytes(expected)[:40]!r}"
    return ""
