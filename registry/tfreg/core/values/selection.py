"""Which tensor, or which box of it, is to be read; and what the bytes that are read stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tfreg.core.errors import SliceInvalidError
from tfreg.core.shapes import element_count

TO_THE_END = -1
"""As the size of a box in a dimension."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A tensor, or a box of it.

    Attributes:
        name: Its name, its path, or the name of a partitioned variable.
        begin: Where the box starts in each dimension; missing ones start at 0.
        size: Size of the box in each dimension; -1 or missing: to the end.
    """

    name: str
    begin: tuple[int, ...] = ()
    size: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ValueHeader:
    """What the bytes of a value are.

    Elements come in row-major order, little-endian, types below eight bits one to a byte. A string is its length as eight bytes,
    little-endian, and its bytes.

    Attributes:
        name: The tensor's name as the artifact has it.
        dtype: As in `TensorSpec`.
        shape: Shape of what was selected.
        size_bytes: How many bytes the value has; None for strings, whose length is known only at the end.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class Box:
    """A box within a tensor: where it starts and how large it is, a number for each dimension."""

    begin: tuple[int, ...]
    size: tuple[int, ...]

    @property
    def element_count(self) -> int:
        """How many elements it has."""
        return element_count(self.size)

    def is_whole(self, shape: Sequence[int]) -> bool:
        """Whether it is all of a tensor of this shape."""
        return self.size == tuple(shape)

    def intersection(self, other: Box) -> Box | None:
        """Returns what both cover; None if that is nothing."""
        begin = tuple(map(max, self.begin, other.begin))
        ends = map(min, self.ends, other.ends)
        size = tuple(end - start for start, end in zip(begin, ends, strict=True))
        return Box(begin, size) if all(length > 0 for length in size) else None

    def relative_to(self, origin: tuple[int, ...]) -> Box:
        """Returns the same box as seen from `origin`."""
        return Box(tuple(at - start for at, start in zip(self.begin, origin, strict=True)), self.size)

    @property
    def ends(self) -> tuple[int, ...]:
        """Where it ends in each dimension."""
        return tuple(start + length for start, length in zip(self.begin, self.size, strict=True))


def whole(shape: tuple[int, ...]) -> Box:
    """Returns the box that is all of a tensor."""
    return Box((0,) * len(shape), shape)


def box_of(selection: Selection, shape: tuple[int, ...]) -> Box:
    """Returns the box that a selection means of a tensor of this shape.

    Raises:
        SliceInvalidError: It has too many dimensions, or passes the shape.
    """
    rank = len(shape)
    if max(len(selection.begin), len(selection.size)) > rank:
        raise _invalid(selection, shape, f"has {rank} dimensions")
    begin = (*selection.begin, *(0,) * (rank - len(selection.begin)))
    size = (*selection.size, *(TO_THE_END,) * (rank - len(selection.size)))
    lengths = tuple(
        limit - start if length == TO_THE_END else length for start, length, limit in zip(begin, size, shape, strict=True)
    )
    for axis, (start, length, limit) in enumerate(zip(begin, lengths, shape, strict=True)):
        if start < 0 or length < 0 or start + length > limit:
            raise _invalid(selection, shape, f"has the size {limit} in dimension {axis}, not {start} to {start + length}")
    return Box(begin, lengths)


def _invalid(selection: Selection, shape: tuple[int, ...], reason: str) -> SliceInvalidError:
    return SliceInvalidError(
        f"The slice passes the shape {list(shape)} of {selection.name[:200]!r}, which {reason}.",
        hint="A slice gives a start and a length for each dimension, within the shape.",
        tensor=selection.name[:200],
        shape=", ".join(map(str, shape)),
    )
