"""Writes the table of routes into docs/conversions.md, between its two marks. A test compares them."""

from __future__ import annotations

import sys
from pathlib import Path

from tfreg.core.conversions.routes import ROUTES, Route

PAGE = Path(__file__).resolve().parents[1] / "docs" / "conversions.md"
START, END = "<!-- routes: written by tools/write_routes_table.py -->", "<!-- end of routes -->"
_MANY = 5


def page() -> str:
    """Returns the text of the page with the table as the code has it."""
    head, _, rest = PAGE.read_text().partition(START)
    _, _, tail = rest.partition(END)
    return f"{head}{START}\n\n{table()}\n\n{END}{tail}"


def table() -> str:
    """Returns the routes, a row each."""
    lines = ["| route | from | to | by | about | what is lost | options | takes besides |", "|---|---|---|---|---|---|---|---|"]
    return "\n".join(lines + [_row(route) for route in ROUTES])


def _row(route: Route) -> str:
    sources = "anything with weights" if len(route.sources) > _MANY else ", ".join(route.sources)
    options = ", ".join(sorted(route.options)) or "-"
    besides = ", ".join(f"{role}{'' if role in route.needs else ' (optional)'}" for role in sorted(route.inputs)) or "-"
    cells = (
        f"`{route.name}`",
        sources,
        route.target,
        route.by.value,
        f"{route.cost / 1000:g} s",
        "; ".join(route.loses) or "-",
        options,
        besides,
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.exit(0)
