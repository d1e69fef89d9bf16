"""Fuzzes the parsers: `python tests/fuzz/run.py [--seconds 60] [--jobs 2] [TARGET ...]`.

Each target of targets/ runs in a process of its own under atheris (libFuzzer), which mutates the target's seeds for so many seconds.
An input that crashes, hangs or needs too much memory is kept below found/ and printed; once mended it moves to cases/TARGET/, from
where test_targets.py runs it for ever.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOUND = HERE / "found"
GRACE_S = 120  # to import, to instrument, and to run the seeds before the clock counts


def target_names() -> list[str]:
    """Names of all targets."""
    return sorted(file.stem for file in (HERE / "targets").glob("*.py") if file.stem != "__init__")


def run(name: str, seconds: int) -> tuple[str, int, str]:
    """Fuzzes one target. Returns its name, the exit status and the end of what it printed."""
    command = [sys.executable, str(HERE / "run_one.py"), name, str(seconds), str(FOUND)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=seconds + GRACE_S, check=False)
    except subprocess.TimeoutExpired:
        return name, 124, f"did not end within {seconds + GRACE_S} s"
    return name, done.returncode, (done.stdout + done.stderr)[-4000:]


def summary(text: str) -> str:
    """The line in which libFuzzer says how many inputs it ran."""
    lines = [line for line in text.splitlines() if line.startswith("Done ")]
    return lines[-1] if lines else text.strip().splitlines()[-1] if text.strip() else "said nothing"


def main() -> int:
    """Fuzzes the targets named, or all. Returns 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"one of {', '.join(target_names())}")
    parser.add_argument("--seconds", type=int, default=60, help="how long each runs")
    parser.add_argument("--jobs", type=int, default=2, help="how many run at a time")
    arguments = parser.parse_args()
    unknown = set(arguments.targets) - set(target_names())
    if unknown:
        parser.error(f"there is no target {', '.join(sorted(unknown))}; there are {', '.join(target_names())}")
    FOUND.mkdir(exist_ok=True)
    failed = 0
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for name, status, text in pool.map(lambda name: run(name, arguments.seconds), arguments.targets or target_names()):
            print(f"{name}: {summary(text) if status == 0 else f'failed ({status})'}", flush=True)
            if status:
                failed += 1
                print(text, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
