"""Lines of workers: read for what they are, believed in nothing."""

from __future__ import annotations

import pytest

from tfreg.convert import protocol


def test_a_line_comes_back() -> None:
    content = {"facts": {"count": 3, "share": 0.5, "name": "x"}}
    assert protocol.parse(protocol.line(protocol.DONE, content)) == (protocol.DONE, content)


@pytest.mark.parametrize(
    "text", [b"", b"1", b"[]", b"{}", b'{"done": 1}', b'{"a": {}, "b": {}}', b"\xff", b"[" * 100_000, b'{"done": {"a": 1}']
)
def test_what_is_no_line_is_none(text: bytes) -> None:
    assert protocol.parse(text) is None


@pytest.mark.parametrize("digits", [19, 400, 100_000])
def test_numbers_can_be_reckoned_with_however_long(digits: int) -> None:
    parsed = protocol.parse(b'{"done": {"difference": -1' + b"0" * digits + b"}}")
    assert parsed is not None
    number = parsed[1]["difference"]
    assert isinstance(number, float)
    assert number < 0


def test_texts_can_be_printed_and_are_short() -> None:
    assert protocol.text_of("a\x1b[2J\ud800\nb") == "a?[2J?\nb"
    assert protocol.text_of(1) == ""
    assert len(protocol.text_of("x" * 10_000)) == protocol.MAX_TEXT
    assert protocol.texts_of({"limit": "memory", "not a name": "x", "number": 1}) == {"limit": "memory", "number": ""}
