"""Servers in child processes: tfreg's own, and a bare grpcio one to compare with."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Server:
    """A running server: where it listens, its process, and how long it took until it was ready."""

    target: str
    pid: int
    ready_s: float


@contextmanager
def tfreg_server(data: Path) -> Iterator[Server]:
    """Runs `tfreg serve` on a free port over a data folder."""
    with _serving([str(BIN / "tfreg"), "serve", "--listen", "127.0.0.1:0", "--data", str(data)]) as server:
        yield server


@contextmanager
def bare_server(reply_bytes: int = 0) -> Iterator[Server]:
    """Runs a grpcio server that only echoes and swallows; Echo answers with `reply_bytes` bytes."""
    with _serving([sys.executable, "-m", "bench.bare_server", str(reply_bytes)]) as server:
        yield server


@contextmanager
def _serving(command: list[str]) -> Iterator[Server]:
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        line = child.stdout.readline()
        ready_s = time.perf_counter() - start
        if " on " not in line:
            child.kill()
            raise RuntimeError(f"{command} did not start: {line}{child.stderr.read() if child.stderr else ''}")
        try:
            yield Server(line.rsplit(" on ", 1)[1].strip(), child.pid, ready_s)
        finally:
            child.terminate()
            child.communicate(timeout=30)
