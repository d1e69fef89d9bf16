"""A file in pieces reads as if it were whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.app import stored_tree
from tfreg.app.stored_tree import StoredTree
from tfreg.core.digests import digest_of
from tfreg.core.errors import BlobDamagedError, PathNotFoundError
from tfreg.core.layouts import BlobExtent, FileLayout, InlineExtent
from tfreg.core.records import BlobRef
from tfreg.store.blobs.memory import MemoryBlobStore


def _store(*contents: bytes) -> MemoryBlobStore:
    store = MemoryBlobStore()
    for content in contents:
        with store.writer("lease", BlobRef(digest_of(content), len(content))) as writer:
            writer.write(content)
            writer.finish()
        store.seal("lease", [digest_of(content)])
    return store


parts = st.tuples(st.binary(min_size=1, max_size=20), st.integers(0, 5), st.booleans())


@given(
    st.lists(parts, max_size=6),
    st.lists(st.tuples(st.integers(0, 150), st.integers(0, 150)), max_size=20),
    st.sampled_from([1, 8, 1000]),
)
def test_any_range_is_the_one_of_the_whole_file(found, ranges, window_bytes) -> None:
    store = _store(*(b"." * before + content + b"." for content, before, _ in found))
    extents = tuple(
        InlineExtent(content) if inline else BlobExtent(digest_of(b"." * before + content + b"."), before, len(content))
        for content, before, inline in found
    )
    whole = b"".join(content for content, _, _ in found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored_tree, "_WINDOW_BYTES", window_bytes)
        with StoredTree("tree", [FileLayout("file", extents)], store).open("file") as reader:
            assert reader.size_bytes == len(whole)
            for offset, length in ranges:
                assert reader.read_at(offset, length) == whole[offset : offset + length]


def test_files_are_sorted_by_the_paths_bytes() -> None:
    layouts = [FileLayout(path, (InlineExtent(b"x"),)) for path in ("b", "a/b", "\U00010000", "\ufb00", "a")]
    assert [file.path for file in StoredTree("tree", layouts, _store()).files()] == ["a", "a/b", "b", "\ufb00", "\U00010000"]


def test_a_blob_that_is_shorter_than_its_layout_is_told() -> None:
    tree = StoredTree("tree", [FileLayout("file", (BlobExtent(digest_of(b"abc"), 0, 4),))], _store(b"abc"))
    with tree.open("file") as reader, pytest.raises(BlobDamagedError):
        reader.read_at(0, 4)


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(PathNotFoundError):
        StoredTree("tree", [], _store()).open("file")
