"""Aligned text that is the same on a terminal and in a pipe."""

from __future__ import annotations

from collections.abc import Sequence

from tfreg.cli.writing import printable

GAP = "  "


def table(rows: Sequence[Sequence[str]], *, header: Sequence[str] = (), indent: str = "") -> list[str]:
    """Returns lines with the columns of `rows` aligned to the left. No rows, no lines: a header alone says nothing."""
    if not rows:
        return []
    cells = [[printable(cell) for cell in row] for row in rows]
    everything = [[title.upper() for title in header], *cells] if header else cells
    widths = [max(len(cell) for cell in column) for column in zip(*everything, strict=True)]
    return [
        (indent + GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))).rstrip() for row in everything
    ]
