"""Fingerprint64 of FarmHash (farmhashna::Hash64, by Google), which TensorFlow's fingerprint.pb is made of, over bytes that come bit by bit.

About 20 MB/s in Python, so callers limit what they hash.
"""

from __future__ import annotations

from struct import Struct

_MASK = (1 << 64) - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_SEED = 81
_BLOCK_BYTES = 64
_WORDS = Struct("<8Q")
_CAT_MULTIPLIER = 0xC6A4A7935BD1E995


class Fingerprint64:
    """The hash of all bytes given so far. Nothing is kept but the state and the last two blocks."""

    def __init__(self, content: bytes = b"") -> None:
        self._length = 0
        self._rest = b""
        self._last = b""
        self._state: _State | None = None
        self.update(content)

    def update(self, content: bytes) -> None:
        """Adds bytes."""
        self._length += len(content)
        content = self._rest + content
        whole = max(0, (len(content) - 1) // _BLOCK_BYTES) * _BLOCK_BYTES  # a last block stays, however full
        if whole:
            self._state = _mixed(self._state or _start(_word(content, 0)), content[:whole])
            self._last = content[whole - _BLOCK_BYTES : whole]
        self._rest = content[whole:]

    def value(self) -> int:
        """Returns the hash, 0 to 2^64 - 1."""
        if self._state is None:
            return _short(self._rest)
        return _end(self._state, self._length, (self._last + self._rest)[-_BLOCK_BYTES:])


def fingerprint64(content: bytes) -> int:
    """Returns the hash of some bytes."""
    return Fingerprint64(content).value()


def combined(one: int, other: int) -> int:
    """Returns TensorFlow's FingerprintCat64 of two hashes (core/platform/fingerprint.h)."""
    result = one ^ _CAT_MULTIPLIER
    result ^= _shift_mix(other * _CAT_MULTIPLIER & _MASK) * _CAT_MULTIPLIER & _MASK
    result = result * _CAT_MULTIPLIER & _MASK
    return _shift_mix(_shift_mix(result) * _CAT_MULTIPLIER & _MASK)


_State = tuple[int, int, int, int, int, int, int]  # x, y, z, v1, v2, w1, w2


def _start(first_word: int) -> _State:
    x = (_SEED * _K2 + first_word) & _MASK
    y = (_SEED * _K1 + 113) & _MASK
    return x, y, _shift_mix((y * _K2 + 113) & _MASK) * _K2 & _MASK, 0, 0, 0, 0


def _mixed(state: _State, blocks: bytes) -> _State:
    """Mixes whole blocks of 64 bytes into the state."""
    x, y, z, v1, v2, w1, w2 = state
    for a, b, c, d, e, f, g, h in _WORDS.iter_unpack(blocks):
        x = _rotated((x + y + v1 + b) & _MASK, 37) * _K1 & _MASK
        y = _rotated((y + v2 + g) & _MASK, 42) * _K1 & _MASK
        x ^= w2
        y = (y + v1 + f) & _MASK
        z = _rotated((z + w1) & _MASK, 33) * _K1 & _MASK
        v1, v2 = _weak(a, b, c, d, v2 * _K1, x + w1)
        w1, w2 = _weak(e, f, g, h, z + w2, y + c)
        z, x = x, z
    return x, y, z, v1, v2, w1, w2


def _end(state: _State, length: int, last: bytes) -> int:
    x, y, z, v1, v2, w1, w2 = state
    multiplier = _K1 + ((z & 0xFF) << 1)
    a, b, c, d, e, f, g, h = _WORDS.unpack(last)
    w1 = (w1 + ((length - 1) & 63)) & _MASK
    v1 = (v1 + w1) & _MASK
    w1 = (w1 + v1) & _MASK
    x = _rotated((x + y + v1 + b) & _MASK, 37) * multiplier & _MASK
    y = _rotated((y + v2 + g) & _MASK, 42) * multiplier & _MASK
    x ^= w2 * 9 & _MASK
    y = (y + v1 * 9 + f) & _MASK
    z = _rotated((z + w1) & _MASK, 33) * multiplier & _MASK
    v1, v2 = _weak(a, b, c, d, v2 * multiplier, x + w1)
    w1, w2 = _weak(e, f, g, h, z + w2, y + c)
    z, x = x, z
    one = (_hash16(v1, w1, multiplier) + _shift_mix(y) * _K0 + z) & _MASK
    return _hash16(one, (_hash16(v2, w2, multiplier) + x) & _MASK, multiplier)


def _weak(w: int, x: int, y: int, z: int, a: int, b: int) -> tuple[int, int]:  # noqa: PLR0917  # four words and two seeds
    """WeakHashLen32WithSeeds."""
    a = (a + w) & _MASK
    b = _rotated((b + a + z) & _MASK, 21)
    c = a
    a = (a + x + y) & _MASK
    b = (b + _rotated(a, 44)) & _MASK
    return (a + z) & _MASK, (b + c) & _MASK


def _short(content: bytes) -> int:
    """The hash of up to 64 bytes."""
    length = len(content)
    if length <= 16:
        return _up_to_16(content)
    multiplier = _K2 + length * 2
    if length <= 32:
        a, b = _word(content, 0) * _K1 & _MASK, _word(content, 8)
        c, d = _word(content, length - 8) * multiplier & _MASK, _word(content, length - 16) * _K2 & _MASK
        one = (_rotated((a + b) & _MASK, 43) + _rotated(c, 30) + d) & _MASK
        return _hash16(one, (a + _rotated((b + _K2) & _MASK, 18) + c) & _MASK, multiplier)
    a, b = _word(content, 0) * _K2 & _MASK, _word(content, 8)
    c, d = _word(content, length - 8) * multiplier & _MASK, _word(content, length - 16) * _K2 & _MASK
    y = (_rotated((a + b) & _MASK, 43) + _rotated(c, 30) + d) & _MASK
    z = _hash16(y, (a + _rotated((b + _K2) & _MASK, 18) + c) & _MASK, multiplier)
    e, f = _word(content, 16) * multiplier & _MASK, _word(content, 24)
    g, h = (y + _word(content, length - 32)) * multiplier & _MASK, (z + _word(content, length - 24)) * multiplier & _MASK
    one = (_rotated((e + f) & _MASK, 43) + _rotated(g, 30) + h) & _MASK
    return _hash16(one, (e + _rotated((f + a) & _MASK, 18) + g) & _MASK, multiplier)


def _up_to_16(content: bytes) -> int:
    length = len(content)
    if length >= 8:
        multiplier = _K2 + length * 2
        a, b = (_word(content, 0) + _K2) & _MASK, _word(content, length - 8)
        c = (_rotated(b, 37) * multiplier + a) & _MASK
        return _hash16(c, (_rotated(a, 25) + b) * multiplier & _MASK, multiplier)
    if length >= 4:
        a = int.from_bytes(content[:4], "little")
        return _hash16((length + (a << 3)) & _MASK, int.from_bytes(content[-4:], "little"), _K2 + length * 2)
    if length:
        y = content[0] + (content[length >> 1] << 8)
        z = length + (content[-1] << 2)
        return _shift_mix((y * _K2 ^ z * _K0) & _MASK) * _K2 & _MASK
    return _K2


def _hash16(one: int, other: int, multiplier: int) -> int:
    a = (one ^ other) * multiplier & _MASK
    a ^= a >> 47
    b = (other ^ a) * multiplier & _MASK
    b ^= b >> 47
    return b * multiplier & _MASK


def _shift_mix(value: int) -> int:
    return value ^ (value >> 47)


def _rotated(value: int, bits: int) -> int:
    return (value >> bits | value << (64 - bits)) & _MASK


def _word(content: bytes, at: int) -> int:
    return int.from_bytes(content[at : at + 8], "little")
