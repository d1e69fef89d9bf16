"""A box of a tensor as runs of bytes of the tensor's value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from math import prod

from tfreg.core.files import FileReader
from tfreg.core.layouts import Span
from tfreg.core.values.failures import cut_off
from tfreg.core.values.selection import Box

CHUNK_BYTES = 1 << 20
"""How long a piece of a value is at most."""
_MAX_GAP_BYTES = 32 << 10  # a jump costs about as much as reading so many bytes


def runs_of(box: Box, shape: tuple[int, ...], element_bytes: int) -> Iterator[Span]:
    """Yields where a box lies in the row-major value of a tensor of this shape, in order, each run as long as it can be."""
    if not box.element_count:
        return
    inner = len(shape)
    while inner > 0 and box.size[inner - 1] == shape[inner - 1]:
        inner -= 1
    strides = [element_bytes * prod(shape[axis + 1 :]) for axis in range(len(shape))]
    outer = max(inner - 1, 0)
    length = strides[outer] * box.size[outer] if shape else element_bytes
    base = sum(stride * start for stride, start in zip(strides, box.begin, strict=True))
    for place in product(*(range(size) for size in box.size[:outer])):
        yield Span(base + sum(stride * at for stride, at in zip(strides, place, strict=False)), length)


def read_runs(reader: FileReader, offset_bytes: int, runs: Iterable[Span], name: str) -> Iterator[bytes]:
    """Yields the bytes of runs of a value that lies at `offset_bytes`, in pieces of at most `CHUNK_BYTES`.

    Runs that are close to each other are read together, with what lies between them.

    Raises:
        TensorUnreadableError: The file ends before them.
    """
    window: list[Span] = []
    for run in runs:
        if window and not _belongs(window, run):
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
