"""Bytes of blobs that the disk has already, in artifacts of the cache."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from tfreg.client.pull.beneath import copy_range, open_beneath
from tfreg.client.pull.layout_json import read_layout
from tfreg.core.digests import Digest
from tfreg.core.errors import PathInvalidError
from tfreg.core.layouts import BlobExtent
from tfreg.core.records import ArtifactRecord

ARTIFACTS_LOOKED_AT = 64  # versions that share blobs are mostly near each other in time


@dataclass(frozen=True, slots=True)
class _Holding:
    """An extent of a file on the disk."""

    tree: Path
    path: str
    place_bytes: int
    extent: BlobExtent


class KnownBytes:
    """Where the newest artifacts of the cache hold some blobs.

    Args:
        artifacts: The cache's folder of complete artifacts.
        blobs: The blobs that are looked for.
    """

    def __init__(self, artifacts: Path, blobs: Collection[Digest]) -> None:
        self._holdings: dict[Digest, list[_Holding]] = {}
        wanted = set(blobs)
        for folder in _newest(artifacts):
            if wanted <= self._holdings.keys():
                return
            artifact = read_layout(folder)
            if artifact is not None:
                self._note(folder / "tree", artifact, wanted)

    def copy(self, wanted: BlobExtent, target: int, offset_bytes: int) -> bool:
        """Copies wanted bytes to a place of an open file. False if no artifact has them all."""
        for holding in self._holdings.get(wanted.blob, ()):
            skipped = wanted.offset_bytes - holding.extent.offset_bytes
            if skipped < 0 or skipped + wanted.length_bytes > holding.extent.length_bytes:
                continue
            try:
                with open_beneath(holding.tree, holding.path, os.O_RDONLY) as source:
                    start = holding.place_bytes + skipped
                    if copy_range(source, target, wanted.length_bytes, start, offset_bytes) == wanted.length_bytes:
                        return True
            except (FileNotFoundError, PermissionError, PathInvalidError):
                continue  # somebody deleted it; another artifact or the server has the bytes too
        return False

    def _note(self, tree: Path, artifact: ArtifactRecord, blobs: Collection[Digest]) -> None:
        for layout in artifact.layouts:
            place_bytes = 0
            for extent in layout.extents:
                if isinstance(extent, BlobExtent) and extent.blob in blobs:
                    holding = _Holding(tree, layout.path, place_bytes, extent)
                    self._holdings.setdefault(extent.blob, []).append(holding)
                place_bytes += extent.length_bytes


def _newest(artifacts: Path) -> list[Path]:
    found: list[tuple[float, Path]] = []
    with os.scandir(artifacts) as entries:
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    found.append((entry.stat(follow_symlinks=False).st_mtime, Path(entry.path)))
            except FileNotFoundError:
                continue  # deleted meanwhile
    return [path for _, path in sorted(found, reverse=True)[:ARTIFACTS_LOOKED_AT]]
