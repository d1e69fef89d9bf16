"""The worker's command line behind bubblewrap's walls: https://github.com/containers/bubblewrap."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import PurePath

from tfreg.convert.sandbox.setup import JOB_FOLDER, WorkerSetup


def program() -> str | None:
    """Returns bubblewrap's program, if it is installed."""
    return shutil.which("bwrap")


def command(setup: WorkerSetup, inner: Sequence[str]) -> list[str]:
    """Returns the command that runs `inner` behind walls.

    It sees no network, no other process and no file but `setup.visible` and its work folder; nothing but `out` and `scratch` can be
    written, for the rest is read only, the folders in memory too. It dies with its parent and has no terminal. As root no user
    namespace is made: the worker keeps for a moment the right to become another user, and does so before anything else.
    """
    line = [program() or "bwrap", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--unshare-cgroup-try"]
    line += ["--die-with-parent", "--new-session", "--hostname", "tfreg"]
    line += ["--unshare-user"] if setup.user is None else ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    line += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    for folder in sorted({JOB_FOLDER, *(str(parent) for path in setup.visible for parent in PurePath(path).parents)} - {"/"}):
        line += ["--dir", folder]  # else it would be closed to others where the machine's own is, such as root's home
    for path in setup.visible:
        line += ["--ro-bind-try", path, path]
    line += ["--ro-bind", f"{setup.folder}/in", f"{JOB_FOLDER}/in"]
    for name in ("out", "scratch"):
        line += ["--bind", f"{setup.folder}/{name}", f"{JOB_FOLDER}/{name}"]
    if not any(path.startswith("/tmp/") for path in setup.visible):  # noqa: S108  # the worker's own, within its walls
        line += ["--symlink", f"{JOB_FOLDER}/scratch", "/tmp"]  # noqa: S108
    line += ["--remount-ro", "/", "--chdir", f"{JOB_FOLDER}/scratch", "--", *inner]
    return [os.fspath(part) for part in line]
