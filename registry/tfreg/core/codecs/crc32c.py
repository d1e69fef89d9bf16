"""CRC-32C as checkpoints keep it: masked, because a checksum over bytes that hold checksums would be weak."""

from __future__ import annotations

_MASK_DELTA = 0xA282EAD8


def matches(content: bytes, masked: int) -> bool:
    """Returns whether `masked` is the checksum of `content`; True if google-crc32c, which computes it, is not installed."""
    try:
        import google_crc32c
    except ImportError:
        return True
    return mask(google_crc32c.value(content)) == masked


def mask(checksum: int) -> int:
    """Rotates right by 15 bits and adds a constant, as LevelDB's table format does."""
    return ((checksum >> 15 | checksum << 17) + _MASK_DELTA) & 0xFFFF_FFFF
