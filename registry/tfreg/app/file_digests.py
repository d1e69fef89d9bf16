"""Files' digests, checked against the manifest: a false one would poison all that is memoised by it.

Blobs are checked as they arrive, so a file that is one blob needs no more. The others are hashed while their blobs come in, by a
background thread that reads what has just been written (from the page cache), once any blob of the push is missing. The commit then
hashes only what is left; if the server was restarted meanwhile, or the file turned out otherwise than announced, it hashes the file
from the start.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict, deque
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

from tfreg.app.ports import BlobStore
from tfreg.app.stored_tree import read_extent
from tfreg.app.wanted import StillWanted, always, check_wanted
from tfreg.core.digests import Digest, from_hex
from tfreg.core.errors import DigestMismatchError, TfregError
from tfreg.core.layouts import BlobExtent, Extent, FileLayout
from tfreg.core.manifests import MAX_PATH_BYTES, ManifestFile
from tfreg.core.records import BlobRef

_CHUNK_BYTES = 1 << 20
_MAX_LEASES = 64
_MAX_FILES = 10_000
_MAX_BLOBS = 500_000
"""So many are remembered over all pushes: 8 TB in blobs of full size. Beyond it the push touched least recently is hashed at its commit."""


@dataclass(slots=True)
class _Progress:
    """How far a file has been hashed: the blobs behind the hash, and those announced that follow."""

    sha256: hashlib._Hash = field(default_factory=hashlib.sha256)
    hashed: list[BlobExtent] = field(default_factory=list)
    announced: deque[BlobRef] = field(default_factory=deque)
    running: Future[None] | None = None
    stopped: bool = False


@dataclass(slots=True)
class _Push:
    """What is known of the push that holds a lease. Until something is missing, it may be a push of what is here already."""

    sends: bool = False
    blob_count: int = 0  # all that were announced, those that are hashed by now included
    awaited: set[Digest] = field(default_factory=set)
    files: dict[str, _Progress] = field(default_factory=dict)


class FileDigests:
    """Hashes files of running pushes in the background, and says whether files are what manifests say."""

    def __init__(self, blobs: BlobStore, *, threads: int = 1) -> None:
        self._blobs = blobs
        self._lock = Lock()
        self._pushes: OrderedDict[str, _Push] = OrderedDict()
        self._blob_count = 0
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="file-digests")

    def announce(self, lease_id: str, path: str, blobs: Sequence[BlobRef], missing: Iterable[Digest]) -> None:
        """Takes note that a file goes on with blobs, of which some have not arrived. Without a path only of the latter."""
        with self._lock:
            push = self._push(lease_id)
            push.awaited.update(missing)
            push.sends = push.sends or bool(push.awaited)
            push.blob_count += len(blobs)
            self._blob_count += len(blobs)
            if 0 < len(path) <= MAX_PATH_BYTES and (path in push.files or len(push.files) < _MAX_FILES):
                push.files.setdefault(path, _Progress()).announced.extend(blobs)
            self._advance(push)
            self._drop_oldest()

    def arrived(self, lease_id: str, blobs: Iterable[BlobRef]) -> None:
        """Takes note that blobs are stored now."""
        with self._lock:
            push = self._pushes.get(lease_id)
            if push is None:
                return
            push.awaited.difference_update(blob.digest for blob in blobs)
            self._advance(push)

    def check(
        self,
        lease_id: str,
        file: ManifestFile,
        layout: FileLayout,
        known: Collection[tuple[Digest, tuple[Extent, ...]]],
        still_wanted: StillWanted = always,
    ) -> None:
        """Checks a file whose blobs are all stored.

        Args:
            lease_id: The push; empty if it sent nothing.
            file: What the manifest says of it.
            layout: Of which blobs it consists.
            known: Digests and extents of files that were checked before.
            still_wanted: Is asked before each extent that has to be read.

        Raises:
            DigestMismatchError: Its bytes have another digest.
            BlobDamagedError: The bytes of a blob are gone.
            CancelledError: The check is no longer wanted.
        """
        if self._is_one_blob(file, layout) or (file.digest, layout.extents) in known:
            return
        sha256, hashed_count = self._take(lease_id, file.path, layout)
        for extent in layout.extents[hashed_count:]:
            check_wanted(still_wanted)
            _hash(self._blobs, extent, sha256)
        actual = from_hex(sha256.hexdigest())
        if actual != file.digest:
            raise DigestMismatchError(
                f"The bytes of {file.path!r} have the digest {actual}, not {file.digest} as the manifest says.",
                hint="Did the file change while it was pushed? Push again.",
                path=file.path,
                digest=file.digest,
                actual=actual,
            )

    def forget(self, lease_id: str) -> None:
        """Drops what is known of a push. An unknown one is fine."""
        with self._lock:
            push = self._pushes.pop(lease_id, None)
            if push is not None:
                self._dropped(push)

    def close(self) -> None:
        """Ends the background work."""
        with self._lock:
            for push in self._pushes.values():
                _stop(push)
        self._pool.shutdown()

    def _push(self, lease_id: str) -> _Push:
        push = self._pushes.setdefault(lease_id, _Push())
        self._pushes.move_to_end(lease_id)
        return push

    def _drop_oldest(self) -> None:
        while len(self._pushes) > _MAX_LEASES or self._blob_count > _MAX_BLOBS:
            self._dropped(self._pushes.popitem(last=False)[1])

    def _dropped(self, push: _Push) -> None:
        self._blob_count -= push.blob_count
        _stop(push)

    def _advance(self, push: _Push) -> None:
        """Starts hashing the files whose next blob is there and that nobody is at. The lock is held."""
        for progress in push.files.values() if push.sends else ():
            idle = progress.running is None or progress.running.done()
            if idle and not progress.stopped and _next(push, progress) is not None:
                progress.running = self._pool.submit(self._hash_arrived, push, progress)

    def _hash_arrived(self, push: _Push, progress: _Progress) -> None:
        while True:
            with self._lock:
                blob = _next(push, progress)
                if blob is None or progress.stopped:
                    progress.running = None
                    return
                progress.announced.popleft()
            extent = BlobExtent(blob.digest, 0, blob.size_bytes)
            try:
                _hash(self._blobs, extent, progress.sha256)
            except TfregError:  # the commit will say it, with more to go by
                progress.stopped = True
                progress.hashed.clear()
                return
            progress.hashed.append(extent)

    def _take(self, lease_id: str, path: str, layout: FileLayout) -> tuple[hashlib._Hash, int]:
        """Returns the hash of a file's first extents, and how many these are."""
        with self._lock:
            push = self._pushes.get(lease_id)
            progress = push.files.pop(path, None) if push else None
            if progress is None:
                return hashlib.sha256(), 0
            progress.stopped = True
            running = progress.running
        if running is not None and not running.cancel():
            running.result()
        count = len(progress.hashed)
        if tuple(progress.hashed) == layout.extents[:count]:
            return (progress.sha256, count) if count else (hashlib.sha256(), 0)
        return hashlib.sha256(), 0

    def _is_one_blob(self, file: ManifestFile, layout: FileLayout) -> bool:
        match layout.extents:
            case (BlobExtent(file.digest, 0, file.size_bytes),):
                return self._blobs.size_bytes(file.digest) == file.size_bytes
        return False


def _next(push: _Push, progress: _Progress) -> BlobRef | None:
    if progress.announced and progress.announced[0].digest not in push.awaited:
        return progress.announced[0]
    return None


def _stop(push: _Push) -> None:
    for progress in push.files.values():
        progress.stopped = True


def _hash(blobs: BlobStore, extent: Extent, sha256: hashlib._Hash) -> None:
    for offset in range(0, extent.length_bytes, _CHUNK_BYTES):
        sha256.update(read_extent(blobs, extent, offset, min(_CHUNK_BYTES, extent.length_bytes - offset)))
