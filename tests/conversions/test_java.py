"""What conversions make of the fixtures runs in TensorFlow Java, by the names that they tell, with Python's results."""

from __future__ import annotations

import importlib.util
import struct
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tfreg.core.bindings import BindingQuery
from tfreg.core.checking.calls import CalledTensor, ModelCall, call_of_binding
from tfreg.core.checking.check import plan_check
from tfreg.core.conversions.converting import convert, form_of, source_of
from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.conversions.planning import plan
from tfreg.core.conversions.saving import save
from tfreg.core.conversions.targets import target_named
from tfreg.core.errors import TfregError
from tfreg.core.formats.selecting import open_path, select
from tfreg.core.records import DeclaredSignature
from tfreg.core.resolving.resolve import resolve
from tfreg.core.rewrites.rewriting import Source

_HERE = Path(__file__).parent
_LIBRARIES = _HERE.parents[1] / "examples/digits/java/target/lib"
_JAVA_TYPES = frozenset({"float32", "float64", "float16", "bfloat16", "int32", "int64", "uint8", "bool", "string"})
_TARGETS = ("saved_model", "frozen_graph")
_BY_TENSORFLOW = ("keras_v3", "keras_h5")
_KERAS = ("same_keras_v3.keras", "keras_2_two_inputs_2_15_h5.h5", "keras_3_shared_v3.keras")
"""Keras models that are converted here too; that all of them convert, the matrix shows."""
_TABLES = ("tf1_assets_table", "tf1_legacy_init_op")
_TABLES_AGAIN = "vocabulary.txt; No such file"
_OTHER_DEVICE = "valid device"
_ON_GPU = ("frozen_iterator.pb +outputs", "frozen_whole_training.pb +outputs")
_JAVA_FAILS = {
    **{f"{name} +clear_devices -> saved_model": _TABLES_AGAIN for name in _TABLES},
    **{f"{name} -> {target}": _OTHER_DEVICE for name in _ON_GPU for target in _TARGETS},
}
"""What TensorFlow Java 1.1.0 cannot run, with what it says. It fails on these sources too.

`_TABLES_AGAIN`: its loader fills the tables, and then its first run fills those of the collection `table_initializer` once more, without
the paths of the assets. Without that collection, which `inference_only` leaves out, it runs them, as it does as frozen graphs.
`_OTHER_DEVICE`: graphs for a GPU, on a machine without one. Without their devices, which `clear_devices` takes out, it runs them.
"""


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
    rows = [(name, *verdicts.source_named(name)) for name in verdicts.NAMES if not name.startswith(("unsafe_", "unfit_"))]
    rows += [
        (f"{name} +inference_only", verdicts.source_named(name)[0], ConversionOptions(inference_only=True)) for name in _TABLES
    ]
    ran = [one for name, source, options in rows for one in _ran_in_python(name, source, options, tmp_path)]
    assert len(ran) > 60
    (tmp_path / "runs").write_text("".join(f"{line}\n" for one in ran for line in one.lines))
    found = _run_java(tmp_path / "runs")
    wrong = {one.name: what for one in ran if (what := _wrong(one, found.get(one.name, "was not run")))}
    expected = {
        name: why for name in wrong for limit, why in _JAVA_FAILS.items() if name.startswith(limit) and why in wrong[name]
    }
    assert wrong.keys() - expected.keys() == set(), wrong
    assert len(expected) == len(_JAVA_FAILS)


def _ran_in_python(name: str, source: Source, options: ConversionOptions, folder: Path) -> Iterator[_Ran]:
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
                saved = _saved(place, converted.signatures)
        except TfregError:  # the matrix has the reason
            continue
        for signature in checked.signatures:
            assert signature.result == _told(saved, signature.result)
            yield from _python_run(f"{name} -> {target} {signature.result.signature}", place, signature)
    runner.close()


def _saved(place: Path, signatures: Sequence[DeclaredSignature]) -> Source:
    """Reads what was written as a new artifact is read."""
    selected = select(*open_path(place))
    return source_of(selected.tree, selected.format, selected.format.inspect(selected.tree), signatures)


def _told(saved: Source, call: ModelCall) -> ModelCall:
    """Returns the call by the names that callers are told."""
    binding = resolve(saved.inspection, BindingQuery(call.signature, call.tags), saved.graph)
    return call_of_binding(binding, saved.targets.get(binding.signature, ()))


def _python_run(name: str, place: Path, checked: Any) -> Iterator[_Ran]:
    import tensorflow as tf

    from tfreg.convert.steps.running.generating import generate
    from tfreg.convert.steps.running.running import open_model

    call: ModelCall = checked.result  # of which Java fetches each tensor once, and none that it feeds: it refuses both
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
    fed = {feed.tensor for feed in feeds}
    distinct = list({fetch.tensor: fetch for fetch in fetches if fetch.tensor not in fed}.values())
    if not distinct:
        return
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
