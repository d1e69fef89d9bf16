"""Steps that behave, or fail in an orderly way: `arguments["do"]` says what is done."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

from tfreg.convert.work import Work
from tfreg.core.errors import OpUnsupportedError


def run(work: Work) -> None:
    globals()[f"_{work.arguments['do']}"](work)


def _copy(work: Work) -> None:
    work.report("reading", 0.25, "the inputs")
    for role, path in work.inputs.items():
        files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
        for file in files:
            target = work.output / role / (file.name if path.is_file() else file.relative_to(path))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    (work.scratch / "left over").write_bytes(b"nobody wants this")
    work.facts["kinds"] = {role: "file" if path.is_file() else "folder" for role, path in work.inputs.items()}
    work.report("writing", 1.0, "")


def _refuse(work: Work) -> None:
    raise OpUnsupportedError("'MyOp' is unknown.", hint="Register it.", node="a/b", function="f")


def _raise(work: Work) -> None:
    raise ZeroDivisionError("a mistake of the step")


def _fill(work: Work) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def _grow(work: Work) -> None:
    raise MemoryError


def _sleep(work: Work) -> None:
    work.report("sleeping", 0.5, str(os.getpid()))
    time.sleep(60)


def _missing(work: Work) -> None:
    raise ModuleNotFoundError("No module named 'tensorflow'", name="tensorflow")


def _look(work: Work) -> None:
    """Tells how the worker stands."""
    work.facts.update(
        environment=dict(os.environ),
        user=os.getuid(),
        group=os.getgid(),
        groups=os.getgroups(),
        folder=os.getcwd(),
        status=dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line),
        processes=sorted(int(name) for name in os.listdir("/proc") if name.isdigit()),
        root=sorted(os.listdir("/")),
        descriptors=sorted(int(name) for name in os.listdir("/proc/self/fd")),
    )
