"""Which stored tensors a name stands for: a tensor's name, its path, or a partitioned variable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfreg.core.dtypes import element_size_bytes
from tfreg.core.errors import TensorNotFoundError
from tfreg.core.resolving.nearest import did_you_mean, listed, nearest, shown
from tfreg.core.tensors import StoredTensor
from tfreg.core.values.failures import unreadable
from tfreg.core.values.selection import Box, ValueHeader

if TYPE_CHECKING:
    from tfreg.core.values.tensor_protos import TensorMessage


@dataclass(frozen=True, slots=True)
class Found:
    """What a name stands for.

    Attributes:
        name: The tensor's name, or the variable's.
        dtype: Its element type.
        shape: Its shape; of a partitioned variable the whole one.
        tensors: The tensor, or the slices of the variable.
        is_partitioned: Whether `tensors` are slices to be put together.
        message: Where the value is if it is a constant that is not among the stored tensors; `tensors` is empty then.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    tensors: tuple[StoredTensor, ...]
    is_partitioned: bool = False
    message: TensorMessage | None = None


class TensorNames:
    """The names of an artifact's tensors. Where two have one name or path, the first counts."""

    def __init__(self, tensors: Iterable[StoredTensor]) -> None:
        self._names: dict[str, StoredTensor] = {}
        self._paths: dict[str, StoredTensor] = {}
        self._slices: dict[str, list[StoredTensor]] = {}
        for tensor in tensors:
            self._names.setdefault(tensor.name, tensor)
            if tensor.path:
                self._paths.setdefault(tensor.path, tensor)
            if tensor.part is not None:
                self._slices.setdefault(tensor.part.name, []).append(tensor)

    def find(self, name: str) -> Found:
        """Returns what a name stands for; `:0` at its end may be left out, and may be too much.

        Raises:
            TensorNotFoundError: Nothing; the metadata says what there is and what is nearest.
        """
        found = self.look_up(name)
        if found is None:
            raise self.not_found(name)
        return found

    def look_up(self, name: str) -> Found | None:
        """As `find`, but returns None for a name that nothing has: saying what is nearest costs some milliseconds."""
        return self._found(name) or self._found(name.removesuffix(":0"))

    def values(self) -> Iterator[Found]:
        """Yields every value once: whole tensors, and each partitioned variable as one, in the order of their first tensors."""
        seen: set[str] = set()
        for tensor in self._names.values():
            if tensor.part is None:
                yield alone(tensor)
            elif tensor.part.name not in seen:
                seen.add(tensor.part.name)
                yield _variable(tensor.part.name, self._slices[tensor.part.name])

    def _found(self, name: str) -> Found | None:
        found = self._names.get(name)
        if found is None and name in self._slices:
            return _variable(name, self._slices[name])
        found = found or self._paths.get(name)
        if found is not None and found.part is not None and found.path == name:
            return _variable(found.part.name, self._slices[found.part.name])  # the path is the variable's
        return None if found is None else alone(found)

    def stored(self) -> Iterable[StoredTensor]:
        """All tensors and slices by their names, in order."""
        return self._names.values()

    def not_found(self, name: str) -> TensorNotFoundError:
        """Makes the error of a name that nothing has."""
        names = list(dict.fromkeys((*self._names, *self._slices, *self._paths)))
        close = nearest(name, names)
        return TensorNotFoundError(
            f"The model stores no tensor {shown(name)}.{did_you_mean(close)}",
            hint=f"There are: {listed(names[:10])}." if names else "It stores no tensors.",
            tensor=name[:200],
            existing=listed(names),
            nearest=listed(close),
        )


def alone(tensor: StoredTensor) -> Found:
    """Returns a tensor as what its name stands for; a slice as itself."""
    return Found(tensor.name, tensor.dtype, tensor.shape, (tensor,))


def _variable(name: str, slices: list[StoredTensor]) -> Found:
    part = slices[0].part
    assert part is not None
    return Found(name, slices[0].dtype, part.shape, tuple(slices), is_partitioned=True)


def header_of(found: Found, box: Box) -> ValueHeader:
    """Returns what the bytes of a box are.

    Raises:
        TensorUnreadableError: Elements of this dtype have no plain value.
    """
    dtype = plain_dtype(found.dtype)
    if dtype == "string":
        return ValueHeader(found.name, dtype, box.size, None)
    element = element_size_bytes(dtype)
    if element is None:
        raise unreadable(found.name, f"has the dtype {found.dtype or 'of none'}, whose elements have no plain value", "")
    return ValueHeader(found.name, dtype, box.size, element * box.element_count)


def is_constant(found: Found) -> bool:
    """Whether it is a constant of a graph, not a variable."""
    return found.tensors[0].constant if found.tensors else found.message is not None


def without_constants(values: Iterable[Found]) -> list[Found]:
    """Returns the variables; all values where there are none, for then the constants are the weights."""
    every = list(values)
    return [found for found in every if not is_constant(found)] or every


def is_readable(found: Found) -> bool:
    """Whether elements of its dtype have a plain value."""
    dtype = plain_dtype(found.dtype)
    return dtype == "string" or element_size_bytes(dtype) is not None


def plain_dtype(dtype: str) -> str:
    """Returns the dtype of what a reference stands for."""
    return dtype.removesuffix("_ref")
