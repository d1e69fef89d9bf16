"""Archives that are put together of pieces are read back by the registry and by Python's zipfile."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.codecs import zip_writing
from tfreg.core.codecs.zip_directory import read_zip, unpack_whole
from tfreg.core.codecs.zip_writing import write_zip
from tfreg.core.rewrites.pieces import Inline, RewrittenTree, Slice, chunks_of
from tfreg.core.trees import BytesReader, MemoryTree

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20).filter(
    lambda name: not name.endswith("/")
)
MEMBERS = st.dictionaries(NAMES, st.lists(st.binary(max_size=30), max_size=3), max_size=12)


def archive(members: dict[str, list[bytes]]) -> bytes:
    return b"".join(chunks_of(write_zip({name: [Inline(part) for part in parts] for name, parts in members.items()})))


@given(members=MEMBERS)
def test_members_come_back(members):
    content = archive(members)
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.testzip() is None
        assert {info.orig_filename: opened.read(info) for info in opened.infolist()} == {
            name: b"".join(parts) for name, parts in members.items()
        }
    reader = BytesReader(content)
    found = read_zip(reader)
    assert {name: unpack_whole(reader, member, 1000) for name, member in found.items()} == {
        name: b"".join(parts) for name, parts in members.items()
    }


def test_an_archive_of_more_than_4_gib_says_so_in_numbers_of_64_bits(monkeypatch):
    """Only the checksum would have to read them all."""

    class Zeros:
        size_bytes = 5 << 30

        def read_at(self, offset: int, length: int) -> bytes:
            return bytes(max(0, min(length, self.size_bytes - offset)))

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    class Tree(MemoryTree):
        def open(self, path: str) -> Zeros:
            return Zeros()

    monkeypatch.setattr(zip_writing, "_crc32", lambda _: 0)
    tree = Tree({})
    made = RewrittenTree({"a.zip": write_zip({"large": [Slice(tree, "f", 0, 5 << 30)], "small": [Inline(b"behind")]})})
    with made.open("a.zip") as reader:
        found = read_zip(reader)
        assert found["large"].size_bytes == 5 << 30
        assert found["small"].offset_bytes > 5 << 30
        assert reader.read_at(found["small"].offset_bytes, 6) == b"behind"

        class File(io.RawIOBase):
            at = 0

            def seekable(self):
                return True

            def seek(self, offset, whence=0):
                self.at = offset + (0, self.at, reader.size_bytes)[whence]
                return self.at

            def tell(self):
                return self.at

            def read(self, length=-1):
                content = reader.read_at(self.at, reader.size_bytes - self.at if length < 0 else length)
                self.at += len(content)
                return content

        with zipfile.ZipFile(File()) as opened:
            assert [info.file_size for info in opened.infolist()] == [5 << 30, 6]


def test_many_members_come_back():
    content = archive({f"m{number}": [] for number in range(70_000)})
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert len(opened.namelist()) == 70_000


def test_values_stay_slices():
    tree = MemoryTree({"f": bytes(100)})
    pieces = write_zip({"a": [Slice(tree, "f", 0, 10)], "b": [Slice(tree, "f", 50, 10)]})
    assert [piece for piece in pieces if isinstance(piece, Slice)] == [Slice(tree, "f", 0, 10), Slice(tree, "f", 50, 10)]


@pytest.mark.parametrize("name", ["", "x" * 5000])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(ValueError, match="no name"):
        write_zip({name: []})
