"""Protobuf framing by hand: messages whose long parts are pieces of other files, with exact lengths.

The wire format is described at https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

from collections.abc import Iterable

from tfreg.core.codecs.varint import encode
from tfreg.core.codecs.wire_scan import LENGTH_DELIMITED
from tfreg.core.rewrites.pieces import Inline, Piece


def head(number: int, length: int) -> bytes:
    """Returns what stands before the payload of a length-delimited field: its tag and its length."""
    return encode(number << 3 | LENGTH_DELIMITED) + encode(length)


def field(number: int, payload: bytes) -> bytes:
    """Returns a length-delimited field."""
    return head(number, len(payload)) + payload


def framed(number: int, pieces: Iterable[Piece]) -> list[Piece]:
    """Returns a length-delimited field whose payload is pieces."""
    payload = list(pieces)
    return [Inline(head(number, size_bytes(payload))), *payload]


def size_bytes(pieces: Iterable[Piece]) -> int:
    """Returns how many bytes pieces have together."""
    return sum(piece.length_bytes for piece in pieces)
