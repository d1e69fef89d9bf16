"""Shapes in Keras configs: as written, and worked out for layers where that takes one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfreg.core.shapes import MAX_RANK
from tfreg.core.tensors import Shape

if TYPE_CHECKING:
    from tfreg.core.formats.keras_config import LayerNode

_SAME_SHAPE = frozenset(
    ("Activation", "Dropout", "Softmax", "ReLU", "LeakyReLU", "ELU", "PReLU", "BatchNormalization", "LayerNormalization",
     "GaussianNoise", "GaussianDropout", "SpatialDropout1D", "SpatialDropout2D", "ActivityRegularization", "Masking", "Rescaling")
)  # fmt: skip
_SIZE_BYTES = 10  # the longest varint

Known = dict[tuple[str, int], tuple[Shape, str]]
"""Shape and dtype of a layer's output, by the layer's name and the output's index."""


def shape_of(value: object) -> Shape:
    """Returns a shape; None for anything else, such as a list of shapes."""
    if not isinstance(value, list) or len(value) > MAX_RANK:
        return None
    sizes = [
        size for size in value if size is None or (isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 1 << 63)
    ]
    return tuple(sizes) if len(sizes) == len(value) else None


def shape_bytes(shape: Shape) -> int:
    """Returns how many bytes a shape takes in a message at most."""
    return _SIZE_BYTES * len(shape or ())


def worked_out(layer: LayerNode, known: Known) -> Shape:
    """Returns the shape of a layer's output where its config and its input's shape say it; None elsewhere, or for what is no shape."""
    found = _computed(layer, known)
    return None if found is None else shape_of(list(found))


def _computed(layer: LayerNode, known: Known) -> Shape:  # noqa: PLR0911  # a return for each kind of layer
    config = layer.config
    if layer.class_name == "InputLayer":
        return shape_of(config.get("batch_shape", config.get("batch_input_shape")))
    if layer.is_model:
        return layer.layers[-1].output_shape if layer.class_name == "Sequential" else None
    start = known.get(layer.inputs[0], (None, ""))[0] if layer.inputs else shape_of(config.get("batch_input_shape"))
    if start is None or len(layer.inputs) > 1:
        return None
    if layer.class_name in _SAME_SHAPE:
        return start
    if layer.class_name == "Dense" and start and isinstance(units := config.get("units", config.get("output_dim")), int):
        return (*start[:-1], units)
    if layer.class_name == "Embedding" and isinstance(units := config.get("output_dim"), int):
        return (*start, units)
    if layer.class_name == "Flatten" and start:
        size: int | None = 1
        for inner in start[1:]:
            size = None if size is None or inner is None else size * inner
        return (start[0], size)
    if layer.class_name.startswith("Global") and len(start) > 2 and config.get("keepdims") is not True:
        return (start[0], start[1] if config.get("data_format") == "channels_first" else start[-1])
    return None
