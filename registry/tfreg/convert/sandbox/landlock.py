"""Landlock: a process gives up the right to open files, for good. Needs no privilege; Linux 5.13 and newer.

Facts: https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable

from tfreg.convert.sandbox.kernel import syscall

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1

_READ = 1 | 4 | 8  # execute, read a file, list a folder
_FILE_WRITE = 2 | 1 << 14  # write, truncate
_DEVICES = 1 << 6 | 1 << 11  # make character and block devices: never allowed
_FILES_BY_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_TCP = 1 | 2  # bind, connect
_SCOPES = 1 | 2  # abstract sockets, signals


class _Ruleset(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("files", "network", "scopes")]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def version() -> int:
    """Returns the version of Landlock in this kernel; 0 if there is none."""
    try:
        return syscall("landlock_create_ruleset", _CREATE_RULESET, None, 0, _VERSION)
    except OSError:
        return 0


def restrict(readable: Iterable[str], writable: Iterable[str], devices: Iterable[str]) -> None:
    """Forbids this process all files but those, TCP, and what reaches processes outside; as far as the kernel's version goes.

    `forgo_new_privileges` must have been called. Does nothing where the kernel has no Landlock.

    Args:
        readable: Folders, with all below them.
        writable: Folders in which everything may be done, except making devices.
        devices: Folders whose files may be written, but not made.

    Raises:
        OSError: A folder is not there.
    """
    found = version()
    if not found:
        return
    files = max(bits for since, bits in _FILES_BY_VERSION.items() if since <= found)
    rules = _Ruleset(files=files, network=_TCP if found >= 4 else 0, scopes=_SCOPES if found >= 6 else 0)
    size = 8 if found < 4 else 16 if found < 6 else 24
    ruleset = syscall("landlock_create_ruleset", _CREATE_RULESET, ctypes.byref(rules), size, 0)
    try:
        for folders, allowed in ((readable, _READ), (writable, files & ~_DEVICES), (devices, _READ | _FILE_WRITE)):
            for folder in folders:
                _allow(ruleset, folder, allowed & files)
        syscall("landlock_restrict_self", _RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, folder: str, allowed: int) -> None:
    descriptor = os.open(folder, getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
    try:
        rule = _Beneath(allowed=allowed, folder=descriptor)
        syscall("landlock_add_rule", _ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(descriptor)
