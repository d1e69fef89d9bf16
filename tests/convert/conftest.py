"""Pools of workers behind each kind of walls that this machine has."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from tests.convert.fake_runner import FakeRunner
from tfreg.convert.executors.options import RunnerOptions, Sandbox
from tfreg.convert.executors.pool import open_runner
from tfreg.convert.executors.probing import find_walls
from tfreg.convert.sandbox import bubblewrap
from tfreg.convert.sandbox.limits import SandboxLimits
from tfreg.core.conversions.steps import StepRunner

STEPS = Path(__file__).parent / "worker_steps"
LIMITS = SandboxLimits(memory_bytes=300 << 20, cpu_s=30, time_s=20, file_size_bytes=16 << 20, disk_bytes=32 << 20, processes=24)

OpenPool = Callable[..., StepRunner]


WALLS = ("namespaces", "bubblewrap") if bubblewrap.program() else ("namespaces",)
"""bubblewrap where it is installed; .ci/run installs it. The fallback always."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Gives the argument `kind` every kind of walls that is here, and none."""
    if "kind" in metafunc.fixturenames:
        metafunc.parametrize("kind", (*WALLS, "none"))


@pytest.fixture(scope="session", params=WALLS)
def walls(request: pytest.FixtureRequest) -> Sandbox:
    """Each kind of walls; bubblewrap where it is installed."""
    sandbox = Sandbox(request.param)
    _must_work(sandbox)
    return sandbox


@pytest.fixture
def open_pool(tmp_path: Path) -> Iterator[OpenPool]:
    """Opens pools with the steps of tests; they are closed at the end, and must leave nothing."""
    opened: list[StepRunner] = []
    scratch = tmp_path / "work"

    def begin(**options: object) -> StepRunner:
        steps = dict.fromkeys(("honest_step", "hostile_step"), STEPS)
        pool = open_runner(
            RunnerOptions(scratch, **{"limits": LIMITS, "import_tensorflow": False, "extra_steps": steps, **options})
        )  # type: ignore[arg-type]
        opened.append(pool)
        return pool

    yield begin
    for pool in opened:
        pool.close()
    assert [path.name for path in scratch.glob("*")] in ([], ["lock"])


@pytest.fixture(params=[*WALLS, "none", "fake"])
def runner(request: pytest.FixtureRequest, open_pool: OpenPool) -> StepRunner:
    """Every kind of runner."""
    if request.param == "fake":
        return FakeRunner({"honest_step": step_module("honest_step").run})
    sandbox = Sandbox(request.param)
    _must_work(sandbox)
    return open_pool(workers=2, sandbox=sandbox, allow_unsandboxed=sandbox is Sandbox.NONE)


def _must_work(sandbox: Sandbox) -> None:
    find_walls(sandbox, allow_unsandboxed=sandbox is Sandbox.NONE)


@cache
def step_module(name: str) -> ModuleType:
    """Imports a step of tests into this process."""
    spec = importlib.util.spec_from_file_location(name, STEPS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
