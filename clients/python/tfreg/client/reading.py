"""Values of tensors as arrays and as files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tfreg.client import tensors
from tfreg.client.arguments import PathLike
from tfreg.client.arrays import array_of
from tfreg.client.calls import Calls
from tfreg.core.errors import TensorNotFoundError
from tfreg.core.values.lookup import TensorNames, header_of, is_readable, without_constants
from tfreg.core.values.saving import Saved, check_path, plan, write
from tfreg.core.values.selection import Selection, ValueHeader, box_of

if TYPE_CHECKING:
    import numpy.typing as npt


class RemoteValues:
    """The values of a stored artifact, as `core.values.reading.Values` gives those of a local one.

    Args:
        calls: How the server is called.
        reference: Which artifact.
        formats: Formats that the caller can use.
    """

    def __init__(self, calls: Calls, reference: str, formats: Sequence[str] = ()) -> None:
        self._calls = calls
        self._reference = reference
        self._formats = formats
        self.names = TensorNames(tensors.tensors(calls, reference, "", formats, with_digests=False))

    def header(self, selection: Selection) -> ValueHeader:
        """Returns what a value is.

        Raises:
            TensorNotFoundError, SliceInvalidError, TensorUnreadableError: As named.
        """
        try:
            found = self.names.find(selection.name)
        except TensorNotFoundError:
            header, _ = next(self.streams([selection]))  # a constant of the graph, which is not listed
            return header
        return header_of(found, box_of(selection, found.shape))

    def streams(self, selections: Sequence[Selection]) -> Iterator[tuple[ValueHeader, Iterator[bytes]]]:
        """Yields values by one stream; the bytes of each must be taken before the next."""
        return tensors.read(self._calls, self._reference, selections, self._formats)

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns the shape of a whole value."""
        return self.header(Selection(name)).shape


def read_tensor(calls: Calls, reference: str, selection: Selection, formats: Sequence[str]) -> npt.NDArray[Any]:
    """See `Client.read_tensor`."""
    header, chunks = next(tensors.read(calls, reference, [selection], formats))
    return array_of(header, chunks)


def read_tensors(calls: Calls, reference: str, names: Sequence[str], formats: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    """See `Client.read_tensors`."""
    if not names:
        return {}
    streams = tensors.read(calls, reference, [Selection(name) for name in names], formats)
    return {name: array_of(header, chunks) for name, (header, chunks) in zip(names, streams, strict=True)}


def save_tensors(calls: Calls, reference: str, path: PathLike, names: Sequence[str], formats: Sequence[str]) -> Saved:
    """See `Client.save_tensors`."""
    check_path(path)
    values = RemoteValues(calls, reference, formats)
    selections = [Selection(name) for name in names] or selections_of_all(values.names)
    planned = plan(path, [(selection, values.header(selection)) for selection in selections])
    return write(planned, values.streams(planned.selections) if planned.selections else iter(()))


def selections_of_all(names: TensorNames) -> list[Selection]:
    """Returns all values that can be read; where there are variables, without the constants of the graph."""
    return [Selection(found.name) for found in without_constants(names.values()) if is_readable(found)]
