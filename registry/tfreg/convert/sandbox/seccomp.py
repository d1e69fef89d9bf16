"""A filter of system calls: no sockets, no memory that belongs to no process, no looking into others, no new namespaces.

It is the second line behind the namespaces. A forbidden call fails with EPERM, so that a program that can do without goes on.
Numbers: the kernel's asm/unistd.h of each processor; the program: https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

from tfreg.convert.sandbox.kernel import CLONE_NEWUSER, syscall

_NUMBERS = {  # x86_64, aarch64
    "socket": (41, 198),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "open_by_handle_at": (304, 265),
    "quotactl": (179, 60),
    "swapon": (167, 224),
    "reboot": (169, 142),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "acct": (163, 89),
    "syslog": (103, 116),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "pidfd_getfd": (438, 438),
}
_MACHINES = ("x86_64", "aarch64")
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3 = 435
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_SET_MODE_FILTER = 1
_ON_ALL_THREADS = 1
_X32 = 0x40000000

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW = 0x7FFF0000
_FAIL = 0x00050000
_NUMBER_AT, _ARCH_AT, _FIRST_ARGUMENT_AT = 0, 4, 16


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def restrict() -> None:
    """Puts the filter on this process and all that it starts. `forgo_new_privileges` must have been called.

    Does nothing on processors whose numbers are not listed here.

    Raises:
        OSError: The kernel has no filters.
    """
    machine = platform.machine()
    if machine not in _MACHINES:
        return
    content = program(machine)
    filled = _Program(length=len(content) // 8, instructions=content)
    syscall("seccomp", _SECCOMP[machine], _SET_MODE_FILTER, _ON_ALL_THREADS, ctypes.byref(filled))


def program(machine: str) -> bytes:
    """Returns the filter's instructions for a processor."""
    forbidden = sorted(numbers[_MACHINES.index(machine)] for numbers in _NUMBERS.values())
    refuse = _instruction(_RETURN, _FAIL | errno.EPERM)
    lines = [
        _instruction(_LOAD, _ARCH_AT),
        _instruction(_EQUAL, _AUDIT_ARCH[machine], 1, 0),
        refuse,  # calls of another processor's numbering, such as 32 bit
        _instruction(_LOAD, _NUMBER_AT),
        _instruction(_AT_LEAST, _X32, 0, 1),
        refuse,
        _instruction(_EQUAL, _CLONE3, 0, 1),  # its flags cannot be seen; the C library then uses clone
        _instruction(_RETURN, _FAIL | errno.ENOSYS),
    ]
    for number in forbidden:
        lines += [_instruction(_EQUAL, number, 0, 1), refuse]
    lines += [
        _instruction(_EQUAL, _CLONE[machine], 0, 3),
        _instruction(_LOAD, _FIRST_ARGUMENT_AT),
        _instruction(_ANY_BIT, CLONE_NEWUSER, 0, 1),
        refuse,
        _instruction(_RETURN, _ALLOW),
    ]
    return b"".join(lines)


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
