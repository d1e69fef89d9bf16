"""docs/conversions.md shows the routes that there are."""

from __future__ import annotations

import runpy
from pathlib import Path

CHECKOUT = Path(__file__).parents[3]


def test_the_page_has_the_table_of_the_code() -> None:
    writer = runpy.run_path(str(CHECKOUT / "tools" / "write_routes_table.py"))
    assert (CHECKOUT / "docs" / "conversions.md").read_text() == writer["page"]()
