"""Watches what all processes of a worker use up together, and ends them when it is too much.

The kernel bounds each process for itself (`limits`); the sums are sampled here, from /proc and the work folder.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from tfreg.convert.sandbox.limits import SandboxLimits

_logger = logging.getLogger("tfreg.convert")
_EVERY_S = 0.1
_START_S = 300.0
"""What a worker may take until it is ready for its job, TensorFlow's import ahead of it included."""
_MAX_ENTRIES = 200_000
"""Files that a job may write: more fill a disk without having a size."""
_MAX_DEPTH = 64
_MAX_LOG_BYTES = 64 << 20
_FREE_BYTES = 256 << 20
"""What is left free on the disk, whoever fills it."""
_ANONYMOUS = ("RssAnon:", "RssShmem:", "VmSwap:")
_PROPORTIONAL = ("Pss_Anon:", "Pss_Shmem:", "SwapPss:")


@dataclass(frozen=True, slots=True)
class Processes:
    """What the processes of a worker use.

    Attributes:
        count: How many there are.
        memory_bytes: Memory of their own; what they share since they forked is counted for each.
        cpu_s: Processor time so far, those that ended included.
    """

    count: int
    memory_bytes: int
    cpu_s: float


class Watch:
    """Samples a worker until `end`, in a thread of its own; calls `kill` once if it passes a limit.

    Attributes:
        passed: The limit that was passed: `memory`, `cpu`, `time`, `disk`, `processes`, `output`, `unwatched`; empty: none.
    """

    def __init__(self, process: int, folder: str, log: str, limits: SandboxLimits, kill: Callable[[], None]) -> None:
        self.passed = ""
        self._process, self._folder, self._log, self._limits, self._kill = process, folder, log, limits, kill
        self._until = time.monotonic() + _START_S + limits.time_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tfreg-watch", daemon=True)
        self._thread.start()

    def job_begins(self) -> None:
        """From now on the job's own time runs. Said again, it gains nothing."""
        self._until = min(self._until, time.monotonic() + self._limits.time_s)

    def end(self) -> None:
        """Stops watching."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(_EVERY_S):
            self.passed = self._too_much()
            if self.passed:
                self._kill()
                return

    def _too_much(self) -> str:
        try:
            return next((limit for limit, passed in self._checks() if passed), "")
        except Exception:  # whatever it is, a worker that nobody watches must not go on
            _logger.exception("a worker cannot be watched")
            return "unwatched"

    def _checks(self) -> Iterator[tuple[str, bool]]:
        """Yields each limit and whether it is passed; what is quick to find out, and urgent, first."""
        most = self._limits
        yield "time", time.monotonic() > self._until
        used = processes_of(self._process, most.processes + 1)
        yield "processes", used.count > most.processes
        much = used.memory_bytes > most.memory_bytes
        yield "memory", much and _shared_memory_bytes(self._process) > most.memory_bytes
        yield "cpu", used.cpu_s > most.cpu_s
        yield "output", bool(self.output_passed())
        yield "disk", self._written_bytes() > most.disk_bytes or _free_bytes(self._folder) < _FREE_BYTES

    def output_passed(self) -> str:
        """Returns `output` if the log is as long as it may get."""
        most = min(_MAX_LOG_BYTES, self._limits.file_size_bytes, self._limits.disk_bytes)
        return "output" if _log_bytes(self._log) >= most else ""

    def _written_bytes(self) -> int:
        named = sum(folder_bytes(f"{self._folder}/{name}") for name in ("out", "scratch"))
        return named + sum(map(deleted_bytes, descendants(self._process)))


def processes_of(root: int, at_most: int) -> Processes:
    """Returns what a process and its descendants use, the first `at_most` of them; nothing where there is no /proc."""
    count = memory = 0
    cpu_s = 0.0
    for process in islice(descendants(root), at_most):
        with suppress(OSError, ValueError, IndexError):
            memory += _memory_bytes(process)
            cpu_s += _cpu_s(process)
            count += 1
    return Processes(count, memory, cpu_s)


def descendants(root: int) -> Iterator[int]:
    """Yields a process and its descendants, parents first. Orphans are among them where something in the tree adopts them."""
    waiting, seen = [root], {root}
    while waiting:
        process = waiting.pop()
        yield process
        children = set(_children(process)) - seen
        seen |= children
        waiting += children


def _children(process: int) -> Iterator[int]:
    with suppress(OSError):
        for task in os.listdir(f"/proc/{process}/task"):
            with suppress(OSError), open(f"/proc/{process}/task/{task}/children") as file:
                yield from map(int, file.read().split())


def _memory_bytes(process: int) -> int:
    with open(f"/proc/{process}/status") as file:
        return sum(int(line.split()[1]) * 1024 for line in file if line.startswith(_ANONYMOUS))


def _shared_memory_bytes(root: int) -> int:
    """Returns the memory of a process and its descendants, what they share counted once. Takes longer than `processes_of`."""
    total = 0
    for process in descendants(root):
        try:
            with open(f"/proc/{process}/smaps_rollup") as file:
                total += sum(int(line.split()[1]) * 1024 for line in file if line.startswith(_PROPORTIONAL))
        except OSError:  # not to be seen, or it ended
            with suppress(OSError, ValueError, IndexError):
                total += _memory_bytes(process)
    return total


def _cpu_s(process: int) -> float:
    with open(f"/proc/{process}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def deleted_bytes(process: int) -> int:
    """Returns what a process's open files take up that have no name any more, as far as that can be seen."""
    total = 0
    with suppress(OSError):
        for entry in os.scandir(f"/proc/{process}/fd"):
            with suppress(OSError):
                status = os.stat(entry.path)
                total += status.st_blocks * 512 if status.st_nlink == 0 else 0
    return total


def folder_bytes(folder: str) -> int:
    """Returns what a folder takes up on the disk; more than any limit if it holds too many files, or too deep a nest.

    Entries that vanish meanwhile are not counted.
    """
    total = entries = 0
    waiting = [(folder, 0)]
    while waiting:
        path, depth = waiting.pop()
        if depth > _MAX_DEPTH:
            return 1 << 62
        with suppress(OSError):
            for entry in os.scandir(path):
                entries += 1
                with suppress(OSError):
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((entry.path, depth + 1))
                if entries > _MAX_ENTRIES:
                    return 1 << 62
    return total


def _log_bytes(log: str) -> int:
    with suppress(OSError):
        return os.stat(log).st_size
    return 0


def _free_bytes(folder: str) -> int:
    try:
        status = os.statvfs(folder)
    except OSError:
        return 1 << 62
    return status.f_bavail * status.f_frsize
