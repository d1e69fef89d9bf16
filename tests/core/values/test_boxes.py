"""Boxes of tensors: which bytes they are, as numpy cuts them out."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfreg.core.errors import SliceInvalidError
from tfreg.core.trees import BytesReader
from tfreg.core.values.runs import CHUNK_BYTES, gathered, pick_runs, read_runs, runs_of
from tfreg.core.values.selection import Box, Selection, box_of


@st.composite
def boxes(draw: st.DrawFn) -> tuple[tuple[int, ...], Box]:
    """A shape and a box in it."""
    shape = tuple(draw(st.lists(st.integers(0, 5), max_size=4)))
    begin = tuple(draw(st.integers(0, size)) for size in shape)
    return shape, Box(begin, tuple(draw(st.integers(0, size - start)) for size, start in zip(shape, begin, strict=True)))


@given(boxes(), st.sampled_from([1, 2, 4, 8]), st.integers(0, 3))
def test_the_bytes_of_a_box_are_those_that_numpy_cuts_out(case: tuple[tuple[int, ...], Box], element: int, padding: int) -> None:
    shape, box = case
    array = np.arange(int(np.prod(shape)), dtype=f"u{element}").reshape(shape)
    expected = array[tuple(slice(start, end) for start, end in zip(box.begin, box.ends, strict=True))].tobytes()
    content = array.tobytes()
    reader = BytesReader(b"x" * padding + content)
    assert b"".join(read_runs(reader, padding, runs_of(box, shape, element), "t")) == expected
    chunks = (content[start : start + 3] for start in range(0, len(content), 3))
    assert b"".join(pick_runs(chunks, runs_of(box, shape, element), "t")) == expected


def test_whole_rows_are_one_run() -> None:
    assert [(run.offset_bytes, run.length_bytes) for run in runs_of(Box((2, 0, 0), (3, 4, 5)), (10, 4, 5), 4)] == [(160, 240)]


class CountingReader(BytesReader):
    """Says how much was read of it."""

    read_bytes = 0

    def read_at(self, offset: int, length: int) -> bytes:
        self.read_bytes += length
        return super().read_at(offset, length)


def test_a_slice_reads_the_rows_that_it_needs_and_no_others() -> None:
    reader = CountingReader(bytes(8 << 20))
    assert len(b"".join(read_runs(reader, 0, runs_of(Box((1000, 0), (2, 1024)), (2048, 1024), 4), "t"))) == 8192
    assert reader.read_bytes == 8192


def test_a_column_is_read_by_windows_rather_than_number_by_number() -> None:
    reader = CountingReader(bytes(1 << 20))
    assert len(b"".join(read_runs(reader, 0, runs_of(Box((0, 3), (4096, 1)), (4096, 64), 4), "t"))) == 4096 * 4
    assert reader.read_bytes <= 1 << 20


def test_pieces_of_a_value_have_a_mebibyte_at_most() -> None:
    sizes = [
        len(chunk)
        for chunk in read_runs(BytesReader(bytes(3_000_000)), 0, runs_of(Box((0,), (3_000_000,)), (3_000_000,), 1), "t")
    ]
    assert max(sizes) == CHUNK_BYTES
    assert sum(sizes) == 3_000_000


@pytest.mark.parametrize(
    ("begin", "size", "box"),
    [
        ((), (), Box((0, 0), (4, 6))),
        ((1,), (), Box((1, 0), (3, 6))),
        ((1, 2), (2, -1), Box((1, 2), (2, 4))),
        ((4, 6), (), Box((4, 6), (0, 0))),
    ],
)
def test_what_a_selection_leaves_out_is_taken_whole(begin: tuple[int, ...], size: tuple[int, ...], box: Box) -> None:
    assert box_of(Selection("t", begin, size), (4, 6)) == box


@pytest.mark.parametrize(("begin", "size"), [((5,), ()), ((0, 0, 0), ()), ((-1,), ()), ((0,), (5,)), ((0,), (-2,)), ((3,), (2,))])
def test_a_box_that_passes_the_shape_is_refused_with_the_shape(begin: tuple[int, ...], size: tuple[int, ...]) -> None:
    with pytest.raises(SliceInvalidError, match=r"\[4, 6\]") as caught:
        box_of(Selection("t", begin, size), (4, 6))
    assert caught.value.metadata["shape"] == "4, 6"


def test_a_long_dimension_costs_no_memory() -> None:
    runs = runs_of(Box((0, 0), (10**9, 1)), (10**9, 2), 1)
    assert [next(runs).offset_bytes for _ in range(3)] == [0, 2, 4]


def test_runs_of_a_byte_are_not_gathered_without_end() -> None:
    reader, runs = BytesReader(bytes(400_000)), runs_of(Box((0, 0), (200_000, 1)), (200_000, 2), 1)
    tracemalloc.start()
    count = sum(map(len, read_runs(reader, 0, runs, "t")))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 200_000
    assert peak_bytes < 8 << 20


@given(st.lists(st.sampled_from([0, 1, 7, 60_000, 1 << 20, (1 << 20) + 1]), max_size=4))
@settings(max_examples=20)
def test_gathered_chunks_hold_the_same_bytes_and_none_is_long(sizes: list[int]) -> None:
    chunks = [bytes([index]) * size for index, size in enumerate(sizes)]
    found = list(gathered(chunks))
    assert b"".join(found) == b"".join(chunks)
    assert max(map(len, found), default=0) <= CHUNK_BYTES


def test_short_chunks_are_gathered_and_long_ones_left_as_they_are() -> None:
    long = bytes(1 << 20)
    chunks = list(gathered([long, *[b"ab"] * 40_000, long]))
    assert b"".join(chunks) == b"".join((long, b"ab" * 40_000, long))
    assert chunks[0] is long
    assert len(chunks) == 4
    assert chunks[3] is long
