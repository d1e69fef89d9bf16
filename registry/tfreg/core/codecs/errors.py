"""What the codecs raise. Formats turn it into a diagnostic, so that users see a place and a next step, not an exception."""

from __future__ import annotations


class CodecError(Exception):
    """Bytes are not in the form that they should be.

    Args:
        message: What is wrong, as the rest of a sentence about the file: "ends within a field at byte 17".
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class TruncatedError(CodecError):
    """Bytes end before what they announce."""


class ChecksumError(CodecError):
    """Bytes do not have the checksum that stands beside them."""


class LimitError(CodecError):
    """Bytes announce more than a reader takes."""
