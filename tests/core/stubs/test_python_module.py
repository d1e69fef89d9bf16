"""`tfreg stub python`: modules that type checkers and formatters pass, and that run models by numpy."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tfreg.core.bindings import Binding, BindingQuery, Feed, FeedUse
from tfreg.core.formats.selecting import open_path, select
from tfreg.core.locks.lock import LockedModel
from tfreg.core.resolving.resolve import resolve
from tfreg.core.stubs.python_module import python_module

COMMAND = "tfreg stub python team/x"
MODELS = Path(__file__).parents[2] / "fixtures" / "models"
Module = Callable[[str], ModuleType]


def binding_of(name: str, signature: str = "serving_default") -> Binding:
    selected = select(*open_path(MODELS / name))
    inspection = selected.format.inspect(selected.tree)
    return resolve(inspection, BindingQuery(signature), lambda index: selected.format.graph(selected.tree, index))


@pytest.fixture
def module(signed: dict[str, LockedModel], tmp_path: Path) -> Module:
    """Writes and imports the module of a fixture."""

    def imported(name: str) -> ModuleType:
        path = tmp_path / f"{name}.py"
        path.write_text(python_module(signed[name], COMMAND), encoding="utf-8")
        spec = importlib.util.spec_from_file_location(f"stub_{name}", path)
        assert spec is not None
        assert spec.loader is not None
        found = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = found  # dataclasses look there
        spec.loader.exec_module(found)
        return found

    return imported


class Session:
    """A session that remembers what it was given, and answers with zeros."""

    def __init__(self, **results: Any) -> None:
        self.results = results
        self.runs: list[tuple[list[str], dict[str, Any]]] = []

    def run(self, fetches: list[str], feeds: dict[str, Any]) -> list[Any]:
        self.runs.append((fetches, feeds))
        return [self.results[name] for name in fetches]


def session() -> Session:
    return Session(**{"pred_label:0": np.zeros(2, np.int64), "pred_prob:0": np.zeros((2, 3), np.float32)})


def ids(rows: int = 2, dtype: type = np.int32, width: int = 8) -> Any:
    return np.ones((rows, width), dtype)


@pytest.mark.timeout(900)
def test_every_fixture_with_signatures_passes_formatter_linter_and_type_checker(
    signed: dict[str, LockedModel], awkward: LockedModel, tmp_path: Path
) -> None:
    for name, entry in {**signed, "awkward": awkward}.items():
        (tmp_path / f"stub_{name}.py").write_text(python_module(entry, COMMAND), encoding="utf-8")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) > 40
    tools = Path(sys.executable).parent
    for command in (
        ["ruff", "format", "--isolated", "--no-cache", "--line-length", "88", "--check"],
        ["ruff", "check", "--isolated", "--no-cache"],
        ["mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path / 'cache'}"],
    ):
        ran = subprocess.run(
            [tools / command[0], *command[1:], *names], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
    check = f"import {', '.join(name.removesuffix('.py') for name in names)}, sys; assert 'tensorflow' not in sys.modules"
    subprocess.run([sys.executable, "-W", "error", "-c", check], cwd=tmp_path, check=True)


def test_callers_are_checked_by_their_types(signed: dict[str, LockedModel], tmp_path: Path) -> None:
    (tmp_path / "stub.py").write_text(python_module(signed["tf1_placeholder_with_default"], COMMAND))
    (tmp_path / "caller.py").write_text(
        "import numpy as np\nfrom stub import ServingDefault\n"
        "def call(model: ServingDefault) -> float:\n"
        "    model(x=np.ones((1, 6), np.float32), keep_prob=np.float32(1))\n"
        "    wrong = np.ones((1, 6), np.int64)\n    model(x=wrong)\n"
        "    model(keep_prob=None)\n"
        "    return float(model(x=np.ones((1, 6), np.float32)).z[0])\n"
    )
    mypy = Path(sys.executable).with_name("mypy")
    command = [mypy, "--strict", "--config-file=", f"--cache-dir={tmp_path / 'cache'}", "caller.py"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert [line.split(": ")[0] for line in ran.stdout.splitlines() if ": error:" in line] == [
        "caller.py:6", "caller.py:7", "caller.py:8",
    ]  # fmt: skip


def test_the_same_entry_gives_the_same_text(awkward: LockedModel) -> None:
    assert python_module(awkward, COMMAND) == python_module(awkward, COMMAND)


def test_a_session_is_run_by_the_names_of_the_binding(module: Module) -> None:
    stub, running = module("tf1_saved_model"), session()
    run = stub.ServingDefault.of_session(running, binding_of("tf1_saved_model"))
    result = run(input_ids=ids(), input_mask=ids(), segment_ids=ids())
    assert [field.name for field in fields(result)] == ["label", "probabilities"]
    assert result.probabilities.shape == (2, 3)
    ((fetches, feeds),) = running.runs
    assert fetches == ["pred_label:0", "pred_prob:0"]
    assert list(feeds) == ["input_ids:0", "input_mask:0", "segment_ids:0"]


def test_a_wrong_dtype_and_a_wrong_shape_are_told_with_the_key(module: Module) -> None:
    stub = module("tf1_saved_model")
    run = stub.ServingDefault.of_session(session(), binding_of("tf1_saved_model"))
    with pytest.raises(TypeError, match=r"input 'input_mask' must be int32, and is int64\. Convert it, such as by \.astype"):
        run(input_ids=ids(), input_mask=ids(dtype=np.int64), segment_ids=ids())
    with pytest.raises(ValueError, match=r"input 'segment_ids' must have the shape \[\?, 8\], and has \[2, 9\]"):
        run(input_ids=ids(), input_mask=ids(), segment_ids=ids(width=9))
    with pytest.raises(TypeError, match="segment_ids"):
        run(input_ids=ids(), input_mask=ids())


def test_an_output_that_is_not_what_was_said_is_told_too(module: Module) -> None:
    stub = module("tf1_saved_model")
    wrong = Session(**{"pred_label:0": np.zeros(2, np.int32), "pred_prob:0": np.zeros((2, 3), np.float32)})
    run = stub.ServingDefault.of_session(wrong, binding_of("tf1_saved_model"))
    with pytest.raises(TypeError, match="output 'label' must be int64"):
        run(input_ids=ids(), input_mask=ids(), segment_ids=ids())


def test_inputs_that_are_not_given_are_not_fed(module: Module) -> None:
    stub = module("tf1_placeholder_with_default")
    binding = binding_of("tf1_placeholder_with_default")
    running = Session(**{str(binding.fetch("y").ref): np.zeros((1, 1), np.float32)})
    stub.ServingDefault.of_session(running, binding)(x=np.ones((1, 6), np.float32))
    assert list(running.runs[0][1]) == [str(binding.feed("x").tensor.ref)]


def test_a_model_with_another_interface_is_refused_when_the_call_is_made(module: Module) -> None:
    stub, binding = module("tf1_saved_model"), binding_of("tf1_saved_model")
    feeds, fetches = binding.feeds, binding.fetches
    changed = replace(
        binding,
        signature_fingerprint="sha256:other",
        feeds=(
            replace(feeds[0], tensor=replace(feeds[0].tensor, dtype="int64")),
            replace(feeds[1], tensor=replace(feeds[1].tensor, shape=(None, 4))),
            Feed(replace(feeds[2].tensor, key="types"), FeedUse.REQUIRED),
        ),
        fetches=fetches[1:],
    )
    with pytest.raises(stub.InterfaceChangedError) as told:
        stub.ServingDefault.of_session(session(), changed)
    for line in (
        "input 'input_ids' is int64, it was int32",
        "input 'input_mask' has the shape [?, 4], it had [?, 8]",
        "input 'segment_ids' is gone",
        "output 'label' is gone",
        "input 'types' is new and must be fed",
        "Write the module anew",
    ):
        assert line in str(told.value)


def test_a_model_that_takes_more_and_gives_more_passes(module: Module) -> None:
    stub, binding = module("tf1_saved_model"), binding_of("tf1_saved_model")
    wider = replace(
        binding,
        signature_fingerprint="sha256:other",
        feeds=(
            *(replace(feed, tensor=replace(feed.tensor, shape=(None, None))) for feed in binding.feeds),
            Feed(replace(binding.feeds[0].tensor, key="more"), FeedUse.OPTIONAL),
        ),
        fetches=(*binding.fetches, replace(binding.fetches[0], key="more")),
    )
    stub.ServingDefault.of_session(session(), wider)


def test_a_signature_that_needs_what_it_does_not_name_is_refused(module: Module) -> None:
    stub = module("tf1_cond_while_v1")
    with pytest.raises(stub.InterfaceChangedError, match="tfreg sign"):
        stub.Gated.of_session(Session(), binding_of("tf1_cond_while_v1", "gated"))


@pytest.mark.tensorflow
@pytest.mark.timeout(900)
@pytest.mark.xdist_group("tensorflow")
def test_it_runs_real_models(signed: dict[str, LockedModel], tmp_path: Path) -> None:
    """In a process of its own, as a user's program: TensorFlow 2's functions and a session of TensorFlow 1 give the same."""
    for name in (
        "tf1_saved_model",
        "tf1_sparse",
        "saved_model_composite",
        "tf2_unused_inputs",
        "tf2_bf16_string",
        "saved_model_defaults",
    ):
        (tmp_path / f"{name}.py").write_text(python_module(signed[name], COMMAND))
    program = Path(__file__).with_name("run_stubs.py")
    ran = subprocess.run([sys.executable, program, MODELS], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]
    assert ran.stdout.splitlines() == [
        "tf1_saved_model same",
        "tf1_sparse same",
        "saved_model_composite [[2], [4, 6]] [1, 2]",
        "tf2_unused_inputs 4.0",
        "tf2_bf16_string [b'x', b'yz']",
        "saved_model_defaults told",
        "another model is told",
    ]
