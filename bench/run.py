"""Measures everything and writes bench/results.md. `python -m bench.run [NAME ...]` measures only those named, and prints."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

from bench.measure import ROUNDS, Row

BENCHES = ("start", "resolve", "inspecting", "dedup", "transfer", "conversions", "java")
RESULTS = Path(__file__).with_name("results.md")


def main(names: list[str]) -> int:
    """Runs the benches; returns 1 if a figure misses its goal."""
    rows: list[Row] = []
    for name in names or BENCHES:
        measure: Callable[[], Iterable[Row]] = import_module(f"bench.{name}").rows
        for row in measure():
            print(f"{'ok  ' if row.reached else 'MISS'} {row.what}: {row.figure} (goal {row.goal}) {row.detail}", flush=True)
            rows.append(row)
    if not names:
        RESULTS.write_text(_markdown(rows))
    return 0 if all(row.reached for row in rows) else 1


def _markdown(rows: list[Row]) -> str:
    lines = [
        "# Results",
        "",
        f"Written by `make bench`. Ratios of one run, medians of {ROUNDS} rounds, both sides in turn; {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}. Absolute times only tell what the ratios were made of.",
        "",
        "| what | against | figure | goal | reached | detail |",
        "|---|---|---|---|---|---|",
    ]
    lines += [f"| {r.what} | {r.against} | {r.figure} | {r.goal} | {'yes' if r.reached else 'no'} | {r.detail} |" for r in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
