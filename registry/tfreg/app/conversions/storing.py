"""Keeping a conversion's result: slices of stored files become extents of their blobs, only new bytes are written.

Each file is read once, for its SHA-256 stands in the manifest. Nothing of it is held but a few MiB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING

from tfreg.app.conversions.file_hash import FileHash
from tfreg.app.conversions.file_storing import FileStoring, new_bytes, shortest_slice
from tfreg.app.conversions.new_blobs import NewBlobs
from tfreg.app.needed_blobs import blobs_of
from tfreg.app.stores import Stores
from tfreg.app.wanted import StillWanted
from tfreg.core.conversions.results import Progress
from tfreg.core.conversions.steps import Report
from tfreg.core.digests import Digest
from tfreg.core.errors import BlobMissingError
from tfreg.core.files import FileTree
from tfreg.core.inspections import Inspection
from tfreg.core.layouts import Extent, FileLayout, cut
from tfreg.core.manifests import ManifestFile, manifest_of
from tfreg.core.records import ArtifactRecord, BlobRef
from tfreg.core.rewrites.pieces import Piece, RewrittenTree, Slice

if TYPE_CHECKING:
    from tfreg.core.formats.format import Format

Pieces = Mapping[str, tuple[Piece, ...]]


def pieces_of(tree: FileTree, kind: Format, inspection: Inspection) -> Pieces:
    """Returns of what the files of a result consist: what a worker wrote is cut at its tensors, as a push cuts it."""
    if isinstance(tree, RewrittenTree):
        return {file.path: tree.pieces(file.path) for file in tree.files()}
    spans = kind.tensor_spans(tree, inspection)
    return {
        file.path: tuple(
            Slice(tree, file.path, span.offset_bytes, span.length_bytes)
            for span in cut(file.size_bytes, spans.get(file.path, ()))
        )
        for file in tree.files()
    }


@contextmanager
def stored(
    stores: Stores,
    pieces: Pieces,
    format_name: str,
    known: Iterable[ArtifactRecord],
    *,
    report: Report,
    still_wanted: StillWanted,
) -> Iterator[tuple[ArtifactRecord, str]]:
    """Stores the files of a result. What no commit within the context takes is thrown away at its end.

    Args:
        stores: Where to.
        pieces: Of what each file consists.
        format_name: The result's format.
        known: Stored artifacts: a file that is one of theirs is not read again.
        report: Is told how far it is.
        still_wanted: Is asked while files are read.

    Yields:
        The artifact and the lease for its commit.

    Raises (on entering):
        StorageFullError: There is no room for what is new; asked before anything is written.
        BlobDamagedError: Bytes of a stored file are gone.
        CancelledError: It is no longer wanted.
        ManifestInvalidError, PathInvalidError: The result's paths cannot be kept.
    """
    shortest_bytes = shortest_slice(chain.from_iterable(pieces.values()))
    stores.blobs.check_room(sum(new_bytes(file, shortest_bytes) for file in pieces.values()))
    now_ms = stores.clock()
    lease, _ = stores.catalog.lease_blobs("", [], now_ms + stores.limits.lease_period_s * 1000, now_ms)
    try:
        storing = _Storing(stores, lease.id, _digests(known), shortest_bytes, report=report, still_wanted=still_wanted)
        try:
            artifact = storing.artifact(pieces, format_name, trusting=True)
        except BlobMissingError:  # a collection took away what was stored already: it is written after all
            artifact = storing.artifact(pieces, format_name, trusting=False)
        yield artifact, lease.id
    finally:
        stores.blobs.discard(lease.id)
        stores.catalog.release_lease(lease.id)


def _digests(known: Iterable[ArtifactRecord]) -> dict[tuple[Extent, ...], Digest]:
    """Digests of the files of stored artifacts by what they consist of."""
    return {
        layout.extents: file.digest
        for artifact in known
        for file, layout in zip(artifact.manifest.files, artifact.layouts, strict=True)
    }


class _Storing:
    def __init__(
        self,
        stores: Stores,
        lease_id: str,
        known: Mapping[tuple[Extent, ...], Digest],
        shortest_bytes: int,
        *,
        report: Report,
        still_wanted: StillWanted,
    ) -> None:
        self._shortest_bytes = shortest_bytes
        self._stores = stores
        self._lease_id = lease_id
        self._known = known
        self._report = report
        self._still_wanted = still_wanted

    def artifact(self, pieces: Pieces, format_name: str, *, trusting: bool) -> ArtifactRecord:
        blobs = NewBlobs(self._stores, self._lease_id, trusting=trusting)
        total_bytes = max(1, sum(piece.length_bytes for file in pieces.values() for piece in file))
        done_bytes = 0
        files: dict[str, ManifestFile] = {}
        storing: dict[str, FileStoring] = {}
        with ThreadPoolExecutor(1, thread_name_prefix="file-hash") as pool:
            sha256 = FileHash(pool)
            for path, file in pieces.items():
                self._report(Progress("storing", done_bytes / total_bytes))
                storing[path] = FileStoring(
                    self._stores,
                    blobs,
                    sha256,
                    known=self._known,
                    shortest_bytes=self._shortest_bytes,
                    still_wanted=self._still_wanted,
                )
                digest = storing[path].store(file)
                size_bytes = sum(piece.length_bytes for piece in file)
                files[path] = ManifestFile(path, size_bytes, digest)
                done_bytes += size_bytes
        blobs.close_shared()
        layouts = {path: FileLayout(path, file.extents()) for path, file in storing.items()}
        sizes = self._stores.catalog.blob_sizes(list(blobs_of(layouts.values())))
        blobs.seal(BlobRef(digest, size) for digest, size in sizes.items())
        manifest = manifest_of(files.values())
        return ArtifactRecord(manifest.digest(), format_name, manifest, tuple(layouts[file.path] for file in manifest.files))
