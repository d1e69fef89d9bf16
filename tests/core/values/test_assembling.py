"""Partitioned variables are put together, however they were cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfreg.core.errors import TensorUnreadableError
from tfreg.core.tensors import Part, StoredTensor
from tfreg.core.trees import MemoryTree
from tfreg.core.values import assembling
from tfreg.core.values.reading import Values
from tfreg.core.values.selection import Selection


def cut(array: np.ndarray, cuts: list[list[int]]) -> tuple[bytes, list[StoredTensor]]:
    """Returns an array's slices one behind the other, and what a checkpoint would say of them."""
    content, slices = b"", []
    edges = [sorted({0, size, *(at for at in axis if at < size)}) for axis, size in zip(cuts, array.shape, strict=True)]
    for place in np.ndindex(*(len(axis) - 1 for axis in edges)):
        begin = tuple(edges[axis][at] for axis, at in enumerate(place))
        ends = tuple(edges[axis][at + 1] for axis, at in enumerate(place))
        piece = array[tuple(slice(start, end) for start, end in zip(begin, ends, strict=True))]
        part = Part("v", array.shape, begin)
        slices.append(StoredTensor(f"v{begin}", str(array.dtype), piece.shape, "data", len(content), piece.nbytes, part=part))
        content += piece.tobytes()
    return content, slices


@settings(max_examples=60)
@given(st.data(), st.lists(st.integers(1, 6), min_size=1, max_size=3), st.sampled_from([24, 100, 1 << 20]))
def test_any_box_of_a_variable_is_what_numpy_says_whatever_its_slices(data: st.DataObject, shape: list[int], slab: int) -> None:
    array = np.arange(int(np.prod(shape)), dtype=np.int32).reshape(shape)
    content, slices = cut(array, [data.draw(st.lists(st.integers(1, 6), max_size=3)) for _ in shape])
    begin = tuple(data.draw(st.integers(0, size)) for size in shape)
    size = tuple(data.draw(st.integers(0, limit - start)) for limit, start in zip(shape, begin, strict=True))
    with (
        pytest.MonkeyPatch.context() as patch,
        Values(MemoryTree({"data": content}), data.draw(st.permutations(slices))) as values,
    ):
        patch.setattr(assembling, "_SLAB_BYTES", slab)
        header, chunks = values.read(Selection("v", begin, size))
        expected = array[tuple(slice(start, start + length) for start, length in zip(begin, size, strict=True))]
        assert b"".join(chunks) == expected.tobytes()
        assert header.size_bytes == expected.nbytes


def test_a_variable_that_lacks_a_slice_is_unreadable_but_what_the_others_cover_is_read() -> None:
    array = np.arange(20, dtype=np.int64).reshape(10, 2)
    content, slices = cut(array, [[4, 7], []])
    with Values(MemoryTree({"data": content}), slices[:2]) as values:
        assert b"".join(values.read(Selection("v", (0, 0), (7, 2)))[1]) == array[:7].tobytes()
        with pytest.raises(TensorUnreadableError, match="do not cover"):
            b"".join(values.read(Selection("v"))[1])


def test_a_variable_of_very_many_slices_is_refused_rather_than_put_together() -> None:
    part = Part("v", (10_000,), (0,))
    slices = [StoredTensor(f"v{at}", "int8", (1,), "data", 0, 1, part=Part("v", part.shape, (at,))) for at in range(10_000)]
    with Values(MemoryTree({"data": b"x"}), slices) as values, pytest.raises(TensorUnreadableError, match="slices"):
        b"".join(values.read(Selection("v"))[1])
