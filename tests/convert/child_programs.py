"""Programs that tests start in a process of their own, to kill it: the first argument names one."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tfreg.convert.executors.options import RunnerOptions, Sandbox
from tfreg.convert.executors.pool import open_runner
from tfreg.core.conversions.steps import StepJob
from tfreg.core.trees import MemoryTree

STEPS = Path(__file__).parent / "worker_steps"


def sleep_in_a_worker(scratch: str, walls: str, program: str) -> None:
    """Runs a step that does not end; says so when it has begun. One more worker waits."""
    options = RunnerOptions(
        Path(scratch),
        warm=1,
        import_tensorflow=False,
        sandbox=Sandbox(walls),
        allow_unsandboxed=walls == "none",
        extra_steps={"honest_step": STEPS, "hostile_step": STEPS},
    )
    job = StepJob(program, {"source": MemoryTree({"a": b"1"})}, json.dumps({"do": "sleep", "attack": "ignore_signals"}))
    with open_runner(options).run(job, lambda progress: print(progress.stage, flush=True), lambda: True):
        pass


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
