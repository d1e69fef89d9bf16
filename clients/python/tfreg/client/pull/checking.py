"""The files' digests, computed while the files are still being filled."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Collection, Sequence

from tfreg.client.pull.beneath import open_beneath
from tfreg.client.pull.incoming import Incoming
from tfreg.client.pull.journal import Place
from tfreg.client.scope import Scope
from tfreg.core.digests import Digest, from_hex

CHUNK_BYTES = 2 * 1024 * 1024


class Checker:
    """Hashes files in order, each as far as it is filled, in whatever thread calls `run`.

    It reads what lies on the disk (from the page cache, when it was written just now), not what came by the wire: so it holds for
    all bytes, whether they were received, copied, or left by an earlier pull.
    """

    def __init__(self, incoming: Incoming, files: Sequence[int], scope: Scope) -> None:
        self._incoming = incoming
        self._files = files
        self._scope = scope
        self._changed = threading.Condition()
        self._written: dict[int, set[int]] = {file: set() for file in files}

    def written(self, places: Collection[Place]) -> None:
        """Takes note that the bytes of extents are at their places."""
        with self._changed:
            for file, extent in places:
                if file in self._written:
                    self._written[file].add(extent)
            self._changed.notify_all()

    def run(self) -> list[int]:
        """Returns the files that are not what the manifest says.

        Raises:
            CancelledError: The operation was given up before all were filled.
        """
        return [file for file in self._files if self._digest(file) != self._incoming.artifact.manifest.files[file].digest]

    def _digest(self, file: int) -> Digest:
        sha256 = hashlib.sha256()
        layout = self._incoming.artifact.layouts[file]
        with open_beneath(self._incoming.tree, layout.path, os.O_RDONLY) as descriptor:
            filled = position = 0
            for index, extent in enumerate(layout.extents):
                self._await(file, index)
                filled += extent.length_bytes
                # Small extents are read together, once a chunk of them is there.
                while filled - position >= CHUNK_BYTES or (index == len(layout.extents) - 1 and filled > position):
                    chunk = os.pread(descriptor, min(CHUNK_BYTES, filled - position), position)
                    if not chunk:
                        return from_hex("0" * 64)  # shorter than it was made: it cannot be right
                    sha256.update(chunk)
                    position += len(chunk)
        return from_hex(sha256.hexdigest())

    def _await(self, file: int, extent: int) -> None:
        with self._changed:
            while extent not in self._written[file]:
                self._scope.check()
                self._changed.wait(0.2)


def file_digest(descriptor: int) -> Digest:
    """Returns the digest of an open file."""
    sha256 = hashlib.sha256()
    position = 0
    while chunk := os.pread(descriptor, CHUNK_BYTES, position):
        sha256.update(chunk)
        position += len(chunk)
    return from_hex(sha256.hexdigest())
