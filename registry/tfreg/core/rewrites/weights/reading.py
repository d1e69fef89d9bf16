"""Lists the weights of a source, of whatever format, without reading one.

Which values are weights: every variable that is the model's own (see `states`), of any dtype that has plain values, single numbers and
integers too, for a layer may need them. Where there is no variable, as in a frozen graph, the constants that are weights by what they
are (`core.weights.is_weight`): floating or quantised numbers in one dimension or more. Shapes, axes, permutations and other integers
are thereby left in the graph, and so are single numbers, such as an epsilon or the rate of a dropout.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import count

from tfreg.core.files import FileTree
from tfreg.core.formats.variables import BYTE_ORDER
from tfreg.core.rewrites.pieces import Computed, Inline, Piece, Slice
from tfreg.core.rewrites.rewriting import Source
from tfreg.core.rewrites.weights.states import ATTRIBUTES, VALUE, States
from tfreg.core.rewrites.weights.weight import Weight, WeightSlice
from tfreg.core.shapes import element_count
from tfreg.core.tensors import StoredAs, StoredTensor
from tfreg.core.values.failures import cut_off, unreadable
from tfreg.core.values.lookup import (
    Found,
    TensorNames,
    alone,
    header_of,
    is_constant,
    is_readable,
    plain_dtype,
    without_constants,
)
from tfreg.core.values.packed import is_packed
from tfreg.core.values.reading import Values
from tfreg.core.values.selection import whole
from tfreg.core.weights import is_weight

_KERAS = "keras_"
_REWRITE = "Restore the checkpoint and save it again on a machine of the usual byte order."
_TWIN = re.compile(r"_all_variables/\d+")
_SHORT_BYTES = 1 << 16
_ESCAPED = {"..": ".", ".S": "/"}


def weights_of(source: Source, *, with_states: bool = False) -> list[Weight]:
    """Returns the weights of a source, in the natural order of their paths: `variables/2` before `variables/10`.

    Args:
        source: An artifact of any format that stores tensors.
        with_states: Whether to list what training keeps too: an optimiser's slots, moving averages, counters, tables.

    Raises:
        TensorUnreadableError: A weight's file is missing or too short, its bytes do not fit its dtype and shape or are of the other byte
            order, or its slices do not cover it.
    """
    tensors = source.inspection.tensors
    if source.inspection.facts.get(BYTE_ORDER) == "big":
        raise unreadable(next((tensor.name for tensor in tensors), ""), "was written on a big-endian machine", _REWRITE)
    states = States(tensors, is_keras=source.format.startswith(_KERAS))
    found = [
        value
        for value in without_constants(TensorNames(tensors).values())
        if is_readable(value) and (with_states or not states.holds(value.tensors[0])) and _is_kept(value)
    ]
    found.sort(key=lambda value: natural(value.name))
    sizes = {file.path: file.size_bytes for file in source.tree.files()}
    with Values(source.tree, [tensor for value in found for tensor in value.tensors]) as values:
        reading = _Reading(source.tree, sizes, values)
        weights = [reading.weight(value) for value in found]
    return _named_apart(_without_twins(weights))


def natural(name: str) -> tuple[tuple[str, int], ...]:
    """Returns a key to sort names by, in which numbers count as such."""
    parts = re.split(r"(\d+)", name)
    return tuple((text, int(number[:18] or 0)) for text, number in zip(parts[::2], [*parts[1::2], "0"], strict=True))


def _is_kept(value: Found) -> bool:
    """Of constants only those that are weights by what they are."""
    return not is_constant(value) or is_weight(value.dtype, value.shape)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Finds the pieces of weights.

    Attributes:
        tree: The files that they lie in.
        sizes: Size of each file.
        values: Reads those that have to be read.
    """

    tree: FileTree
    sizes: dict[str, int]
    values: Values

    def weight(self, found: Found) -> Weight:
        """Returns a weight with its pieces."""
        tensor = found.tensors[0]
        path = found.name.removesuffix(VALUE).removesuffix(":0")
        name = tensor.path or (_unescaped(path) if ATTRIBUTES in found.name else path)
        weight = Weight(name, path, plain_dtype(found.dtype), found.shape, (), tensor.trainable)
        if not found.is_partitioned:
            return replace(weight, pieces=self._pieces(found), crc32c=_checksum(tensor))
        slices = tuple(
            WeightSlice(one.part.begin, one.shape, self._pieces(alone(one)), _checksum(one))
            for one in sorted(found.tensors, key=lambda one: one.part.begin if one.part else ())
            if one.part is not None
        )
        if sum(element_count(one.shape) for one in slices) != element_count(found.shape):
            raise unreadable(found.name, "has slices that overlap, or do not cover it")
        joined = _joined(slices, found.shape)
        return replace(weight, pieces=self._computed(found) if joined is None else joined, slices=slices)

    def _pieces(self, found: Found) -> tuple[Piece, ...]:
        tensor = found.tensors[0]
        self._check(tensor)
        wanted = header_of(found, whole(found.shape)).size_bytes
        if wanted is None or tensor.stored_as is not StoredAs.RAW or is_packed(tensor.dtype, tensor.shape, tensor.size_bytes):
            return self._computed(found)
        if tensor.size_bytes != wanted:
            raise unreadable(found.name, f"has {tensor.size_bytes} bytes, which do not fit its dtype {found.dtype} and its shape")
        return (Slice(self.tree, tensor.file, tensor.offset_bytes, tensor.size_bytes),) if wanted else ()

    def _check(self, tensor: StoredTensor) -> None:
        size, end = self.sizes.get(tensor.file), tensor.offset_bytes + tensor.size_bytes
        if size is None:
            raise unreadable(tensor.name, f"lies in {tensor.file}, which is missing")
        if tensor.stored_as is not StoredAs.NODE and end > size:
            raise cut_off(tensor.name, max(0, size - tensor.offset_bytes), tensor.size_bytes)

    def _computed(self, found: Found) -> tuple[Piece, ...]:
        """Returns a value that does not lie in the file as it is.

        Texts are read once to know how long they are. Short values of HDF5 files are read at once: each would need a process of its own.
        """
        length = header_of(found, whole(found.shape)).size_bytes
        chunks = partial(_chunks, self.tree, found)
        if length is None:
            length = sum(map(len, chunks()))
        elif length <= _SHORT_BYTES and found.tensors[0].stored_as in (StoredAs.HDF5, StoredAs.ZIPPED):
            return (Inline(b"".join(self.values.chunks(found, whole(found.shape)))),)
        return (Computed(length, chunks),) if length else ()


