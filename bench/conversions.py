"""Conversions: those by rewrite against TensorFlow's own tools as whole processes, TFLite in a warm worker against the bare converter."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.conversion_models import Tool, large_checkpoint, large_saved_model, resigned, small_saved_model
from bench.measure import ROUNDS, Row, median_ratio, pairs, peak_rss_mb, seconds
from bench.servers import tfreg_server
from tfreg.client import CheckMode, Client, ConversionOptions, NamedTensor, Renamed
from tfreg.core.layouts import InlineExtent
from tfreg.core.names import parse_model_name
from tfreg.server.compose import open_stores
from tfreg.server.embedded import close_stores

_MODEL = parse_model_name("bench/model")
_REQUESTS = 300
_MAX_RSS_MB = 150


@dataclass
class _Registry:
    """A client of a server, and how often it converted."""

    client: Client
    count: int = field(default=0)

    def convert(self, reference: str, target: str, options: ConversionOptions) -> float:
        """Converts in a way that was not asked for before: each has an Identity of another name."""
        self.count += 1
        unique = Renamed(f"bench_{self.count}", options.renamed[0].tensor)
        changed = ConversionOptions(outputs=options.outputs, renamed=(unique,), new_signature=options.new_signature)
        return seconds(lambda: self.client.convert(reference, target, options=changed, check=CheckMode.NONE))


def _stored_bytes(data: Path) -> int:
    """How much is stored of a model and its conversions: blobs, and the bytes that layouts hold themselves. No server runs."""
    stores = open_stores(data)
    try:
        derived = stores.catalog.derived(_MODEL, 1)
        artifacts = [stores.catalog.artifact(one.artifact_digest) for one in derived]
    finally:
        close_stores(stores)
    extents = [extent for one in artifacts if one is not None for layout in one.layouts for extent in layout.extents]
    inline_bytes = sum(extent.length_bytes for extent in extents if isinstance(extent, InlineExtent))
    return inline_bytes + sum(file.stat().st_size for file in (data / "blobs").rglob("*") if file.is_file())


def rows() -> Iterator[Row]:
    """Makes the models, then measures each conversion."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        yield _by_rewrite(root / "a", large_checkpoint(root / "checkpoint"), "frozen_graph", "checkpoint -> frozen_graph")
        yield _by_rewrite(root / "b", large_saved_model(root / "saved_model"), "frozen_graph", "saved_model -> frozen_graph")
        yield _by_rewrite(root / "c", _frozen(root), "saved_model", "frozen_graph -> saved_model")
        yield _by_rewrite(root / "d", resigned(root / "saved_model"), "saved_model", "saved_model re-signed")
        yield from _by_worker(root)


def _frozen(root: Path) -> Tool:
    return large_checkpoint(root / "checkpoint").frozen(root / "frozen.pb")


def _by_rewrite(data: Path, tool: Tool, target: str, what: str) -> Row:
    _push(data, tool)
    before = _stored_bytes(data)
    with tfreg_server(data) as server, Client(server.target) as client:
        registry = _Registry(client)
        options = ConversionOptions(
            outputs=tuple(NamedTensor(name) for name in tool.outputs),
            renamed=(Renamed("", tool.tensor),),
            new_signature="bench" if target == "saved_model" else "",
        )
        measured = pairs(tool.convert, lambda: registry.convert(_MODEL, target, options), rounds=3)
        peak_mb = peak_rss_mb(server.pid)
    new_share = (_stored_bytes(data) - before) / registry.count / tool.weights_bytes
    ratio = median_ratio(measured)
    return Row(
        f"250 MB {what}, stored artifact to stored artifact",
        "TensorFlow, files to file, whole process",
        f"{ratio:.0f} times faster, {new_share:.2%} new bytes, {peak_mb:.0f} MB",
        f">= 20 times, <= 1 %, < {_MAX_RSS_MB} MB",
        ratio >= 20 and new_share <= 0.01 and peak_mb < _MAX_RSS_MB,
        f"{statistics.median(b for _, b in measured):.2f} s against {statistics.median(a for a, _ in measured):.2f} s",
    )


def _push(data: Path, tool: Tool) -> None:
    """Pushes by a server of its own, so that the memory of the other one is what it converts with."""
    with tfreg_server(data) as server, Client(server.target) as client:
        client.push(tool.model, _MODEL)


def _by_worker(root: Path) -> list[Row]:
    tool = small_saved_model(root / "small")
    with tfreg_server(root / "e") as server, Client(server.target) as client:
        client.push(tool.model, "bench/small")
        return [_tflite(client, tool), _second_request(client)]


def _tflite(client: Client, tool: Tool) -> Row:
    def convert(number: int) -> float:
        select = ConversionOptions(quantize=("", "float16", "dynamic_range")[number % 3], select_tf_ops=number > 2)
        return seconds(lambda: client.convert("bench/small", "tflite", options=select, check=CheckMode.NONE))

    client.convert("bench/small", "frozen_graph", check=CheckMode.NONE)
    measured: list[tuple[float, float]] = []
    for number in range(ROUNDS):
        ours = convert(number)
        measured.append((ours, tool.convert_with(("", "float16", "dynamic_range")[number % 3], select_tf_ops=number > 2)))
    ratio = median_ratio(measured[1:])
    return Row(
        "saved_model -> tflite (MobileNetV2), warm worker, stored artifact to stored artifact",
        "bare TFLiteConverter without its import",
        f"{ratio:.2f}",
        "<= 1.3",
        ratio <= 1.3,
        f"{statistics.median(a for a, _ in measured[1:]):.2f} s against {statistics.median(b for _, b in measured[1:]):.2f} s",
    )


def _second_request(client: Client) -> Row:
    def many(call: Callable[[], object]) -> float:
        return seconds(lambda: [call() for _ in range(_REQUESTS)]) / _REQUESTS

    measured = pairs(
        lambda: many(lambda: client.convert("bench/small", "frozen_graph", check=CheckMode.NONE)),
        lambda: many(lambda: client.resolve("bench/small")),
    )
    ratio = median_ratio(measured)
    return Row(
        "second request for the same conversion",
        "resolve",
        f"{ratio:.2f}",
        "<= 2",
        ratio <= 2,
        f"{statistics.median(a for a, _ in measured) * 1000:.2f} ms against "
        f"{statistics.median(b for _, b in measured) * 1000:.2f} ms",
    )
