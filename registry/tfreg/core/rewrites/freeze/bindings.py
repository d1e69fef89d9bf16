"""What a tensor of a graph stands for that is frozen: a variable's value, a table, the path of an asset."""

from __future__ import annotations

from dataclasses import dataclass

from tfreg.core.tensors import Shape


@dataclass(frozen=True, slots=True)
class Variable:
    """A handle of a variable, or a reference to one, which becomes its value.

    Attributes:
        dtype: Number of its DataType.
        shape: Its shape.
        is_ref: Whether it is a reference, as variables of TensorFlow 1 are, which any op may read.
    """

    dtype: int
    shape: Shape
    is_ref: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A handle of a lookup table, which stays.

    Attributes:
        key_dtype: Number of its keys' DataType.
        value_dtype: Number of its values' DataType.
    """

    key_dtype: int
    value_dtype: int


@dataclass(frozen=True, slots=True)
class AssetFile:
    """The path of a file of a SavedModel, which a frozen graph has not: what reads it gets the content.

    Attributes:
        path: The file in the SavedModel.
    """

    path: str


Binding = Variable | Table | AssetFile
