"""The digest of a plain value: SHA-256 over the SHA-256 of each 16 MiB of it.

Made so that it follows from the digests of blobs: a tensor that was cut at its bounds consists of blobs of just these pieces.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from tfreg.core.digests import Digest, from_hex, hex_of
from tfreg.core.layouts import MAX_BLOB_BYTES


def value_digest(chunks: Iterable[bytes]) -> Digest:
    """Returns the digest of a value that comes in chunks of any length."""
    pieces, piece, left = hashlib.sha256(), hashlib.sha256(), MAX_BLOB_BYTES
    for chunk in chunks:
        view = memoryview(chunk)
        while len(view) >= left:
            piece.update(view[:left])
            pieces.update(piece.digest())
            view, piece, left = view[left:], hashlib.sha256(), MAX_BLOB_BYTES
        piece.update(view)
        left -= len(view)
    if left < MAX_BLOB_BYTES:
        pieces.update(piece.digest())
    return from_hex(pieces.hexdigest())


def digest_of_pieces(pieces: Iterable[Digest]) -> Digest:
    """Returns the digest of a value from those of its pieces of 16 MiB, the last of which may be shorter."""
    return from_hex(hashlib.sha256(b"".join(bytes.fromhex(hex_of(piece)) for piece in pieces)).hexdigest())
