"""Manifests: which files an artifact consists of, and the digest that names it.

The digest is the SHA-256 of the lines `<hex> SP <size> SP <path> LF`, sorted by the path's UTF-8 bytes, so that any language does it
in ten lines and neither cutting nor storing changes it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from tfreg.core.digests import Digest, digest_of, hex_of
from tfreg.core.errors import ManifestInvalidError, PathInvalidError

MAX_PATH_BYTES = 1024
MAX_SEGMENT_BYTES = 255  # what ext4, APFS and NTFS take
MAX_FILES = 20_000  # their paths, digests and layouts fit into one message
MAX_FILE_SIZE_BYTES = 2**53 - 1
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """A file of an artifact: its path, its size and the SHA-256 of its content."""

    path: str
    size_bytes: int
    digest: Digest


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of an artifact, sorted by the path's UTF-8 bytes. Make it by `manifest_of`."""

    files: tuple[ManifestFile, ...]

    @property
    def size_bytes(self) -> int:
        """Sum of the files' sizes."""
        return sum(file.size_bytes for file in self.files)

    def text(self) -> str:
        """The lines whose SHA-256 is the artifact's digest."""
        return "".join(f"{hex_of(file.digest)} {file.size_bytes} {file.path}\n" for file in self.files)

    def digest(self) -> Digest:
        """The artifact's digest."""
        return digest_of(self.text().encode())


def manifest_of(files: Iterable[ManifestFile]) -> Manifest:
    """Sorts and checks files.

    Raises:
        PathInvalidError: A path is unsafe.
        ManifestInvalidError: There are no files, too many, or two whose paths collide on some file system.
    """
    ordered = tuple(sorted(files, key=lambda file: file.path.encode("utf-8", "surrogatepass")))
    if not 1 <= len(ordered) <= MAX_FILES:
        raise ManifestInvalidError(f"An artifact has 1 to {MAX_FILES} files, not {len(ordered)}.", files=str(len(ordered)))
    for file in ordered:
        check_path(file.path)
        if not 0 <= file.size_bytes <= MAX_FILE_SIZE_BYTES:
            raise ManifestInvalidError(f"{file.path!r} cannot have {file.size_bytes} bytes.", path=file.path)
    _check_collisions([file.path for file in ordered])
    return Manifest(ordered)


def check_path(path: str) -> str:
    """Returns `path` if it is safe within an artifact on every file system.

    Raises:
        PathInvalidError: It is absolute, has `.`, `..` or empty segments, a backslash, control characters, or is too long.
    """
    fault = _path_fault(path)
    if fault:
        shown = path[:200].encode("unicode_escape").decode()
        raise PathInvalidError(f"The path '{shown}' {fault}.", hint="Paths are relative, with / between plain names.", path=shown)
    return path


def _path_fault(path: str) -> str:
    try:
        encoded = path.encode()
    except UnicodeEncodeError:
        return "is not valid Unicode"
    segments = path.split("/")
    faults = (
        (len(encoded) > MAX_PATH_BYTES, f"is longer than {MAX_PATH_BYTES} bytes"),
        (path.startswith("/") or re.match(r"[A-Za-z]:", path), "is absolute"),
        (any(segment in ("", ".", "..") for segment in segments), "has an empty, '.' or '..' segment"),
        ("\\" in path, "has a backslash"),
        (_CONTROL.search(path), "has control characters"),
        (
            any(len(segment.encode()) > MAX_SEGMENT_BYTES for segment in segments),
            f"has a name over {MAX_SEGMENT_BYTES} bytes",
        ),
    )
    return next((text for wrong, text in faults if wrong), "")


def _check_collisions(paths: list[str]) -> None:
    """Refuses paths that are one on a file system that folds case or normalises, or that are a file and a folder at once."""
    folded: dict[str, str] = {}
    for known, path in enumerate(paths):
        other = folded.setdefault(_fold(path), path)
        if len(folded) == known:
            raise ManifestInvalidError(
                f"The paths {other!r} and {path!r} are the same on some file systems.", hint="Rename one.", path=path
            )
    for path in paths:
        parts = _fold(path).split("/")
        for depth in range(1, len(parts)):
            other = folded.get("/".join(parts[:depth]), "")
            if other:
                raise ManifestInvalidError(f"{other!r} is both a file and the folder of {path!r}.", hint="Rename one.", path=path)


def _fold(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
