"""What a model could do in a worker, behind each kind of walls: all of it is contained, and reported as what it is."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.convert.conftest import LIMITS
from tfreg.core.conversions.steps import StepJob
from tfreg.core.errors import CancelledError, InputsInvalidError, WorkerFailedError
from tfreg.core.trees import MemoryTree

CONNECTIONS = ("tcp", "tcp6", "outside", "abstract", "path", "name", "bind", "interfaces")


@pytest.fixture
def attack(open_pool, walls):
    """Runs an attack as a step; returns the facts that it told."""

    def run(name, *, limits=LIMITS, still_wanted=lambda: True, report=lambda progress: None, **arguments):
        pool = open_pool(sandbox=walls, limits=limits)
        inputs = {"source": MemoryTree({"model.pb": b"graph"})}
        job = StepJob("hostile_step", inputs, json.dumps({"attack": name, **arguments}))
        with pool.run(job, report, still_wanted) as result:
            return result.facts

    return run


def failure(run, name, **arguments):
    with pytest.raises(WorkerFailedError) as caught:
        run(name, **arguments)
    return caught.value


@pytest.fixture
def listeners(tmp_path):
    """Sockets of this machine that wait for a visitor: a port, an abstract name, a path."""
    tcp, abstract, path = socket.socket(), socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    tcp.bind(("127.0.0.1", 0))
    abstract.bind(f"\0tfreg-test-{os.getpid()}")
    path.bind(str(tmp_path / "socket"))
    for listener in (tcp, abstract, path):
        listener.listen()
        listener.setblocking(False)
    yield tcp, abstract, path
    for listener in (tcp, abstract, path):
        listener.close()


def test_a_socket_reaches_nobody(attack, listeners, tmp_path):
    tcp, abstract, path = listeners
    facts = attack("connect", port=tcp.getsockname()[1], abstract=f"tfreg-test-{os.getpid()}", path=str(tmp_path / "socket"))
    assert {name: facts[name] for name in CONNECTIONS if facts[name] == "reached"} == {}
    assert set(facts) == set(CONNECTIONS)
    for listener in (tcp, abstract, path):
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_files_outside_cannot_be_read(attack, tmp_path, monkeypatch):
    """/etc/passwd is not there at all; of the home folder at most the names on the way to the interpreter are seen."""
    monkeypatch.setenv("TFREG_TEST_SECRET", "hush")
    secrets = [tmp_path / "secret", Path.home() / f".tfreg-test-secret-{os.getpid()}"]
    for secret in secrets:
        secret.write_bytes(b"hush")
    others = [
        "/etc/passwd",
        "/etc/shadow",
        "/etc/hostname",
        "/proc/1/root/etc/passwd",
        "/proc/kcore",
        "/dev/mem",
        "/run",
        "/var",
        "/home",
    ]
    try:
        facts = attack("read_files", paths=[*others, *map(str, secrets)], parent=os.getpid())
    finally:
        secrets[1].unlink()
    reached = {name for name, outcome in facts.items() if outcome == "reached"}
    assert {name for name in reached if not name.startswith(("environment of 1", "environment of 2"))} == set()


def test_files_outside_cannot_be_written(attack):
    facts = attack("write_files")
    assert {name for name, outcome in facts.items() if outcome == "reached"} == set()


@pytest.mark.parametrize("name", ["leave_link", "leave_folder_link", "leave_pipe", "leave_strange_name"])
def test_a_result_of_other_than_plain_files_is_not_taken(attack, name):
    error = failure(attack, name)
    assert "cannot be taken" in error.message
    assert error.metadata["step"] == "hostile_step"


def test_a_folder_that_is_closed_is_removed_all_the_same(attack):
    with suppress(WorkerFailedError):  # root reads it
        attack("leave_unreadable")


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("fork_for_ever", "processes"),
        ("use_memory", "memory"),
        ("use_memory_in_children", "memory"),
        ("fill_disk_by_one_file", "file size"),
        ("fill_disk_by_many_files", "disk"),
        ("fill_disk_by_deleted_files", "disk"),
        ("nest_folders", "disk"),
        ("leave_holes", "disk"),
        ("print_for_ever", "output"),
        ("say_without_end", "output"),
        ("say_lines_for_ever", "output"),
    ],
)
def test_what_uses_too_much_is_ended(attack, name, limit):
    begun = time.monotonic()
    error = failure(attack, name)
    assert error.metadata["limit"] == limit
    assert error.hint
    assert time.monotonic() - begun < 60


@pytest.mark.parametrize(
    ("name", "limits"), [("spin", ["time"]), ("ignore_signals", ["time"]), ("fork_and_run", ["time", "processes"])]
)
def test_what_does_not_end_is_ended(attack, name, limits):
    assert failure(attack, name, limits=replace(LIMITS, time_s=0.6, processes=200)).metadata["limit"] in limits


def test_a_worker_that_says_no_more_is_ended(attack):
    """bubblewrap holds the pipe too: there it is the time that ends it."""
    message = failure(attack, "close_pipe", limits=replace(LIMITS, time_s=3)).message
    assert "says no more" in message or "took longer" in message


@pytest.mark.parametrize("name", ["spin", "spin_in_children"])
def test_processor_time_is_that_of_all_processes(attack, name):
    assert failure(attack, name, limits=replace(LIMITS, cpu_s=1)).metadata["limit"] == "cpu"


def test_what_nobody_wants_any_more_is_ended_though_it_ignores_signals(attack):
    begun = threading.Event()
    with pytest.raises(CancelledError):
        attack("ignore_signals", report=lambda progress: begun.set(), still_wanted=lambda: not begun.is_set())
    assert begun.is_set()


def test_memory_that_no_process_owns_cannot_be_had(attack):
    facts = attack("use_memory_without_owner")
    assert (facts["memfd"], facts["shmget"]) == ("PermissionError", -1)
    assert facts["shm"] != "reached"


def test_other_processes_cannot_be_stopped(attack):
    facts = attack("kill_others", parent=os.getpid())
    assert facts["ptrace"] == -1
    assert facts[f"stop {os.getpid()}"] != "reached"


def test_ending_the_first_process_ends_the_worker_only(attack):
    assert not failure(attack, "kill_first_process").metadata.get("limit")


def test_rights_cannot_be_gained(attack):
    facts = attack("gain_rights")
    assert [facts[name] for name in ("user namespace", "mount namespace", "mount", "clone")] == [-1, -1, -1, -1]
    assert facts["root"] != "reached"
    assert facts["set-uid"] != "reached"


def test_nothing_stays_behind_after_an_answer(attack):
    mark = f"tfreg-test-mark-{os.getpid()}"
    assert attack("stay_behind", mark=mark) == {"left": "one"}
    assert [line for line in command_lines() if mark in line and "hostile_step" not in line] == []


def command_lines():
    for process in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            yield Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")


def test_rubbish_on_the_pipe_is_passed_over(attack):
    told = []
    attack("say_rubbish", report=told.append)
    assert all(0 <= progress.share <= 1 and progress.stage.isprintable() for progress in told)


@pytest.mark.parametrize(
    "line",
    [
        {"refused": {"reason": "BLOB_DAMAGED", "message": "all is lost"}},
        {"refused": {"reason": "INTERNAL", "message": "all is lost"}},
        {"refused": {"reason": "NO_SUCH_REASON", "message": "all is lost"}},
        {"refused": {"reason": "SANDBOX_UNAVAILABLE", "message": "turn it off"}},
        {"refused": {"reason": ["x"], "message": {"a": 1}, "metadata": [1]}},
        {"refused": {}},
        {"failed": {"limit": ["memory"], "message": 7}},
        {"failed": {}},
    ],
)
def test_a_worker_raises_only_what_a_step_may(attack, line):
    assert failure(attack, "claim_error", line=json.dumps(line)).reason == "WORKER_FAILED"


def test_an_error_s_texts_are_short_and_printable(attack):
    content = {
        "reason": "INPUTS_INVALID",
        "message": "\x1b[31m" + "m" * 100_000,
        "hint": 7,
        "metadata": {"message": "x", "self": "x", "bad key": "x", "reason": "x", "n": 1, **{f"k{n}": "\x00" for n in range(100)}},
    }
    with pytest.raises(InputsInvalidError) as caught:
        attack("claim_error", line=json.dumps({"refused": content}))
    error = caught.value
    assert len(error.message) <= 4096
    assert "\x1b" not in error.message
    assert error.hint == ""
    assert len(error.metadata) <= 32
    assert set(error.metadata.values()) <= {"x", "?", ""}


@pytest.mark.parametrize(("name", "signal"), [("abort", "SIGABRT"), ("crash", "SIGSEGV"), ("end_by_signal", "SIGTERM")])
def test_a_crash_names_its_signal(attack, name, signal):
    assert failure(attack, name).metadata["signal"] == signal


def test_a_worker_that_leaves_in_the_middle_gives_no_result(attack):
    assert "exit code 3" in failure(attack, "leave").message


def test_what_was_printed_is_in_the_error(attack):
    error = failure(attack, "end_in_thread")
    assert "SystemExit" in error.message
    assert "that is all" in error.metadata["log"]


def test_a_step_that_fails_with_the_disk_full_says_so(attack):
    """The file size is a limit of the kernel's: writing on fails, as on a full disk."""
    assert failure(attack, "fill_disk_by_one_file").metadata["limit"] == "file size"
