"""How values are written for people."""

from __future__ import annotations

import pytest

from tfreg.cli.tables import table
from tfreg.cli.wording import size_text, time_text, timestamp
from tfreg.cli.writing import printable


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_949, "999.9 kB"), (999_950, "1.0 MB"), (5 * 10**15, "5000.0 TB")],
)
def test_a_size_has_a_decimal_unit(size_bytes: int, text: str) -> None:
    assert size_text(size_bytes) == text


def test_times_are_utc() -> None:
    assert time_text(0) == "1970-01-01 00:00:00Z"
    assert timestamp(1_500) == "1970-01-01T00:00:01.500Z"


def test_columns_are_aligned_and_lines_have_no_trailing_blanks() -> None:
    assert table([("a", "1", "x"), ("long", "22", "")], header=("name", "n", "more")) == [
        "NAME  N   MORE",
        "a     1   x",
        "long  22",
    ]


def test_a_table_without_rows_has_no_header() -> None:
    assert table([], header=("name",)) == []


@pytest.mark.parametrize("steering", ["\x1b[31m", "\r", "\x07", "\x9b2J", "\u202e", "\n", "\t", "\u2028"])
def test_what_steers_a_terminal_is_escaped(steering: str) -> None:
    assert steering not in printable(f"a{steering}b")
    assert printable("naïve 模型") == "naïve 模型"


def test_a_name_of_several_lines_is_one_cell() -> None:
    assert table([("a\nb", "1"), ("c", "2")]) == ["a\\nb  1", "c     2"]
