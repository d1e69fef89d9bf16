"""Blobs as files below one folder.

    <data>/
      blobs/sha256/ab/<64 hex>          a blob, mode 0444; `ab` are the first two of the 64 hex digits
      incoming/<lease>/<hex>.<r>.part   a blob whose bytes are still coming
      incoming/<lease>/<hex>            a blob that came whole and was checked, but is not promised to anyone yet
      incoming/<lease>/<hex>.<r>.seal   the same file under a name that one `seal` has for itself

`seal` syncs the content, renames it to its final name, and syncs the folders, in this order: so a file under a final name is whole
even after a power cut, and when `seal` returns it stays there. Each name is opened below its parent's descriptor; no symbolic link is
followed.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress

from tfreg.core.digests import Digest, from_hex, hex_of, parse_digest
from tfreg.core.errors import (
    BlobDamagedError,
    BlobMissingError,
    BlobNotFoundError,
    DataFolderInvalidError,
    LeaseNotFoundError,
)
from tfreg.core.records import BlobRef
from tfreg.store.blobs.folders import folder, open_file, open_folder, unlocked
from tfreg.store.blobs.full_disk import check_room, full_disk_told
from tfreg.store.blobs.local_reader import LocalBlobReader
from tfreg.store.blobs.local_sealing import own_names, publish, unlink
from tfreg.store.blobs.local_writer import LocalBlobWriter
from tfreg.store.blobs.syncing import sync_files, sync_folders

_LEASE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HEX = re.compile(r"[0-9a-f]{64}")
_ROUNDS = 100
"""So often a writer may find its lease's folder taken away between making and using it; by seals alone that never happens."""


