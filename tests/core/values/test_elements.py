"""Elements that a file does not hold as plain bytes: packed ones, lists of TensorProtos; and the digest of a value."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.digests import digest_of
from tfreg.core.errors import TensorNotFoundError, TensorUnreadableError
from tfreg.core.layouts import MAX_BLOB_BYTES, Span
from tfreg.core.tensors import StoredTensor
from tfreg.core.trees import BytesReader, MemoryTree
from tfreg.core.values.digest import digest_of_pieces, value_digest
from tfreg.core.values.reading import Values, read_value
from tfreg.core.values.selection import Selection
from tfreg.core.values.tensor_protos import TensorMessage
from tfreg.wire.tensor_pb2 import TensorProto


def proto_value(proto: TensorProto, dtype: str, shape: tuple[int, ...], **options: bool) -> bytes:
    content = proto.SerializeToString()
    message = TensorMessage(BytesReader(b"??" + content + b"?"), Span(2, len(content)), dtype, shape, **options)
    return b"".join(message.chunks())


@pytest.mark.parametrize(
    ("dtype", "field"),
    [("int32", "int_val"), ("int8", "int_val"), ("uint8", "int_val"), ("int64", "int64_val"), ("uint64", "uint64_val")],
)
def test_integers_are_read_from_varints_with_their_sign(dtype: str, field: str) -> None:
    limits = np.iinfo(dtype)
    values = [limits.min, limits.max, 0, 1]
    proto = TensorProto(**{field: values})
    assert proto_value(proto, dtype, (4,)) == np.array(values, dtype).tobytes()


@given(st.lists(st.integers(-(1 << 63), (1 << 63) - 1)))
def test_a_packed_list_of_varints_may_have_any_length(values: list[int]) -> None:
    assert proto_value(TensorProto(int64_val=values), "int64", (len(values),)) == np.array(values, np.int64).tobytes()


def test_floats_halves_bools_and_complex_numbers_are_read_from_their_lists() -> None:
    assert proto_value(TensorProto(float_val=[1.5, -2]), "float32", (2,)) == np.array([1.5, -2], np.float32).tobytes()
    assert proto_value(TensorProto(half_val=[0x3C00, 0xC000]), "float16", (2,)) == np.array([1, -2], np.float16).tobytes()
    assert proto_value(TensorProto(bool_val=[True, False]), "bool", (2,)) == b"\x01\x00"
    assert proto_value(TensorProto(dcomplex_val=[1, 2]), "complex128", ()) == np.array(1 + 2j).tobytes()


def test_a_short_list_is_filled_up_with_its_last_element_and_an_empty_one_with_zeros() -> None:
    assert proto_value(TensorProto(int_val=[7, 8]), "int32", (2, 2)) == np.array([7, 8, 8, 8], np.int32).tobytes()
    assert proto_value(TensorProto(), "float64", (3,)) == bytes(24)
    assert proto_value(TensorProto(string_val=[b"ab"]), "string", (2,)) == (b"\x02" + bytes(7) + b"ab") * 2


def test_where_nothing_may_be_filled_up_a_short_list_is_told() -> None:
    with pytest.raises(CodecError, match="fewer"):
        proto_value(TensorProto(int_val=[7]), "int32", (2,), may_fill=False)


def test_a_few_bytes_do_not_become_gigabytes() -> None:
    with pytest.raises(LimitError):
        proto_value(TensorProto(int_val=[7]), "int32", (1 << 40,))
    with pytest.raises(LimitError):
        proto_value(TensorProto(string_val=[b"x" * 1000]), "string", (1 << 40,))


def test_too_many_elements_are_told() -> None:
    with pytest.raises(CodecError, match="more elements"):
        proto_value(TensorProto(float_val=[1, 2, 3]), "float32", (2,))


@pytest.mark.parametrize(
    ("dtype", "packed", "expected"),
    [("int4", b"\x1f\x08", [-1, 1, -8]), ("uint4", b"\x1f\x08", [15, 1, 8]), ("int2", b"\xe4", [0, 1, -2])],
)
def test_packed_elements_get_a_byte_each_lowest_bits_first(dtype: str, packed: bytes, expected: list[int]) -> None:
    tensor = StoredTensor("t", dtype, (3,), "f", 0, len(packed))
    header, chunks = read_value(MemoryTree({"f": packed}), [tensor], Selection("t"))
    assert header.size_bytes == 3
    assert np.frombuffer(b"".join(chunks), np.uint8 if dtype == "uint4" else np.int8).tolist() == expected


def test_a_box_of_packed_elements_is_cut_out_of_them() -> None:
    tensor = StoredTensor("t", "uint4", (2, 3), "f", 0, 3)
    _, chunks = read_value(MemoryTree({"f": b"\x10\x32\x54"}), [tensor], Selection("t", (0, 1), (2, 2)))
    assert b"".join(chunks) == b"\x01\x02\x04\x05"


def test_the_digest_of_a_value_is_that_of_its_pieces_however_it_comes() -> None:
    value = bytes(range(256)) * (MAX_BLOB_BYTES // 128)  # two pieces
    pieces = [value[:MAX_BLOB_BYTES], value[MAX_BLOB_BYTES:]]
    expected = "sha256:" + hashlib.sha256(b"".join(hashlib.sha256(piece).digest() for piece in pieces)).hexdigest()
    assert value_digest([value]) == expected
    assert value_digest(value[start : start + 999_999] for start in range(0, len(value), 999_999)) == expected
    assert digest_of_pieces(map(digest_of, pieces)) == expected


def test_the_digest_of_an_empty_value_is_that_of_no_pieces() -> None:
    assert value_digest([]) == value_digest([b""]) == digest_of_pieces([])


def test_a_name_that_is_not_there_names_the_nearest() -> None:
    tensor = StoredTensor("dense/kernel", "float32", (1,), "f", 0, 4)
    with Values(MemoryTree({"f": bytes(4)}), [tensor]) as values:
        assert values.read(Selection("dense/kernel:0"))[0].name == "dense/kernel"
        with pytest.raises(TensorNotFoundError) as caught:
            values.read(Selection("dense/kernels"))
    assert caught.value.metadata["nearest"] == "dense/kernel"


@pytest.mark.parametrize(
    ("tensor", "reason"),
    [
        (StoredTensor("t", "float32", (2,), "f", 0, 8), "ends at byte 4 of 8"),
        (StoredTensor("t", "float32", (3,), "f", 0, 4), "do not fit"),
        (StoredTensor("t", "variant", (), "f", 0, 4), "no plain value"),
        (StoredTensor("t", "float32", (1,), "gone", 0, 4), "is missing"),
    ],
)
def test_what_cannot_be_read_says_why(tensor: StoredTensor, reason: str) -> None:
    with Values(MemoryTree({"f": bytes(4)}), [tensor]) as values, pytest.raises(TensorUnreadableError, match=reason):
        b"".join(values.read(Selection("t"))[1])
