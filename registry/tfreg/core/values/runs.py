"""A box of a tensor as runs of bytes of the tensor's value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import prod

from tfreg.core.files import FileReader
from tfreg.core.layouts import Span
from tfreg.core.values.failures import cut_off
from tfreg.core.values.selection import Box

CHUNK_BYTES = 1 << 20
"""How long a piece of a value is at most."""
_MAX_GAP_BYTES = 32 << 10  # a jump costs about as much as reading so many bytes
_MAX_TOGETHER = 16 << 10  # runs of a byte would make a window of half a million objects
_GATHERED_BYTES = 64 << 10


def runs_of(box: Box, shape: tuple[int, ...], element_bytes: int) -> Iterator[Span]:
    """Yields where a box lies in the row-major value of a tensor of this shape, in order, each run as long as it can be."""
    if not box.element_count or not element_bytes:
        return
    inner = len(shape)
    while inner > 0 and box.size[inner - 1] == shape[inner - 1]:
        inner -= 1
    strides = [element_bytes * prod(shape[axis + 1 :]) for axis in range(len(shape))]
    outer = max(inner - 1, 0)
    length = strides[outer] * box.size[outer] if shape else element_bytes
    base = sum(stride * start for stride, start in zip(strides, box.begin, strict=True))
    for start in _starts(base, box.size[:outer], strides[:outer]):
        yield Span(start, length)


def read_runs(reader: FileReader, offset_bytes: int, runs: Iterable[Span], name: str) -> Iterator[bytes]:
    """Yields the bytes of runs of a value that lies at `offset_bytes`, in pieces of at most `CHUNK_BYTES`.

    Runs that are close to each other are read together, with what lies between them.

    Raises:
        TensorUnreadableError: The file ends before them.
    """
    window: list[Span] = []
    for run in runs:
        if window and (len(window) == _MAX_TOGETHER or not _belongs(window, run)):
            yield _read_window(reader, offset_bytes, window, name)
            window = []
        if run.length_bytes > CHUNK_BYTES:
            for start in range(0, run.length_bytes, CHUNK_BYTES):
                part = Span(run.offset_bytes + start, min(CHUNK_BYTES, run.length_bytes - start))
                yield _read_window(reader, offset_bytes, [part], name)
        else:
            window.append(run)
    if window:
        yield _read_window(reader, offset_bytes, window, name)


def pick_runs(chunks: Iterable[bytes], runs: Iterable[Span], name: str) -> Iterator[bytes]:
    """Yields the bytes of runs of a value that comes as a stream; stops taking from the stream after the last.

    Raises:
        TensorUnreadableError: The stream ends before them.
    """
    stream, chunk, at = iter(chunks), b"", 0
    for run in runs:
        position, end = run.offset_bytes, run.offset_bytes + run.length_bytes
        while position < end:
            while at + len(chunk) <= position:
                at += len(chunk)
                following = next(stream, None)
                if following is None:
                    raise cut_off(name, at, end)
                chunk = following
            piece = chunk[position - at : end - at]
            yield piece
            position += len(piece)


def gathered(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yields the bytes of chunks in pieces of at most `CHUNK_BYTES`, short ones together.

    A column of a matrix comes as a chunk an element, a chunk of an HDF5 file can have tens of megabytes.
    """
    pending: list[bytes] = []
    size_bytes = 0
    for chunk in chunks:
        if pending and size_bytes + len(chunk) > CHUNK_BYTES:
            yield b"".join(pending)
            pending, size_bytes = [], 0
        if len(chunk) > CHUNK_BYTES:
            yield from (chunk[start : start + CHUNK_BYTES] for start in range(0, len(chunk), CHUNK_BYTES))
            continue
        pending.append(chunk)
        size_bytes += len(chunk)
        if size_bytes >= _GATHERED_BYTES:
            yield b"".join(pending) if len(pending) > 1 else chunk
            pending, size_bytes = [], 0
    if pending:
        yield b"".join(pending)


def _starts(base: int, sizes: Sequence[int], strides: Sequence[int]) -> Iterator[int]:
    """Yields where the runs of a box start; `itertools.product` would hold each dimension in memory, of which one can be long."""
    if not sizes:
        yield base
    elif len(sizes) == 1:
        yield from range(base, base + sizes[0] * strides[0], strides[0])
    else:
        for at in range(sizes[0]):
            yield from _starts(base + at * strides[0], sizes[1:], strides[1:])


def _belongs(window: list[Span], run: Span) -> bool:
    last = window[-1]
    gap = run.offset_bytes - last.offset_bytes - last.length_bytes
    return gap <= _MAX_GAP_BYTES and run.offset_bytes + run.length_bytes - window[0].offset_bytes <= CHUNK_BYTES


def _read_window(reader: FileReader, offset_bytes: int, window: list[Span], name: str) -> bytes:
    start = window[0].offset_bytes
    end = window[-1].offset_bytes + window[-1].length_bytes
    content = reader.read_at(offset_bytes + start, end - start)
    if len(content) < end - start:
        raise cut_off(name, start + len(content), end)
    if len(window) == 1:
        return content
    return b"".join(content[run.offset_bytes - start : run.offset_bytes - start + run.length_bytes] for run in window)
