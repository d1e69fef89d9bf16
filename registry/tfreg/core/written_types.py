"""How a tensor's type is written for people: `float32 [?, 4]`."""

from __future__ import annotations

from tfreg.core.tensors import Shape, TensorSpec


def written_type(spec: TensorSpec) -> str:
    """Returns dtype and shape of a tensor, as far as they are known."""
    dtype = spec.dtype or "unknown dtype"
    return f"{dtype} {written_shape(spec.shape)}" if spec.has_shape else dtype


def written_shape(shape: Shape) -> str:
    """Returns a shape: `[]` for a scalar, `?` for a size that is not known, `of unknown rank`."""
    if shape is None:
        return "of unknown rank"
    return "[" + ", ".join("?" if size is None else str(size) for size in shape) + "]"
