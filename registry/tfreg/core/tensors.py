"""Tensors as values: where they stand in a graph, what they hold, which shape they have."""

from __future__ import annotations

from dataclasses import dataclass

Shape = tuple[int | None, ...] | None
"""Sizes of the dimensions, None where a size is not known; None in all if not even the rank is."""
MAX_INDEX = (1 << 31) - 1
"""The highest index of an output, as TensorFlow counts outputs by an int."""


@dataclass(frozen=True, slots=True, order=True)
class TensorRef:
    """One output of one operation; `x:0` is only how it is written.

    Attributes:
        operation: The operation's name, without `:index`.
        index: Which of its outputs, from 0.
    """

    operation: str
    index: int = 0

    def __str__(self) -> str:
        return f"{self.operation}:{self.index}"

    @classmethod
    def parse(cls, text: str) -> TensorRef:
        """Reads `op`, `op:0` (the form of TensorInfo.name and of a session's feeds).

        Raises:
            ValueError: `text` is empty, a control input (`^op`), or its index is no number up to `MAX_INDEX`.
        """
        operation, colon, index = text.rpartition(":")
        if not colon:
            operation, index = text, "0"
        if not operation or operation.startswith("^") or not (index.isascii() and index.isdigit()) or int(index) > MAX_INDEX:
            raise ValueError(f"{text!r} is not a tensor name")
        return cls(operation, int(index))


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """A tensor with the name that callers use for it.

    Attributes:
        key: Logical key within its signature; empty if no signature names it.
        ref: Where it is; None for a composite tensor.
        dtype: TensorFlow's own name (tf.DType.name) such as `float32`; empty if not known.
        shape: Its shape; meaningless unless `has_shape`.
        has_shape: False if the model says nothing about the shape, which is other than saying that the rank is unknown.
        components: The parts of a composite tensor, in the order of its encoding.
        encoding: `sparse` (values, indices, dense_shape) or a type spec's name; empty for a plain tensor.
    """

    key: str
    ref: TensorRef | None
    dtype: str = ""
    shape: Shape = None
    has_shape: bool = True
    components: tuple[TensorSpec, ...] = ()
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor whose value an artifact holds.

    Attributes:
        name: Checkpoint key, or the Const's operation name.
        dtype: As in `TensorSpec`.
        shape: Its shape, always fully known.
        file: Path of the file that holds its bytes.
        offset_bytes: Where they start in it.
        size_bytes: How many there are.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    file: str
    offset_bytes: int
    size_bytes: int
