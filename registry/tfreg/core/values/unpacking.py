"""A deflated member of a zip, unpacked to a temporary file, since HDF5 is read here and there."""

from __future__ import annotations

import os
import tempfile
import zlib
from collections.abc import Iterator

from tfreg.core.codecs.errors import CodecError, LimitError, TruncatedError
from tfreg.core.files import FileReader
from tfreg.core.layouts import Span
from tfreg.core.trees import LocalReader

MAX_UNPACKED_BYTES = 8 << 30
_MAX_FACTOR, _FREE_BYTES = 100, 64 << 20  # weights are hardly smaller when deflated; only zeros are
_READ_BYTES = 256 << 10
_PIECE_BYTES = 1 << 20


def unpack(reader: FileReader, member: Span, file: str) -> LocalReader:
    """Returns the unpacked bytes as a file without a name, which is gone once it is closed.

    Raises:
        CodecError: They are no deflate stream.
        LimitError: They pass `MAX_UNPACKED_BYTES`, or are very many more than those that are packed.
    """
    max_bytes = min(MAX_UNPACKED_BYTES, _FREE_BYTES + _MAX_FACTOR * member.length_bytes)
    with tempfile.TemporaryFile(prefix="tfreg-unpacked-") as unpacked:
        written = 0
        for piece in _inflated(reader, member):
            written += len(piece)
            if written > max_bytes:
                raise LimitError(f"has a member of a zip of more than {max_bytes} bytes at byte {member.offset_bytes}")
            unpacked.write(piece)
        unpacked.flush()
        return LocalReader(os.dup(unpacked.fileno()), file)


def _inflated(reader: FileReader, member: Span) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    end = member.offset_bytes + member.length_bytes
    try:
        for offset in range(member.offset_bytes, end, _READ_BYTES):
            pending, piece = reader.read_at(offset, min(_READ_BYTES, end - offset)), b""
            while (pending or len(piece) == _PIECE_BYTES) and not inflater.eof:
                piece = inflater.decompress(pending, _PIECE_BYTES)
                pending = inflater.unconsumed_tail
                yield piece
    except zlib.error:
        raise CodecError(f"has a member of a zip that is not deflated at byte {member.offset_bytes}") from None
    if not inflater.eof:
        raise TruncatedError(f"ends within a member of a zip at byte {end}")
