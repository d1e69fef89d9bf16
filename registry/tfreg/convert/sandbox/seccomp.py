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

_NAMES = (
    "socket ptrace process_vm_readv process_vm_writev memfd_create memfd_secret shmget msgget unshare setns mount umount2 pivot_root chroot "
    "kexec_load kexec_file_load bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register add_key request_key "
    "keyctl init_module finit_module delete_module open_by_handle_at quotactl swapon reboot settimeofday clock_settime acct syslog "
    "open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr pidfd_getfd"
).split()
_X86_64 = (
    "41 101 310 311 319 447 29 68 272 308 165 166 155 161 "
    "246 320 321 298 323 425 426 427 248 249 "
    "250 175 313 176 304 179 167 169 164 227 163 103 "
    "428 429 430 431 432 433 442 438"
)
_AARCH64 = (
    "198 117 270 271 279 447 194 186 97 268 40 39 41 51 "
    "104 294 280 241 282 425 426 427 217 218 "
    "219 105 273 106 265 60 224 142 170 112 89 116 "
    "428 429 430 431 432 433 442 438"
)
_FORBIDDEN = {
    machine: dict(zip(_NAMES, map(int, numbers.split()), strict=True))
    for machine, numbers in (("x86_64", _X86_64), ("aarch64", _AARCH64))
}
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
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]  # noqa: RUF012


def restrict() -> None:
    """Puts the filter on this process and all that it starts. `forgo_new_privileges` must have been called.

    Does nothing on processors whose numbers are not listed here.

    Raises:
        OSError: The kernel has no filters.
    """
    machine = platform.machine()
    if machine not in _FORBIDDEN:
        return
    content = program(machine)
    filled = _Program(length=len(content) // 8, instructions=content)
    syscall("seccomp", _SECCOMP[machine], _SET_MODE_FILTER, _ON_ALL_THREADS, ctypes.byref(filled))


def program(machine: str) -> bytes:
    """Returns the filter's instructions for a processor."""
    forbidden = sorted(_FORBIDDEN[machine].values())
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
