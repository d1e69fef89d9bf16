"""FarmHash's Fingerprint64, against tf.fingerprint of TensorFlow 2.21."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfreg.core.codecs.farmhash import Fingerprint64, fingerprint64

TRUTH = {
    0: 0x9AE16A3B2F90404F,
    1: 0x4271B80E2915C76A,
    3: 0x373A2B2A12E0C581,
    4: 0xCC1E778137AE6D69,
    7: 0x960838FBC6D9C975,
    8: 0x7D507025ED4EECFD,
    15: 0x834F200CFA7ED95F,
    16: 0xD836480326A974D6,
    17: 0x5CDED6CB65C9DAC6,
    32: 0xA03300E1B2BE6DA7,
    33: 0x839154CA67815696,
    48: 0x698F96261BC531D3,
    64: 0x000F03EAC52D3535,
    65: 0xFB360C5023F60DB6,
    127: 0xD70E348FCBF64D04,
    128: 0x33EF435F17AF1739,
    129: 0xC30A81B637D2E4DD,
    1000: 0xC6DBD344BB8F49F4,
}
"""By length, of the bytes of `content`."""


def content(length: int) -> bytes:
    return bytes((i * 37 + 11) % 256 for i in range(length))


@pytest.mark.parametrize("length", TRUTH)
def test_hashes_are_those_of_tensorflow(length):
    assert fingerprint64(content(length)) == TRUTH[length]


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=5))
def test_it_does_not_matter_how_the_bytes_come(whole, cuts):
    found, places = Fingerprint64(), sorted(min(cut, len(whole)) for cut in cuts)
    for start, end in zip([0, *places], [*places, len(whole)], strict=True):
        found.update(whole[start:end])
    assert found.value() == fingerprint64(whole)
