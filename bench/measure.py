"""Timing in pairs: two things in turn, A B A B ..., and the ratio pair by pair, so that a drifting machine cancels out."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 5
CHANNEL_OPTIONS = (("grpc.http2.max_frame_size", 1024 * 1024),)
"""As tfreg's own server and clients set it, so that the bare ones they are compared with are as fast as can be."""


@dataclass(frozen=True)
class Row:
    """One line of the results: what was measured against what, the figure and whether it reaches the goal."""

    what: str
    against: str
    figure: str
    goal: str
    reached: bool
    detail: str = ""


@dataclass(frozen=True)
class Process:
    """A finished child process: wall seconds, peak memory, standard output."""

    wall_s: float
    peak_rss_mb: float
    output: str


def pairs(first: Callable[[], float], second: Callable[[], float], rounds: int = ROUNDS) -> list[tuple[float, float]]:
    """Runs both in turn after one uncounted round; returns what they returned, pair by pair."""
    first(), second()
    return [(first(), second()) for _ in range(rounds)]


def median_ratio(measured: Sequence[tuple[float, float]]) -> float:
    """The median of first / second over the pairs."""
    return statistics.median(a / b for a, b in measured)


def seconds(action: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def run(command: Sequence[str | Path]) -> Process:
    """Runs a command to its end and takes the operating system's account of it. Raises if it fails."""
    start = time.perf_counter()
    with subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout is not None
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{command[0]} ended with {child.returncode}")
    return Process(time.perf_counter() - start, usage.ru_maxrss / 1024, output)


def reset_peak(pid: int | str = "self") -> None:
    """Starts a new account of a process's peak memory (Linux)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_rss_mb(pid: int | str = "self") -> float:
    """Peak memory of a process since its start or `reset_peak`."""
    return _status_mb(pid, "VmHWM")


def rss_mb(pid: int | str = "self") -> float:
    """Memory of a process now."""
    return _status_mb(pid, "VmRSS")


def _status_mb(pid: int | str, key: str) -> float:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(key))
    return int(line.split()[1]) / 1024
