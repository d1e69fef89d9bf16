"""In the child: unpacks LZF, the filter that h5py brings along, under the name by which pyfive looks for it."""

from __future__ import annotations

_MAX_BYTES = 64 << 20


def decompress(packed: bytes, _told: int) -> bytes:
    """Returns the unpacked bytes; what pyfive takes for their length is none, since h5py writes none.

    A control byte below 32 starts that many bytes and one more; another one repeats earlier bytes: three bits of length (7: more in the
    next byte) and 13 bits of distance.
    """
    out, at = bytearray(), 0
    while at < len(packed):
        control = packed[at]
        at += 1
        if control < 32:
            out += packed[at : at + control + 1]
            at += control + 1
            continue
        length = control >> 5
        if length == 7:
            length += packed[at]
            at += 1
        start = len(out) - ((control & 31) << 8) - packed[at] - 1
        at += 1
        if start < 0 or len(out) > _MAX_BYTES:
            raise ValueError("damaged LZF")
        for place in range(start, start + length + 2):
            out.append(out[place])
    return bytes(out)
