"""The local files of a push, and whether they are still what they were."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tfreg.core.digests import Digest
from tfreg.core.errors import AttachmentInvalidError, SourceChangedError
from tfreg.core.layouts import BlobExtent, FileLayout, Span
from tfreg.core.manifests import ManifestFile
from tfreg.core.trees import LocalTree


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A local file to push.

    Attributes:
        tree: The tree that it belongs to.
        path: Its path there.
        size_bytes: Its size when the push began.
        role: Its role if it is an attachment; empty for a file of the artifact.
        tensors: Where its tensors are, as far as the format knows.
    """

    tree: LocalTree
    path: str
    size_bytes: int
    role: str
    tensors: Sequence[Span]
    _local: Path
    _state: tuple[int, int, int] | None

    def check_unchanged(self) -> None:
        """Raises SourceChangedError if the file was written to since the push began."""
        if _state_of(self._local) != self._state:
            raise changed(str(self._local))


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of bytes of a source that is a blob."""

    source: Source
    digest: Digest
    offset_bytes: int
    length_bytes: int


@dataclass(frozen=True, slots=True)
class HashedFile:
    """A source that was read to its end."""

    source: Source
    file: ManifestFile
    layout: FileLayout


def source_of(tree: LocalTree, path: str, size_bytes: int, tensors: Sequence[Span] = (), role: str = "") -> Source:
    """Notes the state of a file of a tree.

    Raises:
        SourceChangedError: It is gone, or has another size already.
    """
    root = Path(tree.name)
    local = root / path if root.is_dir() else root
    state = _state_of(local)
    if state is None or state[0] != size_bytes:
        raise changed(str(local))
    return Source(tree, path, size_bytes, role, tensors, local, state)


def attachment_sources(attachments: Iterable[tuple[str, str | os.PathLike[str]]]) -> list[Source]:
    """Notes the state of files to attach.

    Raises:
        AttachmentInvalidError: One is a folder.
        PathNotFoundError: One is not there.
    """
    found: list[Source] = []
    for role, path in attachments:
        tree = LocalTree(path)
        if Path(path).is_dir():
            raise AttachmentInvalidError(f"The attachment '{path}' is a folder.", hint="Attach single files.", path=str(path))
        (file,) = tree.files()
        found.append(source_of(tree, file.path, file.size_bytes, role=role))
    return found


def hashed(source: Source, pieces: Sequence[Piece], digest: Digest) -> HashedFile:
    """Returns what is now known of a source."""
    extents = tuple(BlobExtent(piece.digest, 0, piece.length_bytes) for piece in pieces)
    return HashedFile(source, ManifestFile(source.path, source.size_bytes, digest), FileLayout(source.path, extents))


def changed(path: str) -> SourceChangedError:
    """Returns the error for a file that was written to during the push."""
    return SourceChangedError(
        f"'{path}' changed while it was pushed.", hint="Push again once nobody writes to it any more.", path=path
    )


def _state_of(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino
