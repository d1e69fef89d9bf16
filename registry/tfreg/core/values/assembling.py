"""A partitioned variable put together from its slices, a slab at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tfreg.core.tensors import StoredTensor
from tfreg.core.values.failures import cut_off, unreadable
from tfreg.core.values.runs import CHUNK_BYTES, runs_of
from tfreg.core.values.selection import Box

MAX_SLICES = 4096
"""Slices of one variable that are put together; TensorFlow's partitioners make some dozens."""
_SLAB_BYTES = 8 << 20

ReadBox = Callable[[StoredTensor, Box], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A slice, where it is in the variable, and which part of it is wanted."""

    tensor: StoredTensor
    place: Box
    wanted: Box


def assemble(name: str, slices: Sequence[StoredTensor], box: Box, element_bytes: int, read: ReadBox) -> Iterator[bytes]:
    """Yields the bytes of a box of a variable.

    Args:
        name: The variable's name.
        slices: Its slices.
        box: What is wanted of it.
        element_bytes: Size of an element.
        read: Reads a box of a slice.

    Raises:
        TensorUnreadableError: The slices do not cover the box just once, or are too many.
    """
    if len(slices) > MAX_SLICES:
        raise unreadable(name, f"has more than {MAX_SLICES} slices")
    pieces = _within(_pieces(slices, len(box.size)), box)
    if sum(piece.wanted.element_count for piece in pieces) != box.element_count:
        raise unreadable(name, "has slices that overlap, or do not cover it")
    if box.element_count:
        yield from _Assembly(name, element_bytes, read).box(box, pieces)


@dataclass(frozen=True, slots=True)
class _Assembly:
    name: str
    element_bytes: int
    read: ReadBox

    def box(self, box: Box, pieces: list[_Piece]) -> Iterator[bytes]:
        if len(pieces) == 1 and pieces[0].wanted == box:
            yield from self.read(pieces[0].tensor, box.relative_to(pieces[0].place.begin))
        elif box.element_count * self.element_bytes <= _SLAB_BYTES:
            yield from self._filled(box, pieces)
        else:
            for part in self._parts(box, pieces):
                yield from self.box(part, _within(pieces, part))

    def _parts(self, box: Box, pieces: list[_Piece]) -> Iterator[Box]:
        """Cuts a box along its outermost dimension: where slices end, else into slabs."""
        axis = next(axis for axis, size in enumerate(box.size) if size > 1)
        start, end = box.begin[axis], box.ends[axis]
        cuts = {at for piece in pieces for at in (piece.wanted.begin[axis], piece.wanted.ends[axis])} | {start, end}
        if len(cuts) == 2:
            rows = max(1, _SLAB_BYTES * box.size[axis] // (box.element_count * self.element_bytes))
            cuts |= set(range(start, end, rows))
        edges = sorted(cuts)
        for begin, stop in pairwise(edges):
            yield Box((*box.begin[:axis], begin, *box.begin[axis + 1 :]), (*box.size[:axis], stop - begin, *box.size[axis + 1 :]))

    def _filled(self, box: Box, pieces: list[_Piece]) -> Iterator[bytes]:
        slab = bytearray(box.element_count * self.element_bytes)
        for piece in pieces:
            content = b"".join(self.read(piece.tensor, piece.wanted.relative_to(piece.place.begin)))
            at = 0
            for run in runs_of(piece.wanted.relative_to(box.begin), box.size, self.element_bytes):
                slab[run.offset_bytes : run.offset_bytes + run.length_bytes] = content[at : at + run.length_bytes]
                at += run.length_bytes
            if at != len(content):
                raise cut_off(piece.tensor.name, len(content), at)
        for start in range(0, len(slab), CHUNK_BYTES):
            yield bytes(slab[start : start + CHUNK_BYTES])


def _pieces(slices: Sequence[StoredTensor], rank: int) -> list[_Piece]:
    places = [(tensor, Box(tensor.part.begin, tensor.shape)) for tensor in slices if tensor.part is not None]
    return [_Piece(tensor, place, place) for tensor, place in places if len(place.begin) == len(place.size) == rank]


def _within(pieces: list[_Piece], box: Box) -> list[_Piece]:
    found = ((piece, piece.place.intersection(box)) for piece in pieces)
    return [_Piece(piece.tensor, piece.place, wanted) for piece, wanted in found if wanted is not None]