def _chunks(tree: FileTree, found: Found) -> Iterator[bytes]:
    with Values(tree, found.tensors) as values:
        yield from values.chunks(found, whole(found.shape))


def _joined(slices: tuple[WeightSlice, ...], shape: tuple[int, ...]) -> tuple[Piece, ...] | None:
    """Returns the pieces of a variable whose slices follow each other in its first dimension; None if they lie otherwise."""
    row = 0
    for one in slices:
        if one.begin != (row, *(0,) * (len(shape) - 1)) or one.shape[1:] != shape[1:]:
            return None
        row += one.shape[0]
    return tuple(piece for one in slices for piece in one.pieces) if shape and row == shape[0] else None


def _checksum(tensor: StoredTensor) -> int | None:
    return tensor.crc32c if tensor.stored_as is StoredAs.RAW else None


def _unescaped(path: str) -> str:
    return re.sub(r"\.[.S]", lambda dot: _ESCAPED[dot[0]], path)


def _without_twins(weights: list[Weight]) -> list[Weight]:
    """Leaves out what Keras' export writes a second time: `_all_variables/3` beside `variables/7`, of the same name and checksum."""
    first = {_identity(weight) for weight in weights if _TWIN.fullmatch(weight.path) is None}
    return [weight for weight in weights if _TWIN.fullmatch(weight.path) is None or _identity(weight) not in first]


def _identity(weight: Weight) -> tuple[object, ...]:
    return weight.name, weight.dtype, weight.shape, weight.crc32c


def _named_apart(weights: list[Weight]) -> list[Weight]:
    """Where several variables have one name each is called by its path, or, if another is called so, by that and a number."""
    times = Counter(weight.name for weight in weights)
    taken = {name for name, number in times.items() if number == 1}
    found = []
    for weight in weights:
        name = weight.name if times[weight.name] == 1 else next(one for one in _names(weight.path) if one not in taken)
        taken.add(name)
        found.append(replace(weight, name=name))
    return found


def _names(path: str) -> Iterator[str]:
    yield path
    yield from (f"{path}#{number}" for number in count(2))
