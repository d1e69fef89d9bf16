"""Runs steps one after another as its parent says, a JSON document a line; TensorFlow is imported once."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path

from tfreg.convert.work import Work
from tfreg.core.errors import TfregError


def main() -> None:
    """Answers each job with its facts, or with the error that the step raised."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what TensorFlow prints is no answer
    for line in sys.stdin:
        job = json.loads(line)
        work = Work(
            {role: Path(path) for role, path in job["inputs"].items()},
            Path(job["output"]),
            Path(job["scratch"]),
            job["arguments"],
            lambda stage, share, message: None,
        )
        try:
            import_module(f"tfreg.convert.steps.{job['step']}").run(work)
            answer: dict[str, object] = {"facts": work.facts}
        except TfregError as error:
            answer = {"reason": error.reason, "message": error.message, "hint": error.hint, "metadata": error.metadata}
        except Exception as error:
            answer = {"reason": "WORKER_FAILED", "message": f"{type(error).__name__}: {error}", "hint": "", "metadata": {}}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
