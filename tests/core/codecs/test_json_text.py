"""JSON of strangers."""

from __future__ import annotations

import pytest

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.json_text import MAX_BYTES, as_list, as_mapping, as_text, parse_json


def test_json_with_and_without_a_mark_of_its_encoding_is_parsed():
    assert parse_json(b'\xef\xbb\xbf{"a": [1, null, "\xc3\xbc"]}') == {"a": [1, None, "ü"]}
    assert parse_json('"\\ud83d\\ude00"') == "\U0001f600"


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[" * 100_000, b'{"a":' * 100_000, b"1" * 10_000, '"\\ud800"', "nul"])
def test_anything_else_is_an_error_of_the_text(text):
    with pytest.raises(CodecError):
        parse_json(text)


@pytest.mark.parametrize("text", [b" " * (MAX_BYTES + 1), b"[" + b"[]," * 300_000 + b"[]]", b'{"a":{},' * 200_000])
def test_what_would_become_too_many_objects_stops_at_a_limit(text):
    with pytest.raises(LimitError):
        parse_json(text)


def test_values_of_another_kind_are_empty():
    assert (as_mapping([1]), as_list({"a": 1}), as_text(7)) == ({}, [], "")
