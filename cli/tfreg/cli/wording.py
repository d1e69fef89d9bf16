"""How values are written for people: sizes, times, tensor names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from tfreg.core.names import Alias
from tfreg.core.tensors import Quantization, TensorRef, TensorSpec

_UNITS = ("kB", "MB", "GB", "TB")


def size_text(size_bytes: int) -> str:
    """Returns a size with a decimal unit, such as `14.2 MB`."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    amount = float(size_bytes)
    for unit in _UNITS:
        amount /= 1000
        if amount < 999.95 or unit == _UNITS[-1]:
            break
    return f"{amount:.1f} {unit}"


def time_text(time_ms: int) -> str:
    """Returns a time as `2026-11-21 15:00:45Z`."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def timestamp(time_ms: int) -> str:
    """Returns a time as RFC 3339 with milliseconds, for programs."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def count_text(count: int, noun: str) -> str:
    """Returns `1 node`, `2 nodes`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def ref_text(ref: TensorRef | None, *, java: bool) -> str:
    """Returns a tensor's name as TensorFlow writes it, or, for TensorFlow Java's `feed` and `fetch`, without `:0`."""
    if ref is None:
        return "-"
    return ref.operation if java and ref.index == 0 else str(ref)


def name_text(tensor: TensorSpec, *, java: bool) -> str:
    """Returns the name of a tensor; of a composite one, the names of its parts by their keys; of one of TFLite its index."""
    if tensor.ref is None and tensor.tensor_index is not None:
        return f"index {tensor.tensor_index}"
    if not tensor.components:
        return ref_text(tensor.ref, java=java)
    return " ".join(f"{part.key}={name_text(part, java=java)}" for part in tensor.components)


def quantization_text(quantization: Quantization | None) -> str:
    """Returns how integers stand for real numbers; empty if they do not."""
    if quantization is None:
        return ""
    if len(quantization.scales) != 1:
        return f"{len(quantization.scales)} scales along dimension {quantization.axis}"
    return f"scale {quantization.scales[0]:.6g}, zero point {quantization.zero_points[0] if quantization.zero_points else 0}"


def type_text(tensor: TensorSpec) -> str:
    """Returns dtype and, of a composite tensor, its encoding."""
    return " ".join(word for word in (tensor.encoding, tensor.dtype) if word) or "?"


def aliases_text(aliases: Mapping[Alias, int]) -> str:
    """Returns `canary=8, prod=7`."""
    return ", ".join(f"{alias}={aliases[alias]}" for alias in sorted(aliases)) or "-"


def labels_text(labels: Mapping[str, str]) -> str:
    """Returns `commit=ab12, step=900`."""
    return ", ".join(f"{key}={labels[key]}" for key in sorted(labels)) or "-"


def short_digest(digest: str) -> str:
    """Returns the start of a digest, enough to tell versions apart by eye; the dots say that no command takes it."""
    return digest[: len("sha256:") + 12] + "..."
