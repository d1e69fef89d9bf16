"""How a process and the child that reads HDF5 for it talk: frames over two pipes.

The child gets one job, then asks for bytes of the file, and answers. A frame is a kind of one byte, a length of eight bytes
(little-endian) and as many bytes:

    parent -> child   JOB   JSON: what to do, how large the file is, what may be spent
                      BYTES the answer to ASK
    child -> parent   ASK   offset and length, eight bytes each
                      TABLE JSON: what `directory` found
                      DATA  the next bytes of a value
                      DONE  nothing: all is said
                      FAULT JSON: kind and message of an error
"""

from __future__ import annotations

from struct import Struct

JOB, BYTES = b"J", b"B"
ASK, TABLE, DATA, DONE, FAULT = b"A", b"T", b"D", b"E", b"F"
HEADER = Struct("<cQ")
PLACE = Struct("<QQ")
BLOCK_BYTES = 1 << 16
"""What the child asks for at least, so that small reads cost few questions."""
MAX_ASK_BYTES = 8 << 20
"""What it asks for at most at once."""


def frame(kind: bytes, content: bytes = b"") -> bytes:
    """Returns a frame as it travels."""
    return HEADER.pack(kind, len(content)) + content
