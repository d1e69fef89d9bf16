"""What conversions make of the fixtures runs in TensorFlow Java, by the names that they tell, with Python's results."""

from __future__ import annotations

import importlib.util
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tfreg.core.checking.calls import CalledTensor, ModelCall
from tfreg.core.checking.check import plan_check
from tfreg.core.conversions.converting import convert, form_of, source_of
from tfreg.core.conversions.planning import plan
from tfreg.core.conversions.saving import save
from tfreg.core.conversions.targets import target_named
from tfreg.core.errors import TfregError

_HERE = Path(__file__).parent
_LIBRARIES = _HERE.parents[1] / "examples/digits/java/target/lib"
_JAVA_TYPES = frozenset({"float32", "float64", "float16", "bfloat16", "int32", "int64", "uint8", "bool", "string"})
_TARGETS = ("saved_model", "frozen_graph")
_BY_TENSORFLOW = ("keras_v3", "keras_h5")
_KERAS = ("same_keras_v3.keras", "keras_2_two_inputs_2_15_h5.h5", "keras_3_shared_v3.keras")
"""Keras models that are converted here too; that all of them convert, the matrix shows."""


@dataclass(frozen=True)
class _Ran:
    """A model that Python ran, and the files in which Java finds inputs and leaves outputs."""

    name: str
    lines: list[str]
    outputs: dict[Path, Any]


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"conversion_{name}", _HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.tensorflow
@pytest.mark.java
@pytest.mark.timeout(900)
@pytest.mark.xdist_group("matrix-1")
@pytest.mark.filterwarnings("ignore")
def test_results_run_in_tensorflow_java(tmp_path: Path) -> None:
    verdicts = _module("verdicts")
    names = [name for name in verdicts.NAMES if not name.startswith("unsafe_")]
    ran = [one for name in names for one in _ran_in_python(name, verdicts, tmp_path)]
    assert len(ran) > 60
    (tmp_path / "runs").write_text("".join(f"{line}\n" for one in ran for line in one.lines))
    found = _run_java(tmp_path / "runs")
    wrong = [f"{one.name}: {what}" for one in ran if (what := _wrong(one, found.get(one.name, "was not run")))]
    assert wrong == []


def _ran_in_python(name: str, verdicts: ModuleType, folder: Path) -> Iterator[_Ran]:
    source, options = verdicts.source_named(name)
    if source.format in _BY_TENSORFLOW and name not in _KERAS:
        return
    runner = _module("child_runner").ChildRunner()
    for target in _TARGETS:
        try:
            way = plan(form_of(source.inspection), target, options)
            with convert(source, way, {}, runner=runner, report=lambda _: None, still_wanted=lambda: True) as converted:
                place = folder / f"{name}.{target}"
                save(converted.tree, place, is_folder=target_named(target).is_folder)
                result = source_of(converted.tree, converted.format, converted.inspection, converted.signatures)
                checked = plan_check(source, result, converted.result.names)
        except TfregError:  # the matrix has the reason
            continue
        for signature in checked.signatures:
            yield from _python_run(f"{name} -> {target} {signature.result.signature}", place, signature)
    runner.close()


def _python_run(name: str, place: Path, checked: Any) -> Iterator[_Ran]:
    import tensorflow as tf

    from tfreg.convert.steps.running.generating import generate
    from tfreg.convert.steps.running.running import open_model

    call: ModelCall = checked.result
    values = generate(checked.plan)
    values = {new: values[old] for new, old in checked.inputs.items() if old in values}
    if any(feed.dtype not in _JAVA_TYPES or feed.composite for feed in call.feeds):
        return
    try:
        with open_model(place, call, place.parent, may_run_foreign_code=False) as run:
            outputs, again = run(values), run(values)
    except (TfregError, tf.errors.OpError):  # inputs that were made up do not fit, as texts that are no tf.Example
        return
    if any((outputs[key] != again[key]).any() for key in outputs):
        return
    folder = place.parent / f"{len(list(place.parent.iterdir()))}.values"
    folder.mkdir()
    feeds = [feed for feed in call.feeds if feed.key in values]
    fetches = [fetch for fetch in call.fetches if fetch.dtype in _JAVA_TYPES and not fetch.composite and fetch.key in outputs]
    distinct = list({fetch.tensor: fetch for fetch in fetches}.values())  # Java refuses one tensor twice
    lines = [
        f"model\t{name}\t{call.format}\t{place}\t{','.join(call.tags)}",
        *(f"target\t{operation}" for operation in call.targets),
    ]
    lines += [_feed_line(feed, values[feed.key], folder / f"in{number}") for number, feed in enumerate(feeds)]
    lines += [f"fetch\t{fetch.tensor}\t{folder / f'out{number}'}" for number, fetch in enumerate(distinct)]
    yield _Ran(name, [*lines, "run"], {folder / f"out{number}": outputs[fetch.key] for number, fetch in enumerate(distinct)})


def _feed_line(feed: CalledTensor, value: Any, file: Path) -> str:
    file.write_bytes(_bytes(value))
    return f"feed\t{feed.tensor}\t{feed.dtype}\t{','.join(map(str, value.shape))}\t{file}"


def _bytes(value: Any) -> bytes:
    if value.dtype.kind == "O":
        texts = [text if isinstance(text, bytes) else text.encode() for text in value.reshape(-1)]
        return b"".join(struct.pack("<i", len(text)) + text for text in texts)
    return bytes(value.tobytes())


def _run_java(runs: Path) -> dict[str, str]:
    command = ["java", "-cp", f"{_LIBRARIES}/*", str(_HERE / "RunModels.java"), str(runs)]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert finished.returncode == 0, finished.stderr[-3000:]
    words = [line.split("\t") for line in finished.stdout.splitlines()]
    return {word[1]: "" if word[0] == "ok" else word[2] for word in words if word[0] in ("ok", "failed")}


def _wrong(one: _Ran, failure: str) -> str:
    import numpy as np

    if failure:
        return failure
    for file, expected in one.outputs.items():
        content = file.read_bytes()
        if expected.dtype.kind in "fc" and expected.dtype.itemsize >= 4:
            actual = np.frombuffer(content, expected.dtype).reshape(expected.shape)
            if not np.allclose(actual, expected, rtol=1e-4, atol=1e-5, equal_nan=True):
                return f"differs by {np.abs(actual - expected).max()}"
        elif content != _bytes(expected):
            return "differs"
    return ""
