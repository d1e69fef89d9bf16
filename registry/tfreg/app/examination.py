"""Examination of a registry's own bytes: every row has its blob, whole and with its digest; and who else lies there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from tfreg.app.stores import Stores
from tfreg.core.digests import Digest, from_hex
from tfreg.core.errors import BlobNotFoundError, DataLossError
from tfreg.core.files import FileReader
from tfreg.core.records import BlobRef

_CHUNK_BYTES = 1 << 20
_BATCH = 1000


class Fault(Enum):
    """What can be wrong with a blob."""

    MISSING = "missing"
    WRONG_SIZE = "wrong size"
    WRONG_DIGEST = "wrong digest"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Finding:
    """A blob and what is wrong with it. A stranger has no row; it harms nobody and `tfreg doctor` can remove it."""

    digest: Digest
    fault: Fault
    message: str


@dataclass(frozen=True, slots=True)
class Examined:
    """What an examination saw."""

    blob_count: int
    size_bytes: int
    findings: tuple[Finding, ...]


def examine(stores: Stores, *, read: bool = True, on_blob: Callable[[BlobRef], None] | None = None) -> Examined:
    """Checks all blobs.

    Args:
        stores: What to check.
        read: Read and hash every byte; else only sizes are compared.
        on_blob: Called before each blob, for progress.
    """
    findings: list[Finding] = []
    count = size_bytes = 0
    for blob in _rows(stores):
        if on_blob is not None:
            on_blob(blob)
        count, size_bytes = count + 1, size_bytes + blob.size_bytes
        finding = _check(stores, blob, read=read)
        if finding is not None:
            findings.append(finding)
    findings += _strangers(stores)
    return Examined(count, size_bytes, tuple(findings))


def _rows(stores: Stores) -> Iterator[BlobRef]:
    after = ""
    while batch := stores.catalog.blobs(after, _BATCH):
        yield from batch
        after = batch[-1].digest


def _check(stores: Stores, blob: BlobRef, *, read: bool) -> Finding | None:
    try:
        with stores.blobs.open(blob.digest) as reader:
            if reader.size_bytes != blob.size_bytes:
                message = f"{blob.digest} has {reader.size_bytes} bytes instead of {blob.size_bytes}."
                return Finding(blob.digest, Fault.WRONG_SIZE, message)
            if read and _digest(reader) != blob.digest:
                return Finding(blob.digest, Fault.WRONG_DIGEST, f"The bytes of {blob.digest} have changed on the disk.")
    except (BlobNotFoundError, DataLossError):
        return Finding(blob.digest, Fault.MISSING, f"{blob.digest} is gone.")
    return None


def _digest(reader: FileReader) -> Digest:
    sha256 = hashlib.sha256()
    for offset in range(0, reader.size_bytes, _CHUNK_BYTES):
        sha256.update(reader.read_at(offset, _CHUNK_BYTES))
    return from_hex(sha256.hexdigest())


def _strangers(stores: Stores) -> Iterator[Finding]:
    batch: list[Digest] = []
    for digest in stores.blobs.digests():
        batch.append(digest)
        if len(batch) == _BATCH:
            yield from _without_row(stores, batch)
            batch.clear()
    yield from _without_row(stores, batch)


def _without_row(stores: Stores, digests: list[Digest]) -> Iterator[Finding]:
    known = stores.catalog.blob_sizes(digests)
    for digest in (digest for digest in digests if digest not in known):
        yield Finding(digest, Fault.STRANGER, f"{digest} lies in the store, but no push ever finished with it.")
