"""The values of a checkpoint's entries as pieces: where a variable's bytes lie, or what gives them where they lie nowhere as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice

from tfreg.core.dtypes import element_size_bytes
from tfreg.core.errors import ConversionRefusedError
from tfreg.core.files import FileTree
from tfreg.core.rewrites.pieces import Computed, Piece, Slice
from tfreg.core.tensors import StoredAs, StoredTensor
from tfreg.core.values.failures import cut_off, unreadable
from tfreg.core.values.lookup import Found, TensorNames, alone
from tfreg.core.values.packed import is_packed
from tfreg.core.values.reading import Values
from tfreg.core.values.runs import runs_of
from tfreg.core.values.selection import Box, whole

MAX_TEXT_BYTES = 256 << 20
"""Texts of one tensor that are taken into a graph: they are parsed, for a constant frames them otherwise than a checkpoint."""


@dataclass(frozen=True)
class Stored:
    """The tensors of an artifact.

    Attributes:
        tree: Its files.
        names: Its variables by name and by path.
    """

    tree: FileTree
    names: TensorNames

    @cached_property
    def _sizes(self) -> dict[str, int]:
        return {file.path: file.size_bytes for file in self.tree.files()}

    def find(self, key: str) -> Found | None:
        """Returns what a key stands for; None if there is nothing."""
        return self.names.look_up(key)

    def pieces(self, found: Found, box: Box | None = None) -> list[Piece]:
        """Returns a box of a numeric value, row-major and little-endian.

        Raises:
            TensorUnreadableError: It has no plain value, or its slices do not cover it.
        """
        box = box or whole(found.shape)
        element = element_size_bytes(found.dtype.removesuffix("_ref"))
        if element is None:
            raise unreadable(found.name, f"has the dtype {found.dtype or 'of none'}, whose elements have no plain value")
        if not box.element_count:
            return []
        places = self._in_slices(found, box) if found.is_partitioned else self._in_place(found, box, element)
        return places or [Computed(element * box.element_count, partial(_chunks, self.tree, found, box))]

    def texts(self, found: Found, box: Box | None = None) -> list[bytes]:
        """Returns the elements of a value of strings.

        Raises:
            ConversionRefusedError: They have more than `MAX_TEXT_BYTES`.
            TensorUnreadableError: They are damaged.
        """
        content = bytearray()
        for chunk in _chunks(self.tree, found, box or whole(found.shape)):
            content += chunk
            if len(content) > MAX_TEXT_BYTES:
                raise ConversionRefusedError(
                    f"The strings of {found.name!r} have more than {MAX_TEXT_BYTES} bytes, too many for a constant.",
                    hint="Convert to saved_model.",
                    tensor=found.name,
                )
        texts, at = [], 0
        while at < len(content):
            length = int.from_bytes(content[at : at + 8], "little")
            texts.append(bytes(content[at + 8 : at + 8 + length]))
            at += 8 + length
        return texts

    def _in_place(self, found: Found, box: Box, element: int) -> list[Piece]:
        """Returns where a box lies, if it is one run of bytes."""
        tensor = found.tensors[0]
        if tensor.stored_as is not StoredAs.RAW or is_packed(tensor.dtype, tensor.shape, tensor.size_bytes):
            return []
        size, end = self._sizes.get(tensor.file), tensor.offset_bytes + tensor.size_bytes
        if size is None:
            raise unreadable(tensor.name, f"lies in {tensor.file}, which is missing")
        if end > size:
            raise cut_off(tensor.name, max(0, size - tensor.offset_bytes), tensor.size_bytes)
        runs = list(islice(runs_of(box, tensor.shape, element), 2))
        if len(runs) != 1:
            return []
        return [Slice(self.tree, tensor.file, tensor.offset_bytes + runs[0].offset_bytes, runs[0].length_bytes)]

    def _in_slices(self, found: Found, box: Box) -> list[Piece]:
        """Returns where a box lies, if slices along the first axis, or a single one, give it one behind the other."""
        parts = _overlapping(found.tensors, box)
        if sum(part.element_count for _, part in parts) != box.element_count:
            return []  # assembling says what is wrong
        across = [part for _, part in parts if (part.begin[1:], part.size[1:]) != (box.begin[1:], box.size[1:])]
        if len(parts) > 1 and across:
            return []
        return [
            piece
            for tensor, part in parts
            if tensor.part is not None
            for piece in self.pieces(alone(tensor), part.relative_to(tensor.part.begin))
        ]


def _overlapping(tensors: Sequence[StoredTensor], box: Box) -> list[tuple[StoredTensor, Box]]:
    parts = []
    for tensor in tensors:
        if tensor.part is not None and len(tensor.part.begin) == len(tensor.shape) == len(box.size):
            part = Box(tensor.part.begin, tensor.shape).intersection(box)
            if part is not None:
                parts.append((tensor, part))
    return sorted(parts, key=lambda one: one[1].begin)


def _chunks(tree: FileTree, found: Found, box: Box) -> Iterator[bytes]:
    with Values(tree, found.tensors) as values:
        yield from values.chunks(found, box)
