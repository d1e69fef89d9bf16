"""What of the machine a worker sees, read only: the system's programs and libraries, the interpreter, and tfreg's own code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import tfreg

_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin", "/nix/store")
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives", "/sys/devices/system")
_LIBRARIES = frozenset({"site-packages", "dist-packages"})


def visible_paths(more: Iterable[Path] = ()) -> tuple[str, ...]:
    """Returns folders and files that a worker needs, parents before children. None of them holds a secret: not /etc, no home."""
    wanted = [*map(Path, (*_SYSTEM, *_SYSTEM_FILES)), *_interpreter(), *_code(), *(path.resolve() for path in more)]
    there = sorted({os.path.abspath(path) for path in wanted if path.exists()})
    return tuple(path for path in there if path != "/" and not _within(path, there))


def import_folders() -> tuple[str, ...]:
    """Returns where a worker finds tfreg and what is installed, for PYTHONPATH."""
    roots = [os.path.dirname(os.path.abspath(portion)) for portion in tfreg.__path__]
    return tuple(dict.fromkeys([*roots, *_installed()]))


def _interpreter() -> list[Path]:
    """The interpreter's and the virtual environment's folders, and each link on the way from its name to its file."""
    found = [Path(folder) for folder in (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix)]
    found += [folder.resolve() for folder in found]
    link = sys.executable
    for _ in range(40):
        found.append(Path(link))
        if not os.path.islink(link):
            break
        link = os.path.normpath(os.path.join(os.path.dirname(link), os.readlink(link)))
    return found


def _code() -> list[Path]:
    return [*map(Path, tfreg.__path__), *map(Path, _installed())]


def _installed() -> list[str]:
    return [os.path.abspath(path) for path in sys.path if os.path.basename(path) in _LIBRARIES and os.path.isdir(path)]


def _within(path: str, others: Iterable[str]) -> bool:
    """Whether a path is seen by way of another one of the list. A link is followed: what it leads to is what is shown there."""
    return any(path.startswith(other + "/") for other in others) and os.path.realpath(os.path.dirname(path)) == os.path.dirname(
        path
    )
