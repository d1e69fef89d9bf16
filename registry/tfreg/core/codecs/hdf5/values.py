"""In the child: the value of one dataset as a stream of plain little-endian bytes."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from pyfive.high_level import Dataset, File

from tfreg.core.codecs.errors import CodecError, LimitError

_SLAB_BYTES = 4 << 20


def stream(file: File, path: str, max_bytes: int) -> Iterator[bytes]:
    """Yields the elements in row-major order.

    Numbers come little-endian; a bool as one byte; a text as its length in eight bytes, little-endian, and its bytes.

    Raises:
        CodecError: There is no such dataset.
        LimitError: It has more than `max_bytes`, or chunks too large to unpack.
    """
    dataset = file.get_lazy_view(path)
    if not isinstance(dataset, Dataset):
        raise CodecError(f"has no dataset {path!r}")
    element, chunks = max(1, dataset.dtype.itemsize), dataset.chunks
    if element * prod(dataset.shape) > max_bytes:
        raise LimitError(f"has a dataset of more than {max_bytes} bytes")
    if chunks is not None and element * prod(chunks) > max_bytes:
        raise LimitError(f"has chunks of more than {max_bytes} bytes")
    if not dataset.shape or 0 in dataset.shape:
        yield from _plain(dataset[()])
        return
    row_bytes = element * prod(dataset.shape[1:])
    rows_at_once = chunks[0] if chunks else 1
    rows_at_once *= max(1, _SLAB_BYTES // max(1, row_bytes * rows_at_once))
    for row in range(0, dataset.shape[0], rows_at_once):
        yield from _plain(dataset[row : row + rows_at_once])


def _plain(value: Any) -> Iterator[bytes]:  # numpy's array or scalar, or a text
    if isinstance(value, str | bytes):
        yield _text(value)
    elif value.dtype.kind in "OSU":
        yield b"".join(map(_text, value.reshape(-1).tolist()))
    elif value.size:
        yield value.astype(value.dtype.newbyteorder("<")).tobytes()


def _text(value: str | bytes | None) -> bytes:
    content = value.encode() if isinstance(value, str) else value or b""
    return len(content).to_bytes(8, "little") + content
