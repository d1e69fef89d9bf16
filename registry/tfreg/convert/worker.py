"""The process that runs one step of TensorFlow and ends."""

from __future__ import annotations

import errno
import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from tfreg.convert import protocol
from tfreg.convert.sandbox.setup import Walls, WorkerSetup, decode
from tfreg.convert.step_names import module_of
from tfreg.convert.work import Work
from tfreg.core.errors import TensorflowMissingError, TfregError

_PROGRESS_S = 0.1
_LIMIT_OF = {errno.ENOSPC: "disk", errno.EDQUOT: "disk", errno.EFBIG: "file size"}
_TENSORFLOW = frozenset({"tensorflow", "keras", "tf_keras", "ai_edge_litert"})


def main() -> None:
    """Raises walls around this process, imports TensorFlow, waits for a job, does it, and ends."""
    setup = decode(sys.argv[1])
    _raise_walls(setup)
    talk = _take_over_output()
    if setup.warm:
        with suppress(Exception):  # the job's own step says what is wrong
            importlib.import_module("tfreg.convert.steps.warm").warm()
    talk.write(protocol.line(protocol.READY, {}))
    job = sys.stdin.buffer.readline()
    if job:
        talk.write(_answer(setup, json.loads(job), talk))
    with suppress(OSError):  # the log may be full
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(0)  # TensorFlow takes its time to go


def _raise_walls(setup: WorkerSetup) -> None:
    from tfreg.convert.sandbox.limits import limit_this_process

    if sys.platform == "linux":
        from tfreg.convert.sandbox import kernel

        kernel.die_with_parent()
        kernel.be_first_to_go()
        if setup.walls is not Walls.BUBBLEWRAP and os.getppid() != setup.parent:
            os._exit(1)  # it ended before the kernel was told
    if setup.walls is Walls.NAMESPACES:
        from tfreg.convert.sandbox import namespaces

        namespaces.enter(setup)
    limit_this_process(setup.limits)
    if setup.walls is not Walls.NONE:
        from tfreg.convert.sandbox.sealing import seal

        seal(setup)
    elif sys.platform == "linux":
        kernel.adopt_orphans()


def _take_over_output() -> BinaryIO:
    """Keeps the pipe to the parent for the protocol; what is printed goes to the log instead."""
    talk = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return talk


def _answer(setup: WorkerSetup, job: Mapping[str, object], talk: BinaryIO) -> bytes:
    """Does a job and returns the last line to say."""
    facts: dict[str, object] = {}
    try:
        _run(setup, job, _reporter(talk), facts)
        return protocol.line(protocol.DONE, {"facts": facts})
    except TfregError as error:
        told = {"reason": error.reason, "message": error.message, "hint": error.hint, "metadata": error.metadata}
        return protocol.line(protocol.REFUSED, told)
    except MemoryError:
        return protocol.line(protocol.FAILED, {"limit": "memory", "message": "it needed more memory than it may use"})
    except BaseException as error:
        with suppress(OSError):  # the log may be full
            traceback.print_exc()
        limit = _LIMIT_OF.get(error.errno or 0, "") if isinstance(error, OSError) else ""
        return protocol.line(
            protocol.FAILED, {"limit": limit, "message": f"{type(error).__name__}: {error}"[: protocol.MAX_TEXT]}
        )


def _run(
    setup: WorkerSetup, job: Mapping[str, object], report: Callable[[str, float, str], None], facts: dict[str, object]
) -> None:
    folder, step, inputs, arguments = Path(setup.seen_folder), job["step"], job["inputs"], job["arguments"]
    assert isinstance(step, str)
    assert isinstance(inputs, dict)
    assert isinstance(arguments, dict)
    work = Work(
        inputs={role: folder / "in" / path for role, path in inputs.items()},
        output=folder / "out",
        scratch=folder / "scratch",
        arguments=arguments,
        report=report,
        facts=facts,
    )
    try:
        importlib.import_module(module_of(step, setup.extra_steps)).run(work)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in _TENSORFLOW:
            raise
        raise TensorflowMissingError(
            f"'{step}' needs the Python package '{error.name}', which is not installed here.",
            hint="Install it where conversions run: pip install 'tfreg[tensorflow]'.",
            module=str(error.name),
        ) from None


def _reporter(talk: BinaryIO) -> Callable[[str, float, str], None]:
    """Returns what passes on how far the work is, not more often than anybody looks."""
    last: tuple[float, str] = (0.0, "")

    def report(stage: str, share: float, message: str = "") -> None:
        nonlocal last
        now = time.monotonic()
        if stage != last[1] or now - last[0] >= _PROGRESS_S:
            last = now, stage
            talk.write(protocol.line(protocol.PROGRESS, {"stage": stage, "share": share, "message": message}))

    return report


if __name__ == "__main__":
    main()
