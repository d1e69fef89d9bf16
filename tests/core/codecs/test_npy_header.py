"""Headers of .npy as numpy writes them, and as others do."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.codecs.errors import CodecError, LimitError, TruncatedError
from tfreg.core.codecs.npy_header import NpyHeader, header_size_bytes, read_header

np = pytest.importorskip("numpy")


def saved(values, version: tuple[int, int] | None = None) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, np.asarray(values), version=version, allow_pickle=True)
    return out.getvalue()


def written(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_version_is_read(version):
    content = saved(np.zeros((2, 3), "float32"), version)
    assert read_header(content) == NpyHeader("float32", "<f4", False, False, (2, 3), len(content) - 24)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int32", "uint64", "float16", "float64", "complex64", "complex128"])
def test_numbers_have_the_names_of_tensorflow(dtype):
    assert read_header(saved(np.zeros(1, dtype))).dtype == dtype


@given(shape=st.lists(st.integers(0, 5), max_size=6))
def test_shapes_are_read(shape):
    assert read_header(saved(np.zeros(shape, "int8"))).shape == tuple(shape)


def test_order_and_byte_order_are_told():
    assert read_header(saved(np.zeros((2, 3), order="F"))).is_fortran
    assert read_header(saved(np.zeros(2, ">f4"))).is_big_endian


def test_objects_are_told_and_other_types_have_no_name():
    assert read_header(saved(np.array([{}], object))).dtype == "object"
    for values in (["text"], [b"text"], np.zeros(2, "datetime64[s]"), np.zeros(2, [("x", "f4")])):
        assert read_header(saved(values)).dtype == ""


def test_headers_of_other_writers_are_read():
    text = "{'shape': (3L, 4L), \"descr\" : '<f4','fortran_order':False}"
    assert read_header(written(text)).shape == (3, 4)


UNCLEAR = [
    "",
    "{}",
    "{'descr': '<f4', 'fortran_order': False}",
    "{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': ()}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1 2,)}",
    "{'descr': '<f4', 'fortran_order': 1, 'shape': ()}",
    f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({'9' * 30},)}}",
]


@pytest.mark.parametrize("text", UNCLEAR)
def test_what_does_not_say_each_thing_once_is_refused(text):
    with pytest.raises(CodecError):
        read_header(written(text))


def test_a_header_that_is_too_long_is_refused():
    with pytest.raises(LimitError):
        header_size_bytes(b"\x93NUMPY\x02\x00" + (1 << 30).to_bytes(4, "little"))


def test_a_header_that_is_cut_off_is_told():
    with pytest.raises(TruncatedError):
        read_header(saved([1.0])[:40])


@given(content=st.binary(max_size=100))
def test_any_bytes_give_a_header_or_a_codec_error(content):
    with suppress(CodecError):
        read_header(b"\x93NUMPY\x01\x00" + content)
