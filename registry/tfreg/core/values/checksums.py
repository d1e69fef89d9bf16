"""The CRC-32C of a stored tensor's bytes, as a checkpoint's index keeps it."""

from __future__ import annotations

from collections.abc import Callable

from tfreg.core.codecs import crc32c
from tfreg.core.files import FileReader
from tfreg.core.layouts import Span
from tfreg.core.shapes import element_count
from tfreg.core.tensors import StoredAs, StoredTensor
from tfreg.core.values.strings import texts_checksum

_READ_BYTES = 4 << 20


def go_on() -> None:
    """For callers that cannot give up."""


def tensor_checksum(reader: FileReader, tensor: StoredTensor, check_wanted: Callable[[], None] = go_on) -> int:
    """Returns the checksum of what the file holds; what `check_wanted` raises, every few MiB, ends the reading.

    Raises:
        CodecError: A string tensor's lengths are damaged.
    """
    place = Span(tensor.offset_bytes, tensor.size_bytes)
    checksum = 0
    if tensor.stored_as is StoredAs.STRINGS:
        checksum, place = texts_checksum(reader, place, element_count(tensor.shape))
    end = place.offset_bytes + place.length_bytes
    for at in range(place.offset_bytes, end, _READ_BYTES):
        checksum = crc32c.extend(checksum, reader.read_at(at, min(_READ_BYTES, end - at)))
        check_wanted()
    return checksum
