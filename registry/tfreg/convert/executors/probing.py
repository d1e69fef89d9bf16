"""Which walls work on this machine: tried for real, once for each process."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from pathlib import Path

from tfreg.convert.executors.conversation import Job, run_job
from tfreg.convert.executors.folders import remove_tree
from tfreg.convert.executors.options import Sandbox
from tfreg.convert.executors.process import WorkerProcess, worker_setup
from tfreg.convert.sandbox import bubblewrap, probe
from tfreg.convert.sandbox.limits import SandboxLimits
from tfreg.convert.sandbox.setup import Found, Walls
from tfreg.convert.sandbox.users import is_root
from tfreg.core.errors import SandboxUnavailableError, TfregError

_LIMITS = SandboxLimits(time_s=30.0)
_HINT = (
    "Install bubblewrap (Debian: apt install bubblewrap), or let users make user namespaces "
    "(sysctl kernel.apparmor_restrict_unprivileged_userns=0; in a container: a seccomp profile that allows unshare and mount)."
)
_known: dict[Walls, Found | str] = {}
_lock = threading.Lock()


def find_walls(sandbox: Sandbox, *, allow_unsandboxed: bool = False) -> Found:
    """Returns the walls to put around workers.

    Raises:
        SandboxUnavailableError: Those that were asked for do not work here; or none do, and `allow_unsandboxed` is False.
    """
    if sandbox is Sandbox.NONE and not allow_unsandboxed:
        raise SandboxUnavailableError(
            "Workers shall run without walls, but nobody allowed that.",
            hint="Choose the sandbox 'auto', or allow unsandboxed workers.",
        )
    reasons = []
    for walls in _wanted(sandbox):
        tried = _try_once(walls)
        if isinstance(tried, Found):
            return tried
        reasons.append(f"{walls.value}: {tried}")
    if allow_unsandboxed:
        return Found(Walls.NONE)
    raise SandboxUnavailableError(
        f"Models cannot be run safely on this machine ({'; '.join(reasons)}).", hint=_HINT, reasons="; ".join(reasons)
    )


def _wanted(sandbox: Sandbox) -> tuple[Walls, ...]:
    if sandbox is Sandbox.AUTO:
        return Walls.BUBBLEWRAP, Walls.NAMESPACES
    return () if sandbox is Sandbox.NONE else (Walls(sandbox.value),)


def _try_once(walls: Walls) -> Found | str:
    with _lock:
        if walls not in _known:
            _known[walls] = _try(walls)
        return _known[walls]


def _try(walls: Walls) -> Found | str:
    """Returns how the walls work, or why they do not."""
    if sys.platform != "linux":
        return "needs Linux"
    if walls is Walls.BUBBLEWRAP and bubblewrap.program() is None:
        return "is not installed"
    found = Found(walls, as_other_user=is_root())  # the kernel does not bound how many processes root starts, wherever it is
    return _hole(found) or found


def _hole(found: Found) -> str:
    """Runs the probe behind walls; returns what is wrong with them, or nothing."""
    folder = Path(os.path.realpath(tempfile.mkdtemp(prefix="tfreg-probe-")))
    try:
        for name in ("in", "out", "scratch", "root"):
            (folder / name).mkdir()
        (folder / "secret").write_bytes(b"not for workers")
        setup = worker_setup(found, folder, _LIMITS, {probe.__name__: folder / "in"}, warm=False)
        worker = WorkerProcess(setup)
        try:
            job = Job(probe.__name__, {}, {"hidden": [str(folder / "secret")]})
            run_job(worker, job, _LIMITS, lambda _progress: None, lambda: True)
        finally:
            worker.remove()
    except TfregError as error:
        lines = error.metadata.get("log", "").strip().splitlines()
        return lines[-1] if lines else error.message
    except OSError as error:
        return str(error)
    finally:
        remove_tree(folder)
    return ""
