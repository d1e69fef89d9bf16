"""Copies out of the cache to where the user wants them: whole or not at all, over nothing."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tfreg.client.progress import Meter
from tfreg.client.pull.beneath import copy_range, open_beneath
from tfreg.client.pull.checking import file_digest
from tfreg.client.scope import Scope
from tfreg.core.errors import DestinationExistsError, PathInvalidError
from tfreg.core.manifests import ManifestFile
from tfreg.core.records import ArtifactRecord, AttachmentRecord

_STEP_BYTES = 64 * 1024 * 1024


def is_one_file(artifact: ArtifactRecord) -> bool:
    """True if the artifact is handed out as a file rather than a folder."""
    return len(artifact.manifest.files) == 1 and artifact.format != "saved_model"


class Destination:
    """Where a pull shall go.

    Args:
        told: As the user wrote it. One that ends in `/` is a folder, even for an artifact that is one file.
        scope: What gives the pull up.
        meter: Counts copied bytes.
    """

    def __init__(self, told: str | os.PathLike[str], scope: Scope, meter: Meter) -> None:
        text = os.fspath(told)
        self._path = Path(text).absolute()
        self._is_folder = text.endswith(("/", os.sep)) or self._path.is_dir()
        self._scope = scope
        self._meter = meter

    def check_free(self, artifact: ArtifactRecord, attachments: Sequence[AttachmentRecord] = ()) -> None:
        """Raises DestinationExistsError early, before anything is pulled or placed, if the destination can only be in the way."""
        for attachment in attachments:
            target = self._attachment(attachment.role, attachment.file)
            if os.path.lexists(target) and not _holds(target, attachment.file):
                raise _exists(target)
        if not os.path.lexists(self._path) or _is_empty_folder(self._path):
            return
        files = artifact.manifest.files
        if is_one_file(artifact) and not self._is_folder:
            holds = _has_size(self._path, files[0])
        else:
            holds = _found_below(self._path) == {file.path for file in files} and all(
                _has_size(self._path / file.path, file) for file in files
            )
        if not holds:
            raise _exists(self._path)

    def place(self, artifact: ArtifactRecord, tree: Path) -> Path:
        """Copies an artifact, and returns what a loader is given.

        Raises:
            DestinationExistsError: Something else is there.
        """
        files = artifact.manifest.files
        if is_one_file(artifact):
            if not self._is_folder:
                self._place_file(tree, files[0], self._path)
                return self._path
            self._place_folder(tree, files)
            return self._path / files[0].path
        self._place_folder(tree, files)
        return self._path

    def place_attachment(self, role: str, folder: Path, file: ManifestFile) -> Path:
        """Copies an attachment beside the artifact, and returns its path.

        Raises:
            DestinationExistsError: Another file is there.
        """
        target = self._attachment(role, file)
        self._place_file(folder, file, target)
        return target

    def _attachment(self, role: str, file: ManifestFile) -> Path:
        return self._path.with_name(self._path.name + ".attachments") / role / file.path

    def _place_file(self, folder: Path, file: ManifestFile, target: Path) -> None:
        if os.path.lexists(target):
            if not _holds(target, file):
                raise _exists(target)
            return
        with _draft(target) as draft:
            self._copy(folder, file, draft)
            _publish_file(draft, target)

    def _place_folder(self, tree: Path, files: Sequence[ManifestFile]) -> None:
        if os.path.lexists(self._path) and not _is_empty_folder(self._path):
            if _found_below(self._path) == {file.path for file in files} and all(
                _holds(self._path / file.path, file) for file in files
            ):
                return
            raise _exists(self._path)
        with _draft(self._path) as draft:
            for file in files:
                target = draft / file.path
                target.parent.mkdir(parents=True, exist_ok=True)
                self._copy(tree, file, target)
            try:
                draft.rename(self._path)  # over an empty folder too, but over nothing else
            except (FileExistsError, NotADirectoryError, OSError) as error:
                if os.path.lexists(self._path):
                    raise _exists(self._path) from error
                raise

    def _copy(self, folder: Path, file: ManifestFile, target: Path) -> None:
        with (
            open_beneath(folder, file.path, os.O_RDONLY) as source,
            open(target, "xb") as copy,
        ):
            for offset in range(0, file.size_bytes, _STEP_BYTES):
                self._scope.check()
                length = min(_STEP_BYTES, file.size_bytes - offset)
                copy_range(source, copy.fileno(), length, offset, offset)
                self._meter.add(done_bytes=length)


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """Yields a new name beside the target, and deletes what still has it at the end."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name[:200]}.tfreg-{secrets.token_hex(6)}")
    try:
        yield draft
    finally:
        if draft.is_dir():
            shutil.rmtree(draft, ignore_errors=True)
        else:
            draft.unlink(missing_ok=True)


def _publish_file(draft: Path, target: Path) -> None:
    """Gives a file its name unless something has it; renaming would replace that."""
    try:
        os.link(draft, target)
    except FileExistsError:
        raise _exists(target) from None
    except OSError:  # a file system without hard links
        draft.rename(target)


def _holds(path: Path, file: ManifestFile) -> bool:
    if not _has_size(path, file):
        return False
    with suppress(OSError, PathInvalidError), open_beneath(path.parent, path.name, os.O_RDONLY) as descriptor:
        return file_digest(descriptor) == file.digest
    return False


def _has_size(path: Path, file: ManifestFile) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size == file.size_bytes


def _found_below(folder: Path) -> set[str]:
    """Paths of everything below a folder that is no folder; nothing for what is not a folder."""
    if folder.is_symlink() or not folder.is_dir():
        return set()
    return {
        os.path.relpath(os.path.join(root, name), folder).replace(os.sep, "/")
        for root, folders, names in os.walk(folder)
        for name in (*names, *(inner for inner in folders if os.path.islink(os.path.join(root, inner))))
    }


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and not any(path.iterdir())


def _exists(path: Path) -> DestinationExistsError:
    return DestinationExistsError(
        f"Something else is at '{path}' already.", hint="Choose another destination, or remove it first.", path=str(path)
    )
