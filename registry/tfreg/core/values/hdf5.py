"""Values of one HDF5 file: one by one, and as soon as they are asked for in order, by one child for all that follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tfreg.core.dtypes import element_size_bytes
from tfreg.core.files import FileReader
from tfreg.core.shapes import element_count
from tfreg.core.tensors import StoredTensor
from tfreg.core.values.lookup import plain_dtype

_AT_ONCE = 1000
_MAX_TEXTS_BYTES = 1 << 30
"""How long the texts of a dataset may be."""


class Hdf5Values:
    """Reads the values of a file.

    Args:
        reader: The file, which stays its owner's to close.
        tensors: The datasets that may be asked for, in the order in which they most likely are.
    """

    def __init__(self, reader: FileReader, tensors: Sequence[StoredTensor]) -> None:
        self._reader = reader
        self._wanted = [(tensor.name, max_bytes_of(tensor)) for tensor in tensors]
        self._numbers = {name: number for number, (name, _) in enumerate(self._wanted)}
        self._last = -2
        self._following: Iterator[Iterator[bytes]] = iter(())
        self._next = -1

    def value(self, tensor: StoredTensor) -> Iterator[bytes]:
        """Returns the plain value of a tensor, to be taken before the next is asked for.

        Raises:
            CodecError: It cannot be unpacked; comes while it is taken.
        """
        number = self._numbers[tensor.name]
        in_order, self._last = number == self._last + 1, number
        value = next(self._following, None) if number == self._next else None
        if value is None:  # another than the next, or that of the next batch
            value = next(self._start(number, _AT_ONCE if in_order else 1))
        self._next = number + 1
        return value

    def close(self) -> None:
        """Ends the child, if there is one."""
        close = getattr(self._following, "close", None)
        if close is not None:
            close()

    def _start(self, number: int, count: int) -> Iterator[Iterator[bytes]]:
        from tfreg.core.codecs.hdf5.several import read_datasets

        self.close()
        self._following = read_datasets(self._reader, self._wanted[number : number + count])
        return self._following


def max_bytes_of(tensor: StoredTensor) -> int:
    """Returns how many bytes a value may have."""
    element = element_size_bytes(plain_dtype(tensor.dtype))
    return _MAX_TEXTS_BYTES if element is None else element * element_count(tensor.shape)
