"""Boxes of string tensors: elements picked by their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tfreg.core.layouts import Span
from tfreg.core.values.failures import cut_off

_LENGTH_BYTES = 8


def pick(texts: Iterable[Span], runs: Iterable[Span]) -> Iterator[Span]:
    """Yields those of the elements whose numbers lie in the runs, which are in order."""
    stream, number = iter(texts), 0
    for run in runs:
        end = run.offset_bytes + run.length_bytes
        while number < end:
            text = next(stream)
            if number >= run.offset_bytes:
                yield text
            number += 1


def pick_plain(chunks: Iterable[bytes], runs: Iterable[Span], name: str) -> Iterator[bytes]:
    """As `pick`, of a plain value: each element with its length before it.

    Raises:
        TensorUnreadableError: The value ends before them.
    """
    stream, number = _Stream(chunks, name), 0
    for run in runs:
        end = run.offset_bytes + run.length_bytes
        while number < end:
            head = b"".join(stream.take(_LENGTH_BYTES))
            text = stream.take(int.from_bytes(head, "little"))
            if number >= run.offset_bytes:
                yield head
                yield from text
            else:
                for _ in text:
                    pass
            number += 1


class _Stream:
    """Chunks, taken by numbers of bytes."""

    def __init__(self, chunks: Iterable[bytes], name: str) -> None:
        self._chunks = iter(chunks)
        self._chunk = b""
        self._at = 0
        self._taken = 0
        self._name = name

    def take(self, length: int) -> Iterator[bytes]:
        while length > 0:
            if self._at == len(self._chunk):
                chunk = next(self._chunks, None)
                if chunk is None:
                    raise cut_off(self._name, self._taken, self._taken + length)
                self._chunk, self._at = chunk, 0
                continue
            piece = self._chunk[self._at : self._at + length]
            self._at, length, self._taken = self._at + len(piece), length - len(piece), self._taken + len(piece)
            yield piece
