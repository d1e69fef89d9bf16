"""SHA-256 digests in their one written form, `sha256:<64 lower-case hex digits>`."""

from __future__ import annotations

import hashlib
import re
from typing import NewType

from tfreg.core.errors import DigestInvalidError

Digest = NewType("Digest", str)
"""A digest as it is written everywhere: API, catalog, disk, terminal."""

PREFIX = "sha256:"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def parse_digest(text: str) -> Digest:
    """Checks that `text` is a digest.

    Raises:
        DigestInvalidError: It is not.
    """
    if _DIGEST.fullmatch(text):
        return Digest(text)
    raise DigestInvalidError(
        f"{text[:100]!r} is not a digest.", hint="A digest is sha256: and 64 lower-case hex digits.", digest=text[:100]
    )


def digest_of(content: bytes | memoryview) -> Digest:
    """Returns the digest of bytes in memory."""
    return Digest(PREFIX + hashlib.sha256(content).hexdigest())


def from_hex(hex_digits: str) -> Digest:
    """Returns the digest whose 64 hex digits are given, as `hashlib` prints them."""
    return Digest(PREFIX + hex_digits)


def hex_of(digest: Digest) -> str:
    """Returns the 64 hex digits of a digest."""
    return digest[len(PREFIX) :]
