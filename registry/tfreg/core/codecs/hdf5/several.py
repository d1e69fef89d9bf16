"""Values of several datasets of one file, read by one child: to start one takes longer than to read most values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.hdf5.process import converse_about_values
from tfreg.core.codecs.hdf5.protocol import TABLE
from tfreg.core.files import FileReader

_MEMORY_BYTES = 256 << 20
_FREE_CPU_S, _CPU_S_PER_VALUE, _BYTES_PER_CPU_S = 5.0, 0.02, 20 << 20
_FREE_READ_BYTES, _READ_BYTES_PER_VALUE = 256 << 20, 1 << 20


def read_datasets(reader: FileReader, wanted: Sequence[tuple[str, int]]) -> Iterator[Iterator[bytes]]:
    """Yields the plain value of each dataset, as `read_dataset` gives it; what is left of one is passed over for the next.

    The child works ahead no further than a pipe holds. Closing the iterator ends it.

    Args:
        reader: The file.
        wanted: Path and most bytes of each value.

    Raises:
        CodecError, LimitError: As `read_dataset`, while the one value is taken, after which the next can be; or of the whole file.
    """
    total_bytes = sum(max_bytes for _, max_bytes in wanted)
    job = {
        "several": [list(one) for one in wanted],
        "memory_bytes": _MEMORY_BYTES,
        "cpu_s": _FREE_CPU_S + _CPU_S_PER_VALUE * len(wanted) + total_bytes / _BYTES_PER_CPU_S,
        "read_bytes": 2 * reader.size_bytes + _FREE_READ_BYTES + _READ_BYTES_PER_VALUE * len(wanted),
    }
    frames = converse_about_values(reader, job)
    try:
        for _, max_bytes in wanted:
            value = _Value(frames, max_bytes)
            yield value
            value.skip()
    finally:
        frames.close()  # type: ignore[attr-defined]  # a generator: ends the child


class _Value(Iterator[bytes]):
    """The chunks of one value, up to the frame that ends it."""

    def __init__(self, frames: Iterator[tuple[bytes, bytes]], max_bytes: int) -> None:
        self._frames = frames
        self._left_bytes = max_bytes
        self._ended = False

    def __next__(self) -> bytes:
        if self._ended:
            raise StopIteration
        kind, content = next(self._frames, (TABLE, b"null"))
        if kind == TABLE:
            self._ended = True
            self._check(json.loads(content))
            raise StopIteration
        self._left_bytes -= len(content)
        if self._left_bytes < 0:
            raise LimitError("has a dataset of more bytes than its shape says")
        return content

    def skip(self) -> None:
        """Passes over what is left of the value, whatever is wrong with it."""
        while not self._ended:
            kind, _ = next(self._frames, (TABLE, b""))
            self._ended = kind == TABLE

    @staticmethod
    def _check(fault: tuple[str, str] | None) -> None:
        if fault is not None:
            raise LimitError(fault[1]) if fault[0] == "limit" else CodecError(fault[1])
