"""Digests have one written form."""

import hashlib

import pytest

from tfreg.core.digests import digest_of, from_hex, hex_of, parse_digest
from tfreg.core.errors import DigestInvalidError


def test_a_digest_is_the_sha256_of_bytes() -> None:
    assert digest_of(b"abc") == "sha256:" + hashlib.sha256(b"abc").hexdigest()
    assert digest_of(memoryview(b"abc")) == digest_of(b"abc")


def test_a_digest_and_its_hex_digits_turn_into_each_other() -> None:
    digest = digest_of(b"abc")
    assert parse_digest(from_hex(hex_of(digest))) == digest


@pytest.mark.parametrize(
    "text", ["", "sha256:", "0" * 64, "sha256:" + "0" * 63, "sha256:" + "0" * 65, "sha256:" + "A" * 64, "md5:" + "0" * 64]
)
def test_anything_else_is_no_digest(text: str) -> None:
    with pytest.raises(DigestInvalidError) as error:
        parse_digest(text)
    assert error.value.metadata["digest"] == text[:100]


def test_a_line_feed_does_not_end_a_digest() -> None:
    with pytest.raises(DigestInvalidError):
        parse_digest(digest_of(b"") + "\n")
