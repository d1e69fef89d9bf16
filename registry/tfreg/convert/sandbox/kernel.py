"""The system calls of Linux that Python does not offer, by ctypes. Importing this works everywhere; calling it only there."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from contextlib import suppress
from functools import cache

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
_MNT_DETACH = 2

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAPBSET_DROP = 24
_CAPABILITIES = 64
_CAPABILITY_VERSION = 0x20080522
_PR_SET_CHILD_SUBREAPER = 36
_SIGKILL = 9

# The same on all processors since Linux 5.
_MOUNT_SETATTR = 442
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}


class _MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "user_namespace")]


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def syscall(name: str, number: int, *arguments: object) -> int:
    """Makes a system call.

    Raises:
        OSError: It failed; `name` is in the message.
    """
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return checked(name, _libc().syscall(ctypes.c_long(number), *wide))


def checked(name: str, result: int) -> int:
    """Returns the result of a call of the C library.

    Raises:
        OSError: It was -1.
    """
    if result == -1:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")
    return result


def unshare(flags: int) -> None:
    """Leaves the namespaces of `flags` for new ones."""
    checked("unshare", _libc().unshare(ctypes.c_int(flags)))


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """Mounts a file system, or changes how one is mounted: the arguments are those of the system call."""
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind, data)]
    result = _libc().mount(encoded[0], encoded[1], encoded[2], ctypes.c_ulong(flags), encoded[3])
    checked(f"mount {target}", result)


def make_read_only(target: str) -> None:
    """Makes a mount and those below it read only, without devices' meaning and without set-uid programs."""
    attributes = _MountAttributes(set=MS_RDONLY | MS_NOSUID)
    syscall(
        f"mount_setattr {target}",
        _MOUNT_SETATTR,
        _AT_FDCWD,
        ctypes.c_char_p(os.fsencode(target)),
        _AT_RECURSIVE,
        ctypes.byref(attributes),
        ctypes.sizeof(attributes),
    )


def move_root(folder: str) -> None:
    """Makes a mount point the root, and lets go of the old one."""
    os.chdir(folder)
    here = ctypes.c_char_p(b".")
    syscall("pivot_root", _PIVOT_ROOT[platform.machine()], here, here)
    checked("umount", _libc().umount2(here, ctypes.c_int(_MNT_DETACH)))
    os.chdir("/")


def die_with_parent() -> None:
    """Lets the kernel kill this process when the thread that started it ends."""
    _prctl("PR_SET_PDEATHSIG", _PR_SET_PDEATHSIG, _SIGKILL)


def forgo_new_privileges() -> None:
    """From now on no program that is started here gains rights by being set-uid."""
    _prctl("PR_SET_NO_NEW_PRIVS", _PR_SET_NO_NEW_PRIVS, 1)


def be_seen() -> None:
    """Lets the owner of this process see its files in /proc again, after it changed its user."""
    _prctl("PR_SET_DUMPABLE", _PR_SET_DUMPABLE, 1)


def be_first_to_go() -> None:
    """Lets the kernel end this process rather than another one when the machine is short of memory."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def adopt_orphans() -> None:
    """Becomes the parent of descendants whose parent ended: so they can still be found."""
    _prctl("PR_SET_CHILD_SUBREAPER", _PR_SET_CHILD_SUBREAPER, 1)


def drop_capabilities() -> None:
    """Gives up all capabilities, those of a user namespace too, and the way to get them back."""
    for capability in range(_CAPABILITIES):
        with suppress(OSError):  # it is unknown to the kernel, or there is no right to drop it and so none to use it
            _prctl("PR_CAPBSET_DROP", _PR_CAPBSET_DROP, capability)
    header, none = struct.pack("=Ii", _CAPABILITY_VERSION, 0), bytes(24)
    checked("capset", _libc().capset(header, none))


def _prctl(name: str, option: int, value: int) -> None:
    zero = ctypes.c_ulong(0)
    checked(name, _libc().prctl(ctypes.c_int(option), ctypes.c_ulong(value), zero, zero, zero))
