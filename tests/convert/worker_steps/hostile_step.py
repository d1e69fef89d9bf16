"""What a model's author could try: `arguments["attack"]` says which function of this module is run.

Those that are contained without an error tell in the facts what they reached.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from tfreg.convert.work import Work


def run(work: Work) -> None:
    attack: Callable[[Work], None] = globals()[str(work.arguments["attack"])]
    attack(work)


def _reached(work: Work, name: str, attempt: Callable[[], object]) -> None:
    """Notes what came of an attempt: `reached`, or the error."""
    try:
        attempt()
        work.facts[name] = "reached"
    except Exception as error:
        work.facts[name] = type(error).__name__


# ---- the network ----


def connect(work: Work) -> None:
    port, abstract, path = int(str(work.arguments["port"])), str(work.arguments["abstract"]), str(work.arguments["path"])
    for name, family, address in (
        ("tcp", socket.AF_INET, ("127.0.0.1", port)),
        ("tcp6", socket.AF_INET6, ("::1", port)),
        ("outside", socket.AF_INET, ("192.0.2.1", 80)),
        ("abstract", socket.AF_UNIX, "\0" + abstract),
        ("path", socket.AF_UNIX, path),
    ):
        _reached(work, name, lambda family=family, address=address: socket.socket(family).connect(address))
    _reached(work, "name", lambda: socket.getaddrinfo("localhost.localdomain", 80))
    _reached(work, "bind", lambda: socket.socket().bind(("0.0.0.0", 0)))
    _reached(work, "interfaces", lambda: next(name for _, name in socket.if_nameindex() if name != "lo"))


# ---- files ----


def read_files(work: Work) -> None:
    paths = work.arguments["paths"]
    assert isinstance(paths, list)
    for path in paths:
        _reached(work, path, lambda path=path: os.read(os.open(path, os.O_RDONLY), 1))
        _reached(work, f"list {path}", lambda path=path: os.listdir(path)[0])
    for process in (1, 2, os.getppid(), int(str(work.arguments["parent"]))):
        _reached(
            work,
            f"environment of {process}",
            lambda process=process: os.read(os.open(f"/proc/{process}/environ", os.O_RDONLY), 1)[0],
        )
        _reached(work, f"memory of {process}", lambda process=process: os.open(f"/proc/{process}/mem", os.O_RDWR))
        _reached(work, f"root of {process}", lambda process=process: os.listdir(f"/proc/{process}/root/etc/ssl"))
    _reached(work, "secret", lambda: os.environ["TFREG_TEST_SECRET"])


def write_files(work: Work) -> None:
    own = str(work.inputs["source"])
    for path in (own, "/new", "/usr/new", "/etc/new", "/dev/new", "/dev/shm/new", "/sys/new", "/proc/sys/kernel/core_pattern"):
        _reached(work, path, lambda path=path: os.open(path, os.O_WRONLY | os.O_CREAT))
    for path in (own, "/usr", "/usr/bin/env", sys.executable):
        _reached(work, f"chmod {path}", lambda path=path: os.chmod(path, 0o777))
        _reached(work, f"time {path}", lambda path=path: os.utime(path))
        _reached(work, f"owner {path}", lambda path=path: os.chown(path, os.getuid(), os.getgid()))
        _reached(work, f"remove {path}", lambda path=path: os.rename(path, path + ".gone"))
    _reached(work, "device", lambda: os.mknod(work.output / "disk", 0o600 | 0o060000, os.makedev(254, 0)))


def leave_link(work: Work) -> None:
    (work.output / "model.pb").symlink_to("/etc/passwd")


def leave_folder_link(work: Work) -> None:
    (work.output / "variables").symlink_to("/etc")


def leave_pipe(work: Work) -> None:
    os.mkfifo(work.output / "model.pb")


def leave_unreadable(work: Work) -> None:
    (work.output / "sub").mkdir()
    (work.output / "sub" / "model.pb").write_bytes(b"x")
    (work.output / "sub").chmod(0)


def leave_strange_name(work: Work) -> None:
    (work.output / "a\\..\\b").write_bytes(b"x")


def leave_holes(work: Work) -> None:
    for number in range(8):
        with (work.output / str(number)).open("wb") as file:
            file.truncate(8 << 20)


# ---- using up ----


def fork_for_ever(work: Work) -> None:
    while True:
        with contextlib.suppress(OSError):
            os.fork()


def fork_and_run(work: Work) -> None:
    """Each generation ends at once: no process is there for long."""
    while True:
        if os.fork():
            os._exit(0) if os.getpid() != int(str(os.environ.setdefault("FIRST", str(os.getpid())))) else time.sleep(60)
        os.setsid()


def fill_disk_by_one_file(work: Work) -> None:
    with (work.output / "large").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 20))


def fill_disk_by_many_files(work: Work) -> None:
    for number in range(1 << 30):
        (work.scratch / str(number)).write_bytes(bytes(1 << 20))


def fill_disk_by_deleted_files(work: Work) -> None:
    kept = []
    for number in range(900):
        path = work.scratch / str(number)
        kept.append(path.open("wb", buffering=0))
        path.unlink()
        kept[-1].write(bytes(1 << 20))
    time.sleep(60)


def nest_folders(work: Work) -> None:
    os.chdir(work.output)
    for _ in range(3000):
        os.mkdir("a")
        os.chdir("a")
    time.sleep(60)


def use_memory(work: Work) -> None:
    kept = []
    while True:
        kept.append(bytearray(b"x" * (8 << 20)))


def use_memory_in_children(work: Work) -> None:
    for _ in range(6):
        if not os.fork():
            kept = bytearray(b"x" * (100 << 20))
            time.sleep(60)
            del kept
    time.sleep(60)


def use_memory_without_owner(work: Work) -> None:
    _reached(work, "memfd", lambda: os.memfd_create("x"))
    libc = ctypes.CDLL(None, use_errno=True)
    work.facts["shmget"] = libc.shmget(0, 1 << 20, 0o1600)
    _reached(work, "shm", lambda: os.open("/dev/shm/x", os.O_WRONLY | os.O_CREAT))


def spin(work: Work) -> None:
    while True:
        pass


def spin_in_children(work: Work) -> None:
    for _ in range(4):
        if not os.fork():
            spin(work)
    time.sleep(60)


def ignore_signals(work: Work) -> None:
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    work.report("ignoring", 0.5, "")
    while True:
        time.sleep(1)


# ---- others ----


def kill_others(work: Work) -> None:
    for process in (int(str(work.arguments["parent"])), os.getppid()):
        _reached(work, f"stop {process}", lambda process=process: os.kill(process, signal.SIGSTOP))
    libc = ctypes.CDLL(None, use_errno=True)
    work.facts["ptrace"] = libc.ptrace(16, os.getppid(), 0, 0)
    with contextlib.suppress(OSError):
        os.kill(-1, signal.SIGKILL)


def kill_first_process(work: Work) -> None:
    os.kill(1, signal.SIGKILL)
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)


def gain_rights(work: Work) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    work.facts["user namespace"] = libc.unshare(0x10000000)
    work.facts["mount namespace"] = libc.unshare(0x00020000)
    work.facts["mount"] = libc.mount(b"none", b"/", None, 32 | 4096, None)
    work.facts["clone"] = libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)
    _reached(work, "root", lambda: os.setuid(0) if os.getuid() else os.chroot("/"))
    _reached(work, "set-uid", lambda: subprocess.run(["mount", "-o", "remount,rw", "/"], check=True, capture_output=True))


def stay_behind(work: Work) -> None:
    if not os.fork():
        os.setsid()
        if not os.fork():
            os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(60)", str(work.arguments["mark"])])
        os._exit(0)
    time.sleep(0.3)
    work.facts["left"] = "one"


# ---- the pipe and the log ----


def print_for_ever(work: Work) -> None:
    while True:
        os.write(1, b"spam " * 20000)


def _pipe() -> int:
    return next(number for number in range(3, 64) if _is_pipe(number))


def _is_pipe(number: int) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{number}").startswith("pipe:")
    except OSError:
        return False


def say_rubbish(work: Work) -> None:
    lines = (
        b"\xff\xfe\x00 rubbish",
        b"[]",
        b"{}",
        b'{"done": 1, "progress": {}}',
        b'{"done": []}',
        b'{"progress": {"stage": 7, "share": "much", "message": {"a": 1}, "more": 1}}',
        b'{"progress": {"stage": "\\u001b[31mred", "share": 1e999}}',
        b'{"progress": {"stage": "s", "share": NaN}}',
        b"[" * 100000,
    )
    for line in lines:
        os.write(_pipe(), line + b"\n")


def say_without_end(work: Work) -> None:
    while True:
        os.write(_pipe(), b"x" * 65536)


def say_lines_for_ever(work: Work) -> None:
    while True:
        os.write(_pipe(), b'{"progress": {"stage": "s", "share": 0.5}}\n' * 1000)


def claim_error(work: Work) -> None:
    content = str(work.arguments["line"]).encode()
    os.write(_pipe(), content + b"\n")
    time.sleep(60)


def close_pipe(work: Work) -> None:
    os.close(_pipe())
    time.sleep(60)


# ---- ends ----


def abort(work: Work) -> None:
    os.abort()


def crash(work: Work) -> None:
    ctypes.string_at(1)


def leave(work: Work) -> None:
    (work.output / "half").write_bytes(b"half of it")
    os._exit(3)


def end_by_signal(work: Work) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)


def end_in_thread(work: Work) -> None:
    threading.Thread(target=time.sleep, args=(60,)).start()
    shutil.rmtree(work.scratch, ignore_errors=True)
    sys.exit("that is all")
