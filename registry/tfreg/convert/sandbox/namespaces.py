"""Walls in pure Python, where bubblewrap is not installed: new namespaces, and a root folder with only what a worker needs.

The process that enters becomes two that wait (the first outside of the new process namespace, the second as its first process,
whose end is the end of all others in it) and the worker. Needs root, or a kernel that lets users make user namespaces.
"""

from __future__ import annotations

import os
import select
import stat
from contextlib import suppress

from tfreg.convert.sandbox import kernel
from tfreg.convert.sandbox.setup import JOB_FOLDER, WorkerSetup

_SEPARATE = kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS
_DEVICES = ("null", "zero", "full", "random", "urandom")
_SIGNALLED = 128


def enter(setup: WorkerSetup) -> None:
    """Puts walls around this process. Returns in the worker only: the processes that wait for it never come back.

    Raises:
        OSError: The kernel does not allow it.
    """
    _leave_namespaces(in_user_namespace=setup.user is None)
    alive, held = os.pipe()
    first = os.fork()
    if first:
        os.close(alive)
        _wait_for(first)
    os.close(held)
    kernel.die_with_parent()
    if select.select([alive], [], [], 0)[0]:
        os._exit(1)  # the parent ended before the kernel was told
    _build_root(setup)
    worker = os.fork()
    if worker:
        _wait_for(worker)
    os.close(alive)
    os.setsid()
    os.chdir(f"{JOB_FOLDER}/scratch")


def _leave_namespaces(*, in_user_namespace: bool) -> None:
    user, group = os.getuid(), os.getgid()
    kernel.unshare(_SEPARATE | (kernel.CLONE_NEWUSER if in_user_namespace else 0))
    if in_user_namespace:
        for file, line in (("setgroups", "deny"), ("gid_map", f"{group} {group} 1"), ("uid_map", f"{user} {user} 1")):
            with open(f"/proc/self/{file}", "w") as stream:
                stream.write(line)
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)


def _wait_for(child: int) -> None:
    """Ends this process as its child ends; a signal's number is added to 128, as shells do. Orphans are taken on the way."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(null, descriptor)
    while True:
        ended, status = os.wait()
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else _SIGNALLED - code)


def _build_root(setup: WorkerSetup) -> None:
    root = f"{setup.folder}/root"
    kernel.mount("tmpfs", root, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=755,size=1m")
    for path in setup.visible:
        _show(path, root + path, read_only=True)
    for device in _DEVICES:
        _show(f"/dev/{device}", f"{root}/dev/{device}")
    _show(f"{setup.folder}/in", f"{root}{JOB_FOLDER}/in", read_only=True)
    for name in ("out", "scratch"):
        _show(f"{setup.folder}/{name}", f"{root}{JOB_FOLDER}/{name}")
    temporary = f"{root}/tmp"  # noqa: S108  # the worker's own, within its walls
    if not os.path.lexists(temporary):
        os.symlink(f"{JOB_FOLDER}/scratch", temporary)
    os.makedirs(f"{root}/proc", exist_ok=True)
    with suppress(OSError):  # in some containers it may not be mounted anew, and TensorFlow can do without
        kernel.mount("proc", f"{root}/proc", "proc", kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC)
    flags = kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV
    kernel.mount("none", root, None, flags)
    kernel.move_root(root)


def _show(source: str, target: str, *, read_only: bool = False) -> None:
    """Makes a file or folder of the machine appear below the new root."""
    if stat.S_ISDIR(os.stat(source).st_mode):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    kernel.mount(source, target, None, kernel.MS_BIND | kernel.MS_REC)
    if read_only:
        kernel.make_read_only(target)
