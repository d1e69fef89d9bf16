"""Writes a checkpoint of version 2: `<prefix>.index`, a table of what there is, and one data file, in which values stay what they are.

Source: tensorflow/core/util/tensor_bundle/tensor_bundle.cc (BundleWriter) and tensor_bundle.proto.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tfreg.core.codecs import crc32c
from tfreg.core.codecs.ordered_code import slice_key
from tfreg.core.codecs.sstable_writing import write_table
from tfreg.core.codecs.varint import encode
from tfreg.core.dtypes import dtype_number
from tfreg.core.errors import FailedPreconditionError
from tfreg.core.rewrites.pieces import Inline, Piece, chunks_of
from tfreg.core.rewrites.weights.weight import WeightSlice
from tfreg.wire.checkpoint_pb2 import BundleEntryProto, BundleHeaderProto

DATA_SUFFIX, INDEX_SUFFIX = ".data-00000-of-00001", ".index"
_HEADER_KEY, _VERSION = b"", 1
_MAX_SHORT = (1 << 32) - 1
_LENGTH_BYTES = 8


@dataclass(frozen=True, slots=True)
class BundleEntry:
    """A tensor of a checkpoint.

    Attributes:
        key: Its key.
        dtype: Its element type.
        shape: Its shape.
        pieces: Its plain value: each text with its length in eight bytes before it.
        crc32c: The checksum of the pieces' bytes, unmasked; None: they are read for it. Not asked for where it is of texts.
        slices: The slices that it is kept as instead, if it is a partitioned variable.
    """

    key: str
    dtype: str
    shape: tuple[int, ...]
    pieces: Sequence[Piece]
    crc32c: int | None = None
    slices: Sequence[WeightSlice] = ()


def write_bundle(prefix: str, entries: Iterable[BundleEntry]) -> dict[str, list[Piece]]:
    """Returns the files of a checkpoint by path.

    Raises:
        FailedPreconditionError: google-crc32c is not installed: TensorFlow takes no checkpoint without checksums.
        ValueError: Two entries have one key, or a dtype is none of TensorFlow's.
    """
    if not crc32c.is_available():
        raise FailedPreconditionError("A checkpoint cannot be written without google-crc32c.", hint="pip install google-crc32c")
    header = BundleHeaderProto(num_shards=1)
    header.version.producer = _VERSION
    table, data = [(_HEADER_KEY, header.SerializeToString())], _Data()
    for entry in sorted(entries, key=lambda entry: entry.key.encode()):
        if entry.slices:
            table.extend(_sliced(entry, data))
        else:
            table.append((entry.key.encode(), data.add(entry.dtype, entry.shape, entry.pieces, entry.crc32c).SerializeToString()))
    return {prefix + INDEX_SUFFIX: [Inline(write_table(table))], prefix + DATA_SUFFIX: data.pieces}


def _sliced(entry: BundleEntry, data: _Data) -> Iterator[tuple[bytes, bytes]]:
    """Yields the entry of a partitioned variable, which has no bytes of its own, and those of its slices."""
    variable = _described(entry.dtype, entry.shape)
    for one in entry.slices:
        extents = tuple(zip(one.begin, one.shape, strict=True))
        described = variable.slices.add()
        for start, length in extents:
            described.extent.add(start=start, length=length)
        yield (
            slice_key(entry.key.encode(), extents),
            data.add(entry.dtype, one.shape, one.pieces, one.crc32c).SerializeToString(),
        )
    yield entry.key.encode(), variable.SerializeToString()


class _Data:
    """The data file while it is put together."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self._at = 0

    def add(self, dtype: str, shape: tuple[int, ...], pieces: Sequence[Piece], checksum: int | None) -> BundleEntryProto:
        """Appends a value; returns what the index says of it."""
        if dtype == "string":
            pieces, checksum = _texts(pieces)
        elif checksum is None:
            checksum = 0
            for chunk in chunks_of(pieces):
                checksum = crc32c.extend(checksum, chunk)
        entry = _described(dtype, shape)
        entry.offset, entry.size = self._at, sum(piece.length_bytes for piece in pieces)
        entry.crc32c = crc32c.mask(checksum)
        self.pieces += pieces
        self._at += entry.size
        return entry


def _described(dtype: str, shape: tuple[int, ...]) -> BundleEntryProto:
    number = dtype_number(dtype)
    if number is None:
        raise ValueError(f"a checkpoint has no dtype {dtype!r}")
    entry = BundleEntryProto(dtype=number)  # type: ignore[arg-type]  # an enum is an int
    entry.shape.SetInParent()
    for size in shape:
        entry.shape.dim.add(size=size)
    return entry


def _texts(pieces: Sequence[Piece]) -> tuple[list[Piece], int]:
    """Returns texts in a bundle's own form, and their checksum (WriteStringTensor): see core/values/strings.py."""
    content, at = b"".join(chunks_of(pieces)), 0
    lengths, spread, texts = bytearray(), bytearray(), []
    while at < len(content):
        start = at + _LENGTH_BYTES
        length = int.from_bytes(content[at:start], "little")
        lengths += encode(length)
        spread += length.to_bytes(4 if length <= _MAX_SHORT else 8, "little")
        at = start + length
        texts.append(content[start:at])
    checksum = crc32c.extend(0, bytes(spread))
    told = crc32c.mask(checksum).to_bytes(4, "little")
    joined = b"".join(texts)
    return [Inline(bytes(lengths) + told + joined)], crc32c.extend(crc32c.extend(checksum, told), joined)
