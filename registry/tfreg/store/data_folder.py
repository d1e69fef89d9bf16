"""The data folder of a registry: one folder holds all that it keeps.

    <data>/             mode 0700
      tfreg.db          the catalog, beside it tfreg.db-wal and tfreg.db-shm while it is in use
      blobs/sha256/..   blobs, see blobs/local.py
      incoming/..       what is being pushed
      work/..           what TensorFlow's workers of a server read and write; empty but while they work

Any number of processes of one machine may have it open at the same time. docs/storage-layout.md says what is durable when.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tfreg.app.ports import BlobStore, Catalog
from tfreg.core.errors import DataFolderInvalidError
from tfreg.store.blobs.full_disk import full_disk_told

CATALOG_FILE = "tfreg.db"
WORK_FOLDER = "work"
_OWN_NAMES = frozenset({"blobs", "incoming", WORK_FOLDER, f"{CATALOG_FILE}-wal", f"{CATALOG_FILE}-shm"})
_OF_THE_DISK = "lost+found"  # lies in the root of an ext4 file system

_UNUSABLE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ELOOP, errno.ENAMETOOLONG})


def open_data_folder(path: str | os.PathLike[str]) -> tuple[BlobStore, Catalog]:
    """Opens a data folder, making what is not there yet.

    Raises:
        DataFolderInvalidError: It cannot be made or written, a newer tfreg wrote it, it holds what is not tfreg's, or blobs without
            their catalog.
        StorageFullError: The disk is full.
    """
    from tfreg.store.blobs.local import LocalBlobStore
    from tfreg.store.catalog.sqlite.catalog import SqliteCatalog, make_catalog

    data = Path(path).absolute()
    catalog_path = str(data / CATALOG_FILE)
    with _unusable_told(data):
        _make_folder(data)
        with _prepared_by_one(data) as data_fd:
            if CATALOG_FILE not in os.listdir(data_fd):
                _check_new(data, os.listdir(data_fd))
            _check_catalog_file(data_fd)
            make_catalog(catalog_path)
            with full_disk_told(data_fd, 0):
                return LocalBlobStore(data), SqliteCatalog(catalog_path)


def _make_folder(data: Path) -> None:
    """Makes the folder, and the ones above it, such that a power cut does not take it."""
    if data.is_dir():
        return
    data.parent.mkdir(parents=True, exist_ok=True)
    data.mkdir(mode=0o700, exist_ok=True)
    parent_fd = os.open(data.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(parent_fd)
    finally:
        os.close(parent_fd)


@contextmanager
def _prepared_by_one(data: Path) -> Iterator[int]:
    """Lets one process at a time make what is missing: two that turn a new catalog to WAL mode at once would fail."""
    import fcntl

    data_fd = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if not os.access(data, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
            number = errno.EROFS if os.fstatvfs(data_fd).f_flag & os.ST_RDONLY else errno.EACCES
            raise OSError(number, os.strerror(number))
        fcntl.flock(data_fd, fcntl.LOCK_EX)
        yield data_fd
    finally:
        os.close(data_fd)


def _check_new(data: Path, names: Iterable[str]) -> None:
    """Refuses a folder without a catalog where something lies that a new catalog would not know of."""
    foreign = sorted(name for name in names if name not in _OWN_NAMES and name != _OF_THE_DISK and not name.startswith("."))
    if foreign:
        raise DataFolderInvalidError(
            f"{data} is not empty and is no registry: '{foreign[0]}' lies in it.",
            hint="Name a folder of its own by --data or TFREG_DATA; it is made if it is not there.",
            path=str(data),
        )
    if any((data / "blobs" / "sha256").glob("*/*")):
        raise DataFolderInvalidError(
            f"{data} holds blobs, but {CATALOG_FILE}, which knows what they are, is gone.",
            hint=f"Restore {CATALOG_FILE} from a backup, or remove blobs/ to start anew.",
            path=str(data),
        )


def _check_catalog_file(data_fd: int) -> None:
    """Makes the catalog's file private, and refuses a link in its place, which SQLite would follow.

    A file that is there is not opened: closing it again would drop the locks that SQLite holds on it for the whole process.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        os.close(os.open(CATALOG_FILE, flags, 0o600, dir_fd=data_fd))
    except FileExistsError:
        if not stat.S_ISREG(os.stat(CATALOG_FILE, dir_fd=data_fd, follow_symlinks=False).st_mode):
            raise OSError(errno.ELOOP, f"{CATALOG_FILE} in it is not a plain file") from None


@contextmanager
def _unusable_told(data: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _UNUSABLE:
            raise
        reason = "it is not a folder" if error.errno == errno.EEXIST else error.strerror
        where = "Name a folder that you may write, by --data or TFREG_DATA."
        raise DataFolderInvalidError(
            f"{data} cannot be used as a data folder: {reason}.",
            hint=f"Reading needs to write too. {where}" if error.errno == errno.EROFS else where,
            path=str(data),
        ) from error
