"""Hashes files on the disk again."""

from __future__ import annotations

from pathlib import Path

from tfreg.core.digests import from_hex
from tfreg.core.errors import FileDamagedError
from tfreg.core.manifests import Manifest


def check_files(root: Path, manifest: Manifest) -> None:
    """Compares every file below `root` with its digest. `root` may be the file itself if there is only one.

    Raises:
        FileDamagedError: A file is gone or differs.
    """
    from hashlib import file_digest

    for file in manifest.files:
        path = root if root.is_file() else root / file.path
        try:
            with path.open("rb") as content:
                digest = from_hex(file_digest(content, "sha256").hexdigest())
        except OSError as error:
            raise _damaged(path, f"cannot be read: {error.strerror}") from None
        if digest != file.digest:
            raise _damaged(path, f"has the digest {digest}, not {file.digest}")


def _damaged(path: Path, fault: str) -> FileDamagedError:
    return FileDamagedError(f"'{path}' {fault}.", hint="Delete what was pulled and pull again.", path=str(path))
