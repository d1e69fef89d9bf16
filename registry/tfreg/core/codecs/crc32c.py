"""CRC-32C as checkpoints keep it: masked, because a checksum over bytes that hold checksums would be weak.

google-crc32c computes it, at some 10 GB/s. Without it nothing is checked.
"""

from __future__ import annotations

_MASK_DELTA = 0xA282EAD8
_ALL = 0xFFFF_FFFF


def is_available() -> bool:
    """Whether google-crc32c is installed."""
    try:
        import google_crc32c  # noqa: F401
    except ImportError:
        return False
    return True


def extend(checksum: int, content: bytes) -> int:
    """Returns the checksum of what `checksum` is of (0: nothing) with `content` behind it; 0 if google-crc32c is not installed."""
    try:
        import google_crc32c
    except ImportError:
        return 0
    return int(google_crc32c.extend(checksum, content))


def matches(content: bytes, masked: int) -> bool:
    """Returns whether `masked` is the checksum of `content`; True if google-crc32c is not installed."""
    return mask(extend(0, content)) == masked if is_available() else True


def mask(checksum: int) -> int:
    """Rotates right by 15 bits and adds a constant, as LevelDB's table format does."""
    return ((checksum >> 15 | checksum << 17) + _MASK_DELTA) & _ALL


def unmask(masked: int) -> int:
    """Undoes `mask`."""
    rotated = (masked - _MASK_DELTA) & _ALL
    return (rotated >> 17 | rotated << 15) & _ALL
