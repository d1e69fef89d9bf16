"""Tensors as values: where they stand in a graph, what they hold, which shape they have."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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
class Quantization:
    """How integers stand for real numbers: `real = scale * (integer - zero_point)`, as TFLite's QuantizationParameters say.

    Attributes:
        scales: One for the whole tensor, or one for each slice along `axis`.
        zero_points: As many.
        axis: The dimension that the scales run along; 0 for a single scale.
    """

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int = 0


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
        tensor_index: Its index in a TFLite subgraph; None for formats whose tensors have names only.
        quantization: How its integers stand for real numbers; None if they do not.
    """

    key: str
    ref: TensorRef | None
    dtype: str = ""
    shape: Shape = None
    has_shape: bool = True
    components: tuple[TensorSpec, ...] = ()
    encoding: str = ""
    tensor_index: int | None = None
    quantization: Quantization | None = None


class StoredAs(StrEnum):
    """How the bytes of a stored tensor are to be read."""

    RAW = "raw"
    """Elements in row-major order, little-endian; packed as the format packs int4."""
    STRINGS = "strings"
    """A checkpoint's strings: all lengths as varints, four bytes of crc32c, then the texts (tensor_bundle.cc, WriteStringTensor)."""
    HDF5 = "hdf5"
    """A chunked, filtered or compact dataset of an HDF5 file, found by `name`; offset and size say where that HDF5 file lies: all of
    `file`, or a stored member of a zip."""
    ZIPPED = "zipped"
    """A dataset of an HDF5 file that is a deflated member of a zip; offset and size are those of the member's compressed bytes."""
    PROTO = "proto"
    """A TensorProto whose lists hold the elements: an entry of a V1 checkpoint, without dtype and shape, or the value of a graph's
    constant, whose last element stands for those that are missing. Offset and size are the message's own."""
    NODE = "node"
    """The Const `name` of a graph in text form, which has no bytes to point at: the offset is 0, the size that in its binary form."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a slice of a partitioned variable is part of.

    Attributes:
        name: The variable's name.
        shape: The variable's shape.
        begin: Where in the variable the slice starts, a number for each dimension.
    """

    name: str
    shape: tuple[int, ...]
    begin: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor whose value an artifact holds.

    Attributes:
        name: Checkpoint key, the Const's operation name, an HDF5 dataset's path, or a TFLite tensor's name.
        dtype: As in `TensorSpec`.
        shape: Its shape, always fully known.
        file: Path of the file that holds its bytes.
        offset_bytes: Where they start in it.
        size_bytes: How many there are.
        stored_as: How they are to be read; only RAW ones are boundaries where files are cut.
        path: The variable as users write it (`model/dense/kernel`), where that differs from the name.
        trainable: Whether training changes it; None if the model does not say.
        part: What it is a slice of; None if it is whole.
        quantization: How its integers stand for real numbers; None if they do not.
        digest: Digest of its plain value (see core/values/digest.py); empty unless it was asked for.
        constant: Whether it is a constant of a TensorFlow graph, not a variable.
        crc32c: The CRC-32C that the format itself keeps of its bytes (for STRINGS: see core/values/strings.py), unmasked; None if
            it keeps none.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    file: str
    offset_bytes: int
    size_bytes: int
    stored_as: StoredAs = StoredAs.RAW
    path: str = ""
    trainable: bool | None = None
    part: Part | None = None
    quantization: Quantization | None = None
    digest: str = ""
    constant: bool = False
    crc32c: int | None = None
