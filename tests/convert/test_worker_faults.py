"""What goes wrong around workers: the next job works all the same, and nothing is left."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.convert.conftest import LIMITS
from tfreg.convert.executors import probing
from tfreg.convert.executors.folders import ScratchFolder, remove_tree
from tfreg.convert.executors.options import RunnerOptions, Sandbox
from tfreg.convert.executors.pool import open_runner
from tfreg.convert.sandbox import watching
from tfreg.convert.sandbox.setup import Found, Walls
from tfreg.core.conversions.results import Progress
from tfreg.core.conversions.steps import StepJob
from tfreg.core.errors import CancelledError, SandboxUnavailableError, StorageFullError, WorkerFailedError
from tfreg.core.trees import MemoryTree

PROGRAMS = Path(__file__).parent / "child_programs.py"
SLEEP = StepJob("honest_step", {}, json.dumps({"do": "sleep"}))
COPY = StepJob("honest_step", {"source": MemoryTree({"a": b"1"})}, json.dumps({"do": "copy"}))
LOOK = StepJob("honest_step", {}, json.dumps({"do": "look"}))


def ignore(progress):
    pass


def until(condition, what, limit_s=60.0):
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def workers_of(scratch):
    """Processes whose command line names a folder below `scratch`."""
    found = []
    for process in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            if os.fsencode(scratch) in Path(f"/proc/{process}/cmdline").read_bytes() and int(process) != os.getpid():
                found.append(int(process))
    return found


@pytest.mark.parametrize("step", ["honest_step", "hostile_step"])
def test_workers_end_with_a_server_that_is_killed_and_the_next_one_takes_away_what_they_left(tmp_path, kind, step):
    scratch = tmp_path / "work"
    command = [sys.executable, str(PROGRAMS), "sleep_in_a_worker", str(scratch), kind, step]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROGRAMS.parents[2]) as server:
        assert server.stdout is not None
        assert server.stdout.readline().strip() in ("sleeping", "ignoring")
        assert len(workers_of(f"{scratch}/")) >= 2
        server.kill()
    until(lambda: not workers_of(f"{scratch}/"), "workers outlive their server")
    assert len(list(scratch.iterdir())) == 2
    ScratchFolder(scratch).close()
    assert [path.name for path in scratch.iterdir()] == ["lock"]


def test_folders_of_living_owners_stay(tmp_path):
    first, second = ScratchFolder(tmp_path), ScratchFolder(tmp_path)
    assert first.path.exists()
    second.close()
    first.close()
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WorkerFailedError, match="no place to work in") as refused:
        open_runner(RunnerOptions(tmp_path / "file" / "work"))
    assert refused.value.metadata["path"] == str(tmp_path / "file" / "work")


def test_a_tree_is_removed_however_deep_and_closed_it_is(tmp_path):
    top = tmp_path / "top"
    top.mkdir()
    here = os.getcwd()
    os.chdir(top)
    try:
        for _ in range(100):
            Path("file").write_bytes(b"x")
            Path("link").symlink_to("/etc/passwd")
            os.mkdir("d" * 100)
            os.chdir("d" * 100)
    finally:
        os.chdir(here)
    (top / "closed" / "inner").mkdir(parents=True)
    (top / "closed").chmod(0)
    remove_tree(top)
    assert not top.exists()
    assert Path("/etc/passwd").exists()


def test_what_is_cancelled_ends_at_once(open_pool, walls):
    pool, begun = open_pool(sandbox=walls), threading.Event()
    start = time.monotonic()
    with pytest.raises(CancelledError), pool.run(SLEEP, lambda progress: begun.set(), lambda: not begun.is_set()):
        pass
    assert time.monotonic() - start < 60
    with pool.run(COPY, ignore, lambda: True) as result:
        assert [file.path for file in result.tree.files()] == ["source/a"]


def test_a_hanging_worker_is_ended_and_the_next_job_works(open_pool, walls):
    pool = open_pool(sandbox=walls, limits=replace(LIMITS, time_s=1.0))
    with pytest.raises(WorkerFailedError) as caught, pool.run(SLEEP, ignore, lambda: True):
        pass
    assert caught.value.metadata["limit"] == "time"
    with pool.run(COPY, ignore, lambda: True) as result:
        assert len(result.tree.files()) == 1


@pytest.mark.parametrize(("do", "limit"), [("fill", "disk"), ("grow", "memory")])
def test_a_limit_that_the_step_meets_itself_is_named(open_pool, do, limit):
    job = StepJob("honest_step", {}, json.dumps({"do": do}))
    with pytest.raises(WorkerFailedError) as caught, open_pool().run(job, ignore, lambda: True):
        pass
    assert caught.value.metadata["limit"] == limit


def test_a_worker_that_cannot_be_watched_does_not_go_on(open_pool, monkeypatch):
    monkeypatch.setattr(watching, "processes_of", lambda root, at_most: 1 / 0)
    with pytest.raises(WorkerFailedError) as caught, open_pool().run(SLEEP, ignore, lambda: True):
        pass
    assert caught.value.metadata["limit"] == "unwatched"


def test_closing_ends_what_runs(open_pool, walls):
    pool, begun, raised = open_pool(sandbox=walls), threading.Event(), []

    def work():
        try:
            with pool.run(SLEEP, lambda progress: begun.set(), lambda: True):
                pass
        except CancelledError as error:
            raised.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(60)
    pool.close()
    thread.join(60)
    assert len(raised) == 1


def test_an_error_of_whoever_listens_ends_the_worker(open_pool, walls, tmp_path):
    def fail(progress):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), open_pool(sandbox=walls).run(SLEEP, fail, lambda: True):
        pass
    assert workers_of(f"{tmp_path}/work/") == []


def test_a_worker_waits_and_another_one_follows_it(open_pool, tmp_path):
    pool = open_pool(warm=2)
    until(lambda: len(folders(tmp_path)) == 2, "no worker waits")
    before = set(folders(tmp_path))
    with pool.run(COPY, ignore, lambda: True) as result:
        assert Path(result.tree.name).parent in before
    until(lambda: len(folders(tmp_path)) == 2, "no worker follows")


def folders(tmp_path):
    return [path for path in (tmp_path / "work").glob("*/*") if path.is_dir()]


def test_a_waiting_worker_that_died_is_passed_over(open_pool, tmp_path):
    pool = open_pool(warm=1)
    until(lambda: workers_of(f"{tmp_path}/work/"), "no worker waits")
    dead = folders(tmp_path)
    for process in workers_of(f"{tmp_path}/work/"):
        with suppress(ProcessLookupError):
            os.kill(process, 9)
    until(lambda: not workers_of(str(dead[0])), "it lives on")
    with pool.run(COPY, ignore, lambda: True) as result:
        assert len(result.tree.files()) == 1


def test_a_worker_started_by_a_thread_that_ended_lives_on(open_pool):
    """The kernel ends a worker with the thread that started it, which must not be one that asks for a job."""
    pool = open_pool(warm=1)

    def one():
        with pool.run(COPY, ignore, lambda: True):
            pass

    thread = threading.Thread(target=one)
    thread.start()
    thread.join()
    with pool.run(COPY, ignore, lambda: True) as result:
        assert len(result.tree.files()) == 1


def test_who_waits_for_a_worker_is_told_so_and_can_give_up(open_pool):
    pool, begun, over = open_pool(workers=1), threading.Event(), threading.Event()

    def work():
        with suppress(CancelledError), pool.run(SLEEP, lambda progress: begun.set(), lambda: not over.is_set()):
            pass

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(60)
    told = []
    with pytest.raises(CancelledError), pool.run(COPY, told.append, lambda: not told):
        pass
    assert told == [Progress("queued")]
    over.set()
    thread.join()


def test_no_room_for_the_inputs_is_said(open_pool):
    class Full(MemoryTree):
        def open(self, path):
            raise OSError(errno.ENOSPC, "No space left on device")

    with (
        pytest.raises(StorageFullError),
        open_pool().run(replace(COPY, inputs={"source": Full({"a": b"1"})}), ignore, lambda: True),
    ):
        pass


def test_walls_that_fail_on_a_busy_machine_are_tried_again(monkeypatch):
    found, tried = Found(Walls.NAMESPACES), []

    def sometimes(walls):
        tried.append(walls)
        return "took too long" if len(tried) in (1, 2, 3) else found

    monkeypatch.setattr(probing, "_known", {})
    monkeypatch.setattr(probing, "_try", sometimes)
    with pytest.raises(SandboxUnavailableError, match="took too long"):
        probing.find_walls(Sandbox.NAMESPACES)
    assert probing.find_walls(Sandbox.NAMESPACES) is found, "the failure is not remembered"
    assert probing.find_walls(Sandbox.NAMESPACES) is found
    assert len(tried) == 4


def test_work_without_walls_is_not_begun_in_silence(monkeypatch, caplog):
    monkeypatch.setattr(probing, "_known", {})
    monkeypatch.setattr(probing, "_try", lambda walls: "does not work here")
    assert probing.find_walls(Sandbox.AUTO, allow_unsandboxed=True).walls is Walls.NONE
    assert "without a sandbox" in caplog.text
    assert "does not work here" in caplog.text


def test_without_walls_nothing_runs_unless_that_is_allowed(tmp_path, monkeypatch):
    monkeypatch.setattr(probing, "_known", {})
    monkeypatch.setattr(probing, "_try", lambda walls: "does not work here")
    pool = open_runner(RunnerOptions(tmp_path, extra_steps={"honest_step": PROGRAMS.parent / "worker_steps"}))
    with pytest.raises(SandboxUnavailableError) as caught, pool.run(COPY, ignore, lambda: True):
        pass
    assert "bubblewrap: does not work here" in caught.value.message
    assert "bubblewrap" in caught.value.hint
    pool.close()


def test_no_walls_must_be_allowed_even_where_they_are_asked_for():
    with pytest.raises(SandboxUnavailableError):
        probing.find_walls(Sandbox.NONE)
    assert probing.find_walls(Sandbox.NONE, allow_unsandboxed=True).walls is Walls.NONE


def test_a_worker_behind_walls_has_no_rights_and_no_secrets(open_pool, walls, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    with open_pool(sandbox=walls).run(LOOK, ignore, lambda: True) as result:
        facts = result.facts
    status = facts["status"]
    assert "hush" not in json.dumps(facts)
    assert facts["user"] != 0
    assert {int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {0}
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert len(facts["processes"]) <= 3
    assert set(facts["root"]) & {"home", "etc", "var", "run", "job"} <= {"home", "etc", "job"}
    assert facts["folder"] == facts["environment"]["HOME"] == "/job/scratch"
    assert len(facts["descriptors"]) <= 5
