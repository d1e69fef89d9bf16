"""A step that looks for holes in the walls around it: how it is found out which walls work on a machine."""

from __future__ import annotations

import os
import socket

from tfreg.convert.work import Work


def run(work: Work) -> None:
    """Tries what a worker must be able to do, and what it must not.

    Raises:
        OSError: What it must be able to do fails.
        AssertionError: There is a hole.
    """
    for folder in (work.output, work.scratch):
        (folder / "probe").write_bytes(b"it can be written")
    hidden = work.arguments["hidden"]
    assert isinstance(hidden, list)
    for path in ("/etc/passwd", "/etc/shadow", *hidden):
        assert not _can_read(path), f"{path} can be read"
    for path in ("/probe", "/usr/probe", "/dev/probe", "/dev/shm/probe", work.scratch.parent / "in" / "probe"):  # noqa: S108
        assert not _can_write(os.fspath(path)), f"{path} can be written"
    assert not _can_make_socket(), "a socket can be made"
    processes = [name for name in os.listdir("/proc") if name.isdigit()] if os.path.isdir("/proc") else []
    assert len(processes) < 10, "other processes can be seen"


def _can_read(path: str) -> bool:
    try:
        with open(path, "rb"):
            return True
    except OSError:
        return False


def _can_write(path: str) -> bool:
    try:
        with open(path, "wb"):
            return True
    except OSError:
        return False


def _can_make_socket() -> bool:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
    except OSError:
        return False
    return True
