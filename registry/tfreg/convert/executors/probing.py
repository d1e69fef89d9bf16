"""Which walls work on this machine: tried for real, until they are found to."""

from __future__ import annotations

import logging
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

_logger = logging.getLogger("tfreg.convert")
_LIMITS = SandboxLimits(time_s=120.0)
"""Of the probe: on a machine that is busy, Python alone may take many seconds to start."""
_TRIES = 2
_HINT = (
    "Install bubblewrap (Debian: apt install bubblewrap), or let users make user namespaces "
    "(sysctl kernel.apparmor_restrict_unprivileged_userns=0; in a container: a seccomp profile that allows unshare and mount)."
)
_known: dict[Walls, Found] = {}
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
        tried = _tried(walls)
        if isinstance(tried, Found):
            return tried
        reasons.append(f"{walls.value}: {tried}")
    if allow_unsandboxed:
        _logger.warning("TensorFlow runs without a sandbox, as is allowed: %s", "; ".join(reasons) or "none was asked for")
        return Found(Walls.NONE)
    raise SandboxUnavailableError(
        f"Models cannot be run safely on this machine ({'; '.join(reasons)}).", hint=_HINT, reasons="; ".join(reasons)
    )


def _wanted(sandbox: Sandbox) -> tuple[Walls, ...]:
    if sandbox is Sandbox.AUTO:
        return Walls.BUBBLEWRAP, Walls.NAMESPACES
    return () if sandbox is Sandbox.NONE else (Walls(sandbox.value),)


def _tried(walls: Walls) -> Found | str:
    """Returns how the walls work, or why they do not: only the former is remembered, for a machine may be mended, or less busy later."""
    with _lock:
        if walls in _known:
            return _known[walls]
        found: Found | str = ""
        for _ in range(_TRIES):
            found = _try(walls)
            if isinstance(found, Found):
                _known[walls] = found
                break
        return found


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
