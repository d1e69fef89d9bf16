"""Inspecting large artifacts: time against a bare parse, and memory, each in a process of its own."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.large_models import checkpoint, frozen_graph, keras_h5, many_nodes
from bench.measure import ROUNDS, Row, median_ratio, pairs, run

NODES = 400_000
TENSORS = 10_000


def rows() -> list[Row]:
    """Makes the models, then measures each."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        return [
            _many_nodes(many_nodes(root / "nodes.pb", NODES)),
            _many_tensors(checkpoint(root / "checkpoint", TENSORS)),
            _large(frozen_graph(root / "large.pb"), "frozen graph"),
            _large(keras_h5(root / "large.h5"), "h5"),
        ]


def _many_nodes(file: Path) -> Row:
    peak_mb = 0.0

    def inspect() -> float:
        nonlocal peak_mb
        found = _child("inspect", file)
        peak_mb = max(peak_mb, found["peak_mb"])
        return float(found["wall_s"])

    measured = pairs(inspect, lambda: float(_child("parse", file)["wall_s"]))
    ratio = median_ratio(measured)
    return Row(
        f"inspect of a GraphDef of {NODES:,} nodes",
        "upb's bare parse",
        f"{ratio:.2f}, {peak_mb:.0f} MB in all",
        "<= 5, < 100 MB",
        ratio <= 5 and peak_mb < 100,
        f"{statistics.median(a for a, _ in measured):.2f} s against {statistics.median(b for _, b in measured):.2f} s",
    )


def _many_tensors(folder: Path) -> Row:
    wall_s = statistics.median(_child("inspect", folder)["wall_s"] for _ in range(ROUNDS))
    return Row(f"inspect of a checkpoint of {TENSORS:,} tensors", "", f"{wall_s:.2f} s", "<= 0.5 s", wall_s <= 0.5)


def _large(file: Path, kind: str) -> Row:
    found = [_child("inspect", file) for _ in range(3)]
    growth_mb = max(child["growth_mb"] for child in found)
    detail = f"{statistics.median(child['wall_s'] for child in found):.2f} s"
    return Row(f"inspect of a 1 GiB {kind}", "memory before", f"+{growth_mb:.0f} MB", "< 100 MB", growth_mb < 100, detail)


def _child(verb: str, path: Path) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run([sys.executable, "-m", "bench.inspecting_child", verb, path]).output)
    return answer
