"""The first bytes of packed files, of each kind that joblib writes."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib

import pytest

from tfreg.core.codecs.compressed import first_bytes
from tfreg.core.trees import BytesReader

CONTENT = bytes(range(256)) * 2000
PACKED = {
    "zlib": zlib.compress(CONTENT),
    "gzip": gzip.compress(CONTENT),
    "bzip2": bz2.compress(CONTENT),
    "xz": lzma.compress(CONTENT),
}


@pytest.mark.parametrize("kind", PACKED)
def test_as_many_bytes_come_as_are_wanted(kind):
    reader = BytesReader(PACKED[kind])
    assert first_bytes(reader, 1 << 20) == CONTENT
    assert first_bytes(reader, 1000) == CONTENT[:1000]


@pytest.mark.parametrize("kind", PACKED)
def test_a_file_cut_off_gives_what_is_there(kind):
    for cut in range(0, len(PACKED[kind]), 50):
        assert CONTENT.startswith(first_bytes(BytesReader(PACKED[kind][:cut]), 1 << 20))


@pytest.mark.parametrize("kind", PACKED)
def test_a_changed_file_never_raises(kind):
    for position in range(0, len(PACKED[kind]), 20):
        first_bytes(BytesReader(PACKED[kind][:position] + b"\xff" + PACKED[kind][position + 1 :]), 1 << 20)


def test_bytes_that_are_not_packed_give_none():
    assert first_bytes(BytesReader(b"plain text"), 100) == b""


def test_what_needs_much_memory_is_not_unpacked():
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 256 << 20}]
    assert first_bytes(BytesReader(lzma.compress(b"x" * 100, filters=filters)), 100) == b""
