"""The user that a worker becomes where root starts it: one of its own, which owns nothing else on the machine."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

_FIRST, _COUNT = 1_900_000_000, 100_000_000
_NOBODY = 65534
_ALL = 1 << 32


def is_root() -> bool:
    """Whether this process may become another user."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def worker_user() -> int:
    """Returns a number that no account has; that of nobody in a container that knows few numbers only."""
    mapped = Path("/proc/self/uid_map").read_text(encoding="ascii").split()
    return _FIRST + secrets.randbelow(_COUNT) if mapped[:2] == ["0", "0"] and int(mapped[2]) >= _ALL - 1 else _NOBODY
