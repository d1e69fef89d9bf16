"""What a worker may use up, and the part of it that the kernel watches over process by process."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

GIB = 1 << 30
_ADDRESS_SPACE_BYTES = 16 * GIB
"""TensorFlow reserves far more addresses than it uses memory: below 4 GiB it does not start."""
_ADDRESSES_OF_PROCESSOR_BYTES = GIB // 2
"""Each thread reserves some for its own."""
_THREADS = 512
"""Threads count as processes for the kernel; TensorFlow starts some for each processor."""
_OTHERS = 8192
"""What else a user may run, where that counts too."""
_OPEN_FILES = 1024


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """What one job may use up; all its processes together unless said otherwise.

    Attributes:
        memory_bytes: Memory in use.
        cpu_s: Processor time.
        time_s: Time by the clock, from the job's start.
        file_size_bytes: Size of any one file that it writes.
        disk_bytes: What it writes in all.
        processes: How many processes there may be at a time.
    """

    memory_bytes: int = 8 * GIB
    cpu_s: int = 3600
    time_s: float = 1800.0
    file_size_bytes: int = 16 * GIB
    disk_bytes: int = 32 * GIB
    processes: int = 64


def limit_this_process(limits: SandboxLimits) -> None:
    """Sets the limits that the kernel keeps for this process and those that it starts. They cannot be raised again.

    They are the second line: whoever started this process watches the sum over all its processes (`watching`).
    """
    import resource

    tasks = limits.processes + _THREADS + 16 * (os.cpu_count() or 1)
    if not _counts_by_namespace():
        tasks += _OTHERS
    _lower(resource.RLIMIT_CORE, 0)
    addresses = _ADDRESS_SPACE_BYTES + _ADDRESSES_OF_PROCESSOR_BYTES * (os.cpu_count() or 1)
    _lower(resource.RLIMIT_AS, max(addresses, 2 * limits.memory_bytes))
    _lower(resource.RLIMIT_CPU, limits.cpu_s, limits.cpu_s + 2)
    _lower(resource.RLIMIT_FSIZE, limits.file_size_bytes)
    _lower(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _lower(resource.RLIMIT_NPROC, tasks)


def _counts_by_namespace() -> bool:
    """Whether a user's processes outside of a user namespace do not count in it: since Linux 5.14."""
    major, minor = [*re.findall(r"\d+", os.uname().release), "0", "0"][:2]
    return (int(major), int(minor)) >= (5, 14)


def _lower(which: int, soft: int, hard: int | None = None) -> None:
    import resource

    _, most = resource.getrlimit(which)
    wanted = [soft, soft if hard is None else hard]
    if most != resource.RLIM_INFINITY:
        wanted = [min(value, most) for value in wanted]
    resource.setrlimit(which, (wanted[0], wanted[1]))
