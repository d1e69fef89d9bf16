"""What is checked while a blob's bytes come in: not more than announced, then exactly the size and the digest announced."""

from __future__ import annotations

import hashlib

from tfreg.core.digests import from_hex
from tfreg.core.errors import DigestMismatchError, SizeMismatchError
from tfreg.core.records import BlobRef


class Arrival:
    """Counts and hashes the bytes of one blob. OpenSSL lets other threads run while it hashes."""

    def __init__(self, blob: BlobRef) -> None:
        self.blob = blob
        self.received_bytes = 0
        self._hash = hashlib.sha256()

    def take(self, chunk: bytes | memoryview) -> None:
        """Counts bytes in.

        Raises:
            SizeMismatchError: More came than was announced.
        """
        self.received_bytes += len(chunk)
        if self.received_bytes > self.blob.size_bytes:
            raise self._wrong_size("more came")
        self._hash.update(chunk)

    def check(self) -> None:
        """Checks what came, now that nothing more will.

        Raises:
            SizeMismatchError: Fewer bytes came than were announced.
            DigestMismatchError: The bytes have another digest.
        """
        if self.received_bytes != self.blob.size_bytes:
            raise self._wrong_size(f"{self.received_bytes} came")
        actual = from_hex(self._hash.hexdigest())
        if actual != self.blob.digest:
            raise DigestMismatchError(
                f"The bytes sent as blob {self.blob.digest} have the digest {actual}.",
                hint="The file changed while it was read, or the bytes were damaged on the way: push again.",
                digest=self.blob.digest,
                actual=actual,
            )

    def _wrong_size(self, what: str) -> SizeMismatchError:
        return SizeMismatchError(
            f"Blob {self.blob.digest} was announced with {self.blob.size_bytes} bytes, but {what}.",
            hint="Announce the size of the bytes that follow.",
            digest=self.blob.digest,
            size_bytes=str(self.blob.size_bytes),
        )
