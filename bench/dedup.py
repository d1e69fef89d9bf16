"""The dedup promise: one model pushed in five formats stores its weights once."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.large_models import one_model_in_five_formats
from bench.measure import Row
from bench.servers import tfreg_server
from tfreg.client import Client

APPLICATIONS = ("ResNet50", "MobileNetV2")
"""A model of 100 MB, and one so small that five programs and five files' own bookkeeping weigh against its 14 MB of weights."""
FORMATS = ("saved_model", "model.keras", "model.h5", "model.weights.h5", "frozen.pb")


def rows() -> list[Row]:
    """Measures each model."""
    with tempfile.TemporaryDirectory() as folder:
        return [_row(Path(folder) / application, application) for application in APPLICATIONS]


def _row(folder: Path, application: str) -> Row:
    """Pushes the five and adds up what the data folder's blobs take."""
    models, data = folder / "models", folder / "data"
    distinct_bytes = one_model_in_five_formats(models, application)
    with tfreg_server(data) as server, Client(server.target) as client:
        pushed_bytes = sum(client.push(models / name, "bench/one").size_bytes for name in FORMATS)
    stored_bytes = sum(file.stat().st_size for file in (data / "blobs").rglob("*") if file.is_file())
    ratio = stored_bytes / distinct_bytes
    return Row(
        f"{application} as SavedModel, .keras, .h5, .weights.h5 and frozen graph, stored together",
        "bytes of its distinct tensors",
        f"{ratio:.2f}",
        "<= 1.1",
        ratio <= 1.1,
        f"{pushed_bytes / 1e6:.1f} MB of files, {stored_bytes / 1e6:.1f} MB stored, {distinct_bytes / 1e6:.1f} MB of tensors",
    )
