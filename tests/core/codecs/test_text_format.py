"""Text-format files: read once into the binary form, within limits."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.text_format import binary_of
from tfreg.core.trees import BytesReader
from tfreg.wire.graph_pb2 import GraphDef


def graph(text: bytes, max_bytes: int = 1 << 20) -> GraphDef:
    return GraphDef.FromString(binary_of(BytesReader(text), GraphDef, max_bytes))


def test_a_text_graph_is_read():
    assert graph(b'# a comment\nnode { name: "x" op: "Placeholder" }').node[0].name == "x"


def test_fields_that_we_do_not_know_are_passed_over():
    assert graph(b'node { name: "x" never_heard_of { a: 1 } } debug_info { files: "f" }').node[0].name == "x"


def test_a_byte_order_mark_is_passed_over():
    assert graph("\ufeffversion: 3".encode()).version == 3


@pytest.mark.parametrize(
    "text", [b"node {", b"node { name: 7 }", b"\xff\xfe", b"version: 99999999999999", b'node { name: "\\xff" }']
)
def test_what_is_no_text_of_the_message_is_a_codec_error(text):
    with pytest.raises(CodecError):
        graph(text)


def test_the_reason_ends_without_a_full_stop_of_its_own():
    with pytest.raises(CodecError, match=r"Expected \"}\"$"):
        graph(b"node {")


def test_the_reason_quotes_no_bytes_of_a_tensor():
    with pytest.raises(CodecError, match=r"line 2, column 17: String missing ending quote$"):
        graph(b'node { attr { value { tensor {\ntensor_content: "\\362\\300\\031')


def test_deep_nesting_is_a_codec_error():
    deep = b"node { attr { value { func { attr { value { " * 2000
    with pytest.raises(CodecError):
        graph(deep)


def test_long_texts_are_not_read():
    with pytest.raises(LimitError, match="at most 10 are read"):
        graph(b"version: 1 # and more", max_bytes=10)


@given(st.binary(max_size=60))
def test_any_bytes_give_a_message_or_a_codec_error(content):
    with suppress(CodecError):
        graph(content)
