"""The folders of the cache."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tfreg.core.digests import Digest, hex_of

LAYOUT_VERSION = "v1"


def cache_root(told: str | os.PathLike[str] | None, environment: Mapping[str, str] = os.environ) -> Path:
    """Returns the cache's folder: what the program was told, else TFREG_CACHE, XDG_CACHE_HOME/tfreg, ~/.cache/tfreg."""
    if told is not None and os.fspath(told):
        return Path(told)
    if environment.get("TFREG_CACHE"):
        return Path(environment["TFREG_CACHE"])
    if environment.get("XDG_CACHE_HOME"):
        return Path(environment["XDG_CACHE_HOME"]) / "tfreg"
    return Path.home() / ".cache" / "tfreg"


class Cache:
    """Names of what lies in the cache.

    Args:
        root: The cache's folder.
    """

    def __init__(self, root: Path) -> None:
        self._base = root.absolute() / LAYOUT_VERSION

    @property
    def artifacts(self) -> Path:
        """Folder of the complete artifacts."""
        return self._base / "artifacts"

    @property
    def incoming_root(self) -> Path:
        """Folder of those that are being pulled."""
        return self._base / "incoming"

    def artifact(self, digest: Digest) -> Path:
        """A complete artifact, if it exists."""
        return self.artifacts / hex_of(digest)

    def incoming(self, digest: Digest) -> Path:
        """An artifact that is being pulled."""
        return self.incoming_root / hex_of(digest)

    def lock(self, digest: Digest) -> Path:
        """What a pull of the artifact locks."""
        return self._base / "locks" / hex_of(digest)

    def attachment(self, digest: Digest, name: str) -> Path:
        """A complete attachment, if it exists."""
        return self._base / "attachments" / hex_of(digest) / name

    def make_folders(self) -> None:
        """Makes the folders."""
        for folder in (self.artifacts, self.incoming_root, self._base / "locks", self._base / "attachments"):
            folder.mkdir(parents=True, exist_ok=True)
