"""String tensors: a checkpoint's form, TFLite's, and boxes of them."""

from __future__ import annotations

import struct

import google_crc32c
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.codecs.crc32c import mask
from tfreg.core.codecs.varint import encode
from tfreg.core.errors import TensorUnreadableError
from tfreg.core.tensors import StoredAs, StoredTensor
from tfreg.core.trees import MemoryTree
from tfreg.core.values.reading import Values
from tfreg.core.values.selection import Selection


def bundle(texts: list[bytes]) -> bytes:
    """What TensorFlow's WriteStringTensor writes."""
    checksum = mask(google_crc32c.value(b"".join(len(text).to_bytes(4, "little") for text in texts)))
    return b"".join([*(encode(len(text)) for text in texts), checksum.to_bytes(4, "little"), *texts])


def plain(texts: list[bytes]) -> bytes:
    return b"".join(len(text).to_bytes(8, "little") + text for text in texts)


def read(content: bytes, shape: tuple[int, ...], stored_as: StoredAs = StoredAs.STRINGS, **box: tuple[int, ...]) -> bytes:
    tensor = StoredTensor("names", "string", shape, "data", 3, len(content), stored_as)
    with Values(MemoryTree({"data": b"xyz" + content + b"tail"}), [tensor]) as values:
        header, chunks = values.read(Selection("names", **box))
        assert header.size_bytes is None
        return b"".join(chunks)


@given(st.lists(st.binary(max_size=300), max_size=40))
def test_the_texts_of_a_checkpoint_come_each_with_its_length(texts: list[bytes]) -> None:
    assert read(bundle(texts), (len(texts),)) == plain(texts)


def test_a_text_longer_than_a_piece_comes_whole() -> None:
    texts = [b"a" * 3_000_000, b"", b"b"]
    assert read(bundle(texts), (3,)) == plain(texts)


def test_a_box_of_texts_has_just_its_elements() -> None:
    texts = [str(number).encode() * number for number in range(12)]
    assert read(bundle(texts), (3, 4), begin=(1, 1), size=(2, 2)) == plain([texts[5], texts[6], texts[9], texts[10]])


def test_lengths_with_a_wrong_checksum_are_told() -> None:
    content = bytearray(bundle([b"ab", b"c"]))
    content[2] ^= 1
    with pytest.raises(TensorUnreadableError, match="checksum"):
        read(bytes(content), (2,))


@pytest.mark.parametrize("count", [1, 3, 10_000_000])
def test_another_number_of_texts_than_the_shape_says_is_told(count: int) -> None:
    with pytest.raises(TensorUnreadableError):
        read(bundle([b"ab", b"c"]), (count,))


def test_texts_that_are_cut_off_are_told() -> None:
    with pytest.raises(TensorUnreadableError):
        read(bundle([b"ab", b"cdef"])[:-2], (2,))


@given(st.lists(st.binary(max_size=50), max_size=10))
def test_the_texts_of_a_tflite_buffer_are_found_by_their_starts(texts: list[bytes]) -> None:
    starts = [4 * (len(texts) + 2)]
    for text in texts:
        starts.append(starts[-1] + len(text))
    buffer = struct.pack(f"<{len(texts) + 2}i", len(texts), *starts) + b"".join(texts)
    assert read(buffer, (len(texts),), StoredAs.RAW) == (plain(texts))


def test_tflite_starts_that_go_back_are_told() -> None:
    with pytest.raises(TensorUnreadableError, match="starts at byte 3"):
        read(struct.pack("<4i", 2, 16, 3, 16), (2,), StoredAs.RAW)
