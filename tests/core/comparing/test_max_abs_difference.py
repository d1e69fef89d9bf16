"""By how much values differ."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.comparing.max_abs_difference import max_abs_difference


def chunks(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


@pytest.mark.parametrize(
    ("dtype", "code", "one", "other", "expected"),
    [
        ("float32", "f", (1.0, -2.0, 3.0), (1.0, 2.0, 3.5), 4.0),
        ("float64", "d", (1e300,), (-1e300,), 2e300),
        ("float16", "e", (1.0, 2.0), (1.5, 2.0), 0.5),
        ("int8", "b", (-128,), (127,), 255.0),
        ("uint64", "Q", (0,), (2**63,), 2.0**63),
        ("bool", "B", (0, 1), (0, 1), 0.0),
        ("complex64", "ff", (0.0, 0.0), (3.0, 4.0), 5.0),
    ],
)
def test_every_number_has_a_difference(
    dtype: str, code: str, one: tuple[float, ...], other: tuple[float, ...], expected: float
) -> None:
    packed = [struct.pack(f"<{len(values) // len(code) * code}", *values) for values in (one, other)]
    assert max_abs_difference(dtype, *([content] for content in packed)) == expected


def test_bfloat16_is_the_upper_half_of_a_float32() -> None:
    one, other = (struct.pack("<f", value)[2:] for value in (1.0, 1.5))
    assert max_abs_difference("bfloat16", [one], [other]) == 0.5


def test_equal_infinities_and_nans_do_not_differ() -> None:
    content = struct.pack("<3f", math.inf, math.nan, 1.0)
    assert max_abs_difference("float32", [content], [content]) == 0.0
    assert max_abs_difference("float32", [content], [struct.pack("<3f", -math.inf, math.nan, 1.0)]) == math.inf


def test_a_nan_on_one_side_is_told() -> None:
    one, other = struct.pack("<2f", 1.0, 2.0), struct.pack("<2f", 1.0, math.nan)
    assert math.isnan(max_abs_difference("float32", [one], [other]) or 0.0)


def test_texts_have_no_difference() -> None:
    assert max_abs_difference("string", [b""], [b""]) is None


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=40), st.integers(1, 9), st.integers(1, 9))
def test_how_the_values_are_cut_does_not_matter(values: list[int], size: int, other_size: int) -> None:
    one, other = struct.pack(f"<{len(values)}i", *values), struct.pack(f"<{len(values)}i", *reversed(values))
    expected = max(abs(a - b) for a, b in zip(values, reversed(values), strict=True))
    assert max_abs_difference("int32", chunks(one, size), chunks(other, other_size)) == expected
