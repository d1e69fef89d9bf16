"""Where files are cut, and which layouts fit a manifest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.digests import digest_of
from tfreg.core.errors import LayoutInvalidError
from tfreg.core.layouts import (
    MAX_BLOB_BYTES,
    MAX_INLINE_BYTES,
    MIN_TENSOR_BYTES,
    BlobExtent,
    FileLayout,
    InlineExtent,
    Span,
    check_layouts,
    cut,
)
from tfreg.core.manifests import ManifestFile, manifest_of

BLOB = digest_of(b"blob")
SIZES = st.integers(0, 4 * MAX_BLOB_BYTES)
SPANS = st.lists(st.builds(Span, st.integers(-5, 4 * MAX_BLOB_BYTES), st.integers(-5, 2 * MAX_BLOB_BYTES)), max_size=8)


@given(SIZES, SPANS)
def test_the_pieces_of_a_file_are_gapless_and_of_bounded_size(size_bytes: int, tensors: list[Span]) -> None:
    position = 0
    for piece in cut(size_bytes, tensors):
        assert piece.offset_bytes == position
        assert 1 <= piece.length_bytes <= MAX_BLOB_BYTES
        position += piece.length_bytes
    assert position == size_bytes


@given(SIZES, SPANS, st.randoms())
def test_the_order_in_which_tensors_are_found_does_not_matter(size_bytes: int, tensors: list[Span], random: object) -> None:
    distinct = list({tensor.offset_bytes: tensor for tensor in tensors}.values())
    shuffled = list(distinct)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert list(cut(size_bytes, shuffled)) == list(cut(size_bytes, distinct))


@given(st.integers(MIN_TENSOR_BYTES, 3 * MAX_BLOB_BYTES), st.integers(0, 100), st.integers(0, 100))
def test_a_tensor_is_cut_alike_wherever_it_lies(length_bytes: int, before: int, after: int) -> None:
    pieces = list(cut(before + length_bytes + after, [Span(before, length_bytes)]))
    inner = [piece for piece in pieces if before <= piece.offset_bytes < before + length_bytes]
    assert [piece.length_bytes for piece in inner] == [piece.length_bytes for piece in cut(length_bytes, [])]


def test_a_small_tensor_is_no_boundary() -> None:
    assert list(cut(100_000, [Span(10, MIN_TENSOR_BYTES - 1)])) == [Span(0, 100_000)]


def test_of_overlapping_tensors_the_first_counts() -> None:
    tensors = [Span(0, MIN_TENSOR_BYTES), Span(1, MIN_TENSOR_BYTES)]
    assert list(cut(2 * MIN_TENSOR_BYTES, tensors)) == [Span(0, MIN_TENSOR_BYTES), Span(MIN_TENSOR_BYTES, MIN_TENSOR_BYTES)]


def test_an_empty_file_has_no_pieces() -> None:
    assert list(cut(0, [Span(0, MIN_TENSOR_BYTES)])) == []


MANIFEST = manifest_of([ManifestFile("a", 5, BLOB), ManifestFile("b", 2, BLOB), ManifestFile("empty", 0, BLOB)])
A = FileLayout("a", (BlobExtent(BLOB, 7, 3), InlineExtent(b"xy")))
B = FileLayout("b", (BlobExtent(BLOB, 0, 2),))
EMPTY = FileLayout("empty", ())


def test_layouts_that_fit_come_back_in_the_manifests_order() -> None:
    assert check_layouts(MANIFEST, [EMPTY, B, A]) == (A, B, EMPTY)


@pytest.mark.parametrize(
    "layouts",
    [
        [A, B],
        [A, B, EMPTY, FileLayout("c", ())],
        [A, B, EMPTY, FileLayout("b", (BlobExtent(BLOB, 1, 2),))],
        [A, FileLayout("b", (BlobExtent(BLOB, 0, 3),)), EMPTY],
        [A, FileLayout("b", (BlobExtent(BLOB, 0, 2), InlineExtent(b""))), EMPTY],
        [A, FileLayout("b", (BlobExtent(BLOB, 0, 3), BlobExtent(BLOB, 0, -1))), EMPTY],
        [A, FileLayout("b", (BlobExtent(BLOB, -1, 2),)), EMPTY],
    ],
    ids=[
        "one is missing",
        "a stranger",
        "two for one file",
        "another size",
        "an empty extent",
        "a negative length",
        "a negative offset",
    ],
)
def test_layouts_that_do_not_fit_are_refused(layouts: list[FileLayout]) -> None:
    with pytest.raises(LayoutInvalidError):
        check_layouts(MANIFEST, layouts)


def test_inline_bytes_are_bounded() -> None:
    manifest = manifest_of([ManifestFile("a", MAX_INLINE_BYTES + 1, BLOB)])
    with pytest.raises(LayoutInvalidError):
        check_layouts(manifest, [FileLayout("a", (InlineExtent(bytes(MAX_INLINE_BYTES + 1)),))])
