"""The dedup promise: one model pushed in five formats stores its weights once."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.large_models import one_model_in_five_formats
from bench.measure import Row
from bench.servers import tfreg_server
from tfreg.client import Client

FORMATS = ("saved_model", "model.keras", "model.h5", "model.weights.h5", "frozen.pb")


def rows() -> list[Row]:
    """Pushes the five and adds up what the data folder's blobs take."""
    with tempfile.TemporaryDirectory() as folder:
        models, data = Path(folder) / "models", Path(folder) / "data"
        models.mkdir()
        distinct_bytes = one_model_in_five_formats(models)
        with tfreg_server(data) as server, Client(server.target) as client:
            pushed_bytes = sum(client.push(models / name, "bench/one").size_bytes for name in FORMATS)
        stored_bytes = sum(file.stat().st_size for file in (data / "blobs").rglob("*") if file.is_file())
    ratio = stored_bytes / distinct_bytes
    return [
        Row(
            "MobileNetV2 as SavedModel, .keras, .h5, .weights.h5 and frozen graph, stored together",
            "bytes of its distinct tensors",
            f"{ratio:.2f}",
            "<= 1.1",
            ratio <= 1.1,
            f"{pushed_bytes / 1e6:.1f} MB of files, {stored_bytes / 1e6:.1f} MB stored, {distinct_bytes / 1e6:.1f} MB of tensors",
        )
    ]
