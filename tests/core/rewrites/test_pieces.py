"""Files put together of new bytes and of slices."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.rewrites.pieces import Computed, Inline, Piece, RewrittenTree, Slice, chunks_of
from tfreg.core.trees import MemoryTree

CONTENT = bytes(range(256)) * 4
SOURCE = MemoryTree({"a": CONTENT, "b": CONTENT[::-1]})


def computed(content: bytes) -> Computed:
    return Computed(len(content), lambda: (content[at : at + 7] for at in range(0, len(content), 7)))


def sliced(path: str, start: int, length: int) -> tuple[Piece, bytes]:
    whole = CONTENT if path == "a" else CONTENT[::-1]
    return Slice(SOURCE, path, start, length), whole[start : start + length]


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=20).map(lambda content: (Inline(content), content)),
        st.binary(max_size=20).map(lambda content: (computed(content), content)),
        st.builds(sliced, st.sampled_from("ab"), st.integers(0, 500), st.integers(0, 500)),
    ),
    max_size=8,
)


@given(PIECES, st.integers(0, 3000), st.integers(0, 3000))
def test_any_range_can_be_read(pieces: list[tuple[Piece, bytes]], offset: int, length: int) -> None:
    expected = b"".join(content for _, content in pieces)
    tree = RewrittenTree({"file": [piece for piece, _ in pieces]})
    assert b"".join(chunks_of(tree.pieces("file"))) == expected
    (file,) = tree.files()
    assert file.size_bytes == len(expected)
    with tree.open("file") as reader:
        assert reader.read_at(offset, length) == expected[offset : offset + length]


@given(PIECES, st.integers(0, 300), st.integers(0, 300))
def test_a_slice_of_a_result_becomes_one_of_what_lies_below_it(
    pieces: list[tuple[Piece, bytes]], offset: int, length: int
) -> None:
    expected = b"".join(content for _, content in pieces)
    length = max(0, min(length, len(expected) - offset))
    below = RewrittenTree({"file": [piece for piece, _ in pieces]})
    tree = RewrittenTree({"file": [Inline(b"<"), Slice(below, "file", offset, length), Inline(b">")]})
    assert b"".join(chunks_of(tree.pieces("file"))) == b"<" + expected[offset : offset + length] + b">"
    assert all(not isinstance(piece, Slice) or piece.tree is SOURCE for piece in tree.pieces("file"))


def test_neighbours_become_one_piece() -> None:
    tree = RewrittenTree({"f": [Slice(SOURCE, "a", 0, 4), Slice(SOURCE, "a", 4, 4), Inline(b"x"), Inline(b""), Inline(b"y")]})
    assert tree.pieces("f") == (Slice(SOURCE, "a", 0, 8), Inline(b"xy"))


def test_files_are_sorted_by_the_paths_bytes() -> None:
    tree = RewrittenTree({"b": [], "a/z": [Inline(b"1")], "ä": []})
    assert [file.path for file in tree.files()] == ["a/z", "b", "ä"]
