"""A weight: what it is called, what it is, and of which pieces it consists."""

from __future__ import annotations

from dataclasses import dataclass

from tfreg.core.rewrites.pieces import Piece


@dataclass(frozen=True, slots=True)
class WeightSlice:
    """A slice of a partitioned variable.

    Attributes:
        begin: Where in the variable it starts, a number for each dimension.
        shape: Its shape.
        pieces: Its elements, as in `Weight`.
        crc32c: As in `Weight`.
    """

    begin: tuple[int, ...]
    shape: tuple[int, ...]
    pieces: tuple[Piece, ...]
    crc32c: int | None = None


@dataclass(frozen=True, slots=True)
class Weight:
    """A variable, or a constant that a frozen graph keeps a weight in.

    Attributes:
        name: The variable as users write it, without `:0`: a TF1 variable's name (`dense/kernel`), Keras' path (`conv/kernel`), the path
            of a TF2 object's attribute (`model/dense/kernel`), the name of a Const or of a tensor of a container. No two weights of one
            source have the same.
        path: How its file finds it: the checkpoint key without `/.ATTRIBUTES/VARIABLE_VALUE`, dots and slashes within an attribute still
            escaped (`layer_with_weights-0/kernel`), or the HDF5 dataset (`layers/dense_1/vars/0`); else the name.
        dtype: As in `TensorSpec`, never a reference.
        shape: Its shape.
        pieces: Its elements as a plain value (see `values.selection.ValueHeader`): row-major and little-endian, types below eight bits
            one to a byte; each text with its length in eight bytes before it.
        trainable: Whether training changes it; None if the source does not say.
        crc32c: The CRC-32C of the pieces' bytes, unmasked; None if it is not known without reading them. For texts always None.
        slices: Of a partitioned variable its slices, which `pieces` are put together from; empty for all others.
    """

    name: str
    path: str
    dtype: str
    shape: tuple[int, ...]
    pieces: tuple[Piece, ...]
    trainable: bool | None = None
    crc32c: int | None = None
    slices: tuple[WeightSlice, ...] = ()

    @property
    def size_bytes(self) -> int:
        """How many bytes the pieces have."""
        return sum(piece.length_bytes for piece in self.pieces)
