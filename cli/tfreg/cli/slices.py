"""Slices as numpy writes them: `0:10,:`."""

from __future__ import annotations

import re

from tfreg.core.errors import SliceInvalidError
from tfreg.core.values.selection import Selection

_PART = re.compile(r"\s*(?:(?P<index>-?\d+)|(?P<start>-?\d+)?\s*:\s*(?P<stop>-?\d+)?)\s*")


def selection_of(name: str, text: str, shape: tuple[int, ...]) -> Selection:
    """Returns the box that a slice means of a tensor; dimensions left out are taken whole, and a single index keeps its dimension.

    Raises:
        SliceInvalidError: It is no slice, or passes the shape.
    """
    parts = text.split(",") if text.strip() else []
    if len(parts) > len(shape):
        raise _invalid(text, f"{name!r} has {len(shape)} dimensions, its shape is {list(shape)}", name)
    begin, size = [], []
    for axis, (part, limit) in enumerate(zip(parts, shape, strict=False)):
        start, stop = _bounds(name, text, part, limit)
        if not 0 <= start <= stop <= limit:
            raise _invalid(text, f"{name!r} has the size {limit} in dimension {axis}, its shape is {list(shape)}", name)
        begin.append(start)
        size.append(stop - start)
    return Selection(name, tuple(begin), tuple(size))


def _bounds(name: str, text: str, part: str, limit: int) -> tuple[int, int]:
    found = _PART.fullmatch(part)
    if found is None:
        raise _invalid(text, f"{part.strip()!r} is neither a number nor START:STOP", name)
    if found["index"] is not None:
        index = _counted(found["index"], limit)
        return index, index + 1
    start = _counted(found["start"], limit) if found["start"] else 0
    return start, _counted(found["stop"], limit) if found["stop"] else limit


def _counted(text: str, limit: int) -> int:
    number = int(text[:20])
    return number + limit if number < 0 else number


def _invalid(text: str, reason: str, name: str) -> SliceInvalidError:
    return SliceInvalidError(
        f"The slice {text[:100]!r} cannot be taken: {reason}.",
        hint="Write START:STOP for each dimension, such as 0:10,: for the first ten rows.",
        tensor=name[:200],
    )