class LocalBlobStore:
    """Keeps blobs as files; see the module. Any number of processes may share the folder.

    Args:
        data_folder: An existing folder. It may be reached through links; nothing below it may.
    """

    def __init__(self, data_folder: str | os.PathLike[str]) -> None:
        self._blobs_fd = self._incoming_fd = -1
        self._durable_shards: set[str] = set()
        root_fd = os.open(data_folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with full_disk_told(root_fd, 0), folder("blobs", root_fd, make=True) as blobs_fd:
                self._blobs_fd = open_folder("sha256", blobs_fd, make=True)
                self._incoming_fd = open_folder("incoming", root_fd, make=True)
                sync_folders((blobs_fd, root_fd))
        except BaseException:
            self.close()
            raise
        finally:
            os.close(root_fd)

    def writer(self, lease_id: str, blob: BlobRef) -> LocalBlobWriter:
        """Opens a place for a blob; see `tfreg.app.ports.BlobStore`."""
        lease, _ = _checked_lease(lease_id), parse_digest(blob.digest)
        self.check_room(blob.size_bytes)
        for _ in range(_ROUNDS):
            # A seal that takes the emptied folder of the lease away at this moment makes it go round once more.
            with suppress(FileNotFoundError), full_disk_told(self._incoming_fd, blob.size_bytes):
                return self._writer(lease, blob)
        raise DataFolderInvalidError(
            "The folder 'incoming' of the data folder was removed while it was in use.", hint="Start the server again."
        )

    def seal(self, lease_id: str, digests: Sequence[Digest]) -> None:
        """Makes finished blobs durable and visible; see `tfreg.app.ports.BlobStore`."""
        names = [hex_of(parse_digest(digest)) for digest in dict.fromkeys(digests)]
        with ExitStack() as opened, full_disk_told(self._blobs_fd, 0):
            finished: Mapping[str, str] = {}
            with suppress(FileNotFoundError):
                lease_fd = opened.enter_context(folder(_checked_lease(lease_id), self._incoming_fd))
                finished = opened.enter_context(own_names(lease_fd, names))
            self._check_present(names, finished)
            shards = {shard: opened.enter_context(self._shard(shard, make=True)) for shard in {name[:2] for name in names}}
            if finished:
                self._publish(lease_fd, finished, shards)
            self._sync_shards(shards)
        with suppress(OSError):  # not empty: other blobs are coming
            os.rmdir(lease_id, dir_fd=self._incoming_fd)

    def discard(self, lease_id: str) -> int:
        """Throws away what was not sealed; see `tfreg.app.ports.BlobStore`."""
        size_bytes = 0
        if not _LEASE.fullmatch(lease_id):
            return size_bytes
        with suppress(FileNotFoundError), folder(lease_id, self._incoming_fd) as lease_fd:
            for name in os.listdir(lease_fd):
                size_bytes += unlink(name, lease_fd)
            os.rmdir(lease_id, dir_fd=self._incoming_fd)
        return size_bytes

    def open(self, digest: Digest) -> LocalBlobReader:
        """Opens a blob for reading; see `tfreg.app.ports.BlobStore`.

        Raises:
            BlobNotFoundError: There is none.
            BlobDamagedError: Something that is not a plain file lies in its place.
        """
        name = hex_of(parse_digest(digest))
        try:
            with self._shard(name[:2]) as shard_fd:
                fd = open_file(name, shard_fd)
        except FileNotFoundError:
            raise BlobNotFoundError(f"There is no blob {digest}.", digest=digest) from None
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.ENXIO):  # a link, a socket
                raise
            raise _not_a_file(digest) from error
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise _not_a_file(digest)
        return LocalBlobReader(fd)

    def size_bytes(self, digest: Digest) -> int | None:
        """Size of a blob; None if there is none."""
        return self._size_bytes(hex_of(parse_digest(digest)))

    def delete(self, digests: Sequence[Digest]) -> None:
        """Takes blobs away, unless a backup runs. What stays then, or what a power cut brings back, has no row and so does not exist."""
        with unlocked(self._blobs_fd) as deletable:
            for name in map(hex_of, map(parse_digest, digests if deletable else ())):
                with suppress(FileNotFoundError), self._shard(name[:2]) as shard_fd:
                    os.unlink(name, dir_fd=shard_fd)

    def digests(self) -> Iterator[Digest]:
        """All blobs, sorted."""
        for shard in sorted(os.listdir(self._blobs_fd)):
            with self._shard(shard) as shard_fd:
                names = sorted(os.listdir(shard_fd))
            yield from (from_hex(name) for name in names if _HEX.fullmatch(name) and name.startswith(shard))

    def check_room(self, size_bytes: int) -> None:
        """Raises StorageFullError if so many bytes more cannot be kept."""
        check_room(self._incoming_fd, size_bytes)

    def close(self) -> None:
        """Gives up descriptors; open readers and writers go on."""
        for fd in (self._blobs_fd, self._incoming_fd):
            if fd >= 0:
                os.close(fd)
        self._blobs_fd = self._incoming_fd = -1

    def _writer(self, lease: str, blob: BlobRef) -> LocalBlobWriter:
        lease_fd = open_folder(lease, self._incoming_fd, make=True)
        try:
            return LocalBlobWriter(lease_fd, lease, blob)
        except BaseException:
            os.close(lease_fd)
            raise

    def _shard(self, shard: str, *, make: bool = False) -> AbstractContextManager[int]:
        return folder(shard, self._blobs_fd, make=make)

    def _size_bytes(self, name: str) -> int | None:
        try:
            with self._shard(name[:2]) as shard_fd:
                found = os.stat(name, dir_fd=shard_fd, follow_symlinks=False)
        except FileNotFoundError:
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def _check_present(self, names: Iterable[str], finished: Collection[str]) -> None:
        missing = [from_hex(name) for name in names if name not in finished and self._size_bytes(name) is None]
        if missing:
            raise BlobMissingError(
                f"{len(missing)} blobs were not sent whole, the first of them {missing[0]}.",
                hint="Send them again.",
                missing=", ".join(missing[:100]),
                count=str(len(missing)),
            )

    def _publish(self, lease_fd: int, finished: Mapping[str, str], shards: Mapping[str, int]) -> None:
        try:
            sync_files(lease_fd, sorted(finished.values()))
            publish(lease_fd, finished, shards)
        except FileNotFoundError:  # the lease was discarded meanwhile
            self._check_present(finished, ())

    def _sync_shards(self, shards: dict[str, int]) -> None:
        """Syncs the folders, and their own names where this process has not seen to that yet."""
        new = shards.keys() - self._durable_shards
        sync_folders([*shards.values(), self._blobs_fd] if new else list(shards.values()))
        self._durable_shards.update(new)


def _checked_lease(lease_id: str) -> str:
    """Returns a lease that is safe as a folder's name: it comes from afar."""
    if _LEASE.fullmatch(lease_id):
        return lease_id
    raise LeaseNotFoundError(f"There is no lease {lease_id[:64]!r}.", hint="Push again.", lease_id=lease_id[:64])


def _not_a_file(digest: Digest) -> BlobDamagedError:
    return BlobDamagedError(
        f"What lies in the place of blob {digest} is not a plain file.",
        hint="Find out who put it there, remove it, and push the artifact again.",
        digest=digest,
    )
