"""How long whole processes take: `show` against `saved_model_cli`, `--help`, and a server until it is ready."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from bench.measure import ROUNDS, Row, median_ratio, pairs, run
from bench.models import saved_model
from bench.servers import BIN, tfreg_server


def rows() -> list[Row]:
    """Measures the three."""
    with tempfile.TemporaryDirectory() as folder:
        model = saved_model(Path(folder) / "model", size_bytes=1 << 20, tensors=2)
        return [_show(model), _help(), _ready(Path(folder) / "data")]


def _show(model: Path) -> Row:
    peak_mb = 0.0

    def show() -> float:
        nonlocal peak_mb
        finished = run([BIN / "tfreg", "show", model, "--all"])
        peak_mb = max(peak_mb, finished.peak_rss_mb)
        return finished.wall_s

    measured = pairs(lambda: run([BIN / "saved_model_cli", "show", "--dir", model, "--all"]).wall_s, show)
    ratio = median_ratio(measured)
    mine = statistics.median(b for _, b in measured)
    return Row(
        "`tfreg show DIR --all`, whole process",
        "`saved_model_cli show --all`",
        f"{ratio:.1f} times faster, {peak_mb:.0f} MB",
        ">= 6 times, < 100 MB",
        ratio >= 6 and peak_mb < 100,
        f"{mine:.3f} s against {statistics.median(a for a, _ in measured):.2f} s",
    )


def _help() -> Row:
    run([BIN / "tfreg", "--help"])
    wall_s = statistics.median(run([BIN / "tfreg", "--help"]).wall_s for _ in range(ROUNDS))
    return Row("`tfreg --help`", "", f"{wall_s:.3f} s", "<= 0.3 s", wall_s <= 0.3)


def _ready(data: Path) -> Row:
    times = []
    for _ in range(ROUNDS + 1):
        with tfreg_server(data) as server:
            times.append(server.ready_s)
    wall_s = statistics.median(times[1:])
    return Row("server ready after start", "", f"{wall_s:.3f} s", "<= 1 s", wall_s <= 1)
