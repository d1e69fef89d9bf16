"""The parts of the walls, one by one."""

from __future__ import annotations

import os
import re
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from tests.convert.conftest import LIMITS
from tfreg.convert.sandbox import bubblewrap, seccomp
from tfreg.convert.sandbox.setup import JOB_FOLDER, Walls, WorkerSetup, decode, encode
from tfreg.convert.sandbox.visible import import_folders, visible_paths
from tfreg.convert.sandbox.watching import Watch, descendants, folder_bytes, processes_of
from tfreg.convert.step_names import STEPS, module_of
from tfreg.core.conversions.routes import ROUTES, By

ALLOW, EPERM, ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026
ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
HEADERS = {
    "x86_64": (Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), r"#define __NR_(\w+)\s+(\d+)"),
    "aarch64": (Path("/usr/include/asm-generic/unistd.h"), r"#define __NR(?:3264)?_(\w+)\s+(\d+)"),
}


def filtered(machine, number, argument=0, arch=None):
    """Runs the filter's program on a system call, as the kernel does."""
    data = struct.pack("=IIQQ", number, ARCH[machine] if arch is None else arch, 0, argument)
    program, at, loaded = seccomp.program(machine), 0, 0
    while True:
        code, if_true, if_false, value = struct.unpack_from("=HBBI", program, at * 8)
        at += 1
        if code == 0x06:
            return value
        if code == 0x20:
            loaded = struct.unpack_from("=I", data, value)[0]
            continue
        true = {0x15: loaded == value, 0x35: loaded >= value, 0x45: bool(loaded & value)}[code]
        at += if_true if true else if_false


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_forbids_what_is_listed_and_nothing_else(machine):
    at = ("x86_64", "aarch64").index(machine)
    forbidden = {numbers[at] for numbers in seccomp._NUMBERS.values()}
    for number in range(500):
        expected = ENOSYS if number == 435 else EPERM if number in forbidden else ALLOW
        assert filtered(machine, number) == expected, number


@pytest.mark.parametrize(("machine", "clone"), [("x86_64", 56), ("aarch64", 220)])
def test_a_clone_into_a_new_user_namespace_is_forbidden(machine, clone):
    assert filtered(machine, clone, 17) == ALLOW
    assert filtered(machine, clone, 17 | 0x10000000) == EPERM


def test_calls_by_another_processor_s_numbers_are_forbidden():
    assert filtered("x86_64", 1, arch=0x40000003) == EPERM
    assert filtered("x86_64", 1 | 0x40000000) == EPERM


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_numbers_are_the_kernel_s(machine):
    header, pattern = HEADERS[machine]
    known = dict(re.findall(pattern, header.read_text())) if header.exists() else {}
    at = ("x86_64", "aarch64").index(machine)
    assert {
        name: numbers[at] for name, numbers in seccomp._NUMBERS.items() if int(known.get(name, numbers[at])) != numbers[at]
    } == {}


def test_neither_etc_nor_a_home_is_seen():
    shown = visible_paths()
    home = os.path.realpath(Path.home())
    assert not {"/", "/etc", "/home", "/root", "/var", "/run", "/proc", "/sys", "/dev", "/tmp", home} & set(shown)
    assert all(
        path.startswith(("/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives")) for path in shown if path.startswith("/etc")
    )


def test_a_module_is_found_where_it_is_in_this_process():
    assert Path(bubblewrap.__file__).parents[3].as_posix() in import_folders()


def test_a_setup_comes_back_as_it_was_written():
    setup = WorkerSetup(Walls.NAMESPACES, "/work/1", 7, 1000, LIMITS, ("/usr",), ("/code",), ("step",), warm=False)
    assert decode(encode(setup)) == setup


def test_a_worker_s_environment_is_its_own(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    environment = WorkerSetup(Walls.BUBBLEWRAP, "/work/1", 7).environment()
    assert "hush" not in environment.values()
    assert environment["HOME"] == environment["TMPDIR"] == f"{JOB_FOLDER}/scratch"


@pytest.mark.parametrize("user", [None, 1234567])
def test_bubblewrap_is_told_to_close_everything(user):
    line = bubblewrap.command(WorkerSetup(Walls.BUBBLEWRAP, "/work/1", 7, user, visible=("/usr", "/root/venv")), ["python"])
    wanted = {"--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--die-with-parent", "--new-session"}
    assert wanted <= set(line)
    assert ("--unshare-user" in line) == (user is None)
    assert [line[at + 2] for at, part in enumerate(line) if part == "--bind"] == [f"{JOB_FOLDER}/out", f"{JOB_FOLDER}/scratch"]
    assert line[line.index("/root/venv") - 1 : line.index("/root/venv") + 2] == ["--ro-bind-try", "/root/venv", "/root/venv"]
    assert line[-2:] == ["--", "python"]


def test_a_step_is_a_row_of_the_table_or_one_of_the_two_others():
    assert {route.name for route in ROUTES if route.by is By.TENSORFLOW} | {"run_signature", "check"} == STEPS
    assert module_of("check") == "tfreg.convert.steps.check"
    for name in ("warm", "os", "", "check.x", "../check"):
        with pytest.raises(ValueError, match="is not a step"):
            module_of(name)


def test_this_process_is_among_its_own_and_uses_memory():
    assert next(iter(descendants(os.getpid()))) == os.getpid()
    used = processes_of(os.getpid(), 5)
    assert used.count >= 1
    assert used.memory_bytes > 1 << 20
    assert used.cpu_s > 0


def test_a_job_s_time_runs_from_its_begin_and_saying_that_again_gains_nothing(tmp_path):
    watch = Watch(os.getpid(), str(tmp_path), str(tmp_path / "log"), replace(LIMITS, time_s=1000), lambda: None)
    started = watch._until
    watch.job_begins()
    begun = watch._until
    watch.job_begins()
    watch.end()
    assert started - begun > 200
    assert watch._until == begun


def test_a_folder_s_size_is_what_it_takes_up_and_links_are_not_followed(tmp_path):
    (tmp_path / "file").write_bytes(bytes(1 << 20))
    (tmp_path / "link").symlink_to("/usr")
    assert 1 << 20 <= folder_bytes(str(tmp_path)) < 2 << 20
    inner = tmp_path.joinpath(*["d"] * 70)
    inner.mkdir(parents=True)
    assert folder_bytes(str(tmp_path)) > 1 << 60
