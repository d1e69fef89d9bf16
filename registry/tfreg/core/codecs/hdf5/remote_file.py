"""In the child: a file object whose bytes the parent sends on demand."""

from __future__ import annotations

import io
from collections import OrderedDict
from typing import BinaryIO

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.hdf5.protocol import ASK, BLOCK_BYTES, BYTES, HEADER, MAX_ASK_BYTES, PLACE, frame

_KEPT_BLOCKS = 512


class RemoteFile(io.RawIOBase):
    """A read-only binary file, as much of one as pyfive needs.

    Reads of less than a block come from blocks that are kept; larger ones go past them.

    Args:
        questions: Where to ask for bytes.
        answers: Where they come from.
        size_bytes: Size of the file.
        max_bytes: How many bytes may be asked for in all; each question counts as a block at least.
    """

    def __init__(self, questions: BinaryIO, answers: BinaryIO, size_bytes: int, max_bytes: int) -> None:
        super().__init__()
        self._questions = questions
        self._answers = answers
        self._size_bytes = size_bytes
        self._left_bytes = max_bytes
        self._position = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves; a place outside the file is an error, for nothing good points there."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size_bytes}[whence]
        if not 0 <= base + offset <= self._size_bytes:
            raise CodecError(f"points at byte {base + offset}, past its end")
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        """Returns the position."""
        return self._position

    def read(self, length: int = -1) -> bytes:
        """Reads up to `length` bytes."""
        left = self._size_bytes - self._position
        length = left if length < 0 else min(length, left)
        content = self._small(length) if length <= BLOCK_BYTES else self._large(length)
        self._position += len(content)
        return content

    def _small(self, length: int) -> bytes:
        if length == 0:
            return b""
        number, start = divmod(self._position, BLOCK_BYTES)
        block = self._block(number)
        if start + length > BLOCK_BYTES:
            block += self._block(number + 1)
        return block[start : start + length]

    def _large(self, length: int) -> bytes:
        end = self._position + length
        return b"".join(self._ask(at, min(MAX_ASK_BYTES, end - at)) for at in range(self._position, end, MAX_ASK_BYTES))

    def _block(self, number: int) -> bytes:
        if (block := self._blocks.get(number)) is None:
            offset = number * BLOCK_BYTES
            block = self._blocks[number] = self._ask(offset, min(BLOCK_BYTES, self._size_bytes - offset))
            if len(self._blocks) > _KEPT_BLOCKS:
                self._blocks.popitem(last=False)
        else:
            self._blocks.move_to_end(number)
        return block

    def _ask(self, offset: int, length: int) -> bytes:
        self._left_bytes -= max(length, BLOCK_BYTES)
        if self._left_bytes < 0:
            raise LimitError("needs more bytes to be read than a file of its size should")
        self._questions.write(frame(ASK, PLACE.pack(offset, length)))
        self._questions.flush()
        kind, size = HEADER.unpack(_exactly(self._answers, HEADER.size))
        content = _exactly(self._answers, size)
        if kind != BYTES or size != length:
            raise CodecError("ends before its end")
        return content


def _exactly(stream: BinaryIO, length: int) -> bytes:
    """Reads a frame's part; the parent's end of the pipe closes when it wants no more."""
    content = stream.read(length)
    if len(content) < length:
        raise SystemExit(0)
    return content
