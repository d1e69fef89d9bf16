"""A whole `.h5` of Keras 3 read by tfreg's own reader: Keras writes types of weights there that it cannot read again, such as bfloat16.

Keras keeps the weights of each layer in one order, trainable ones first, and reads them back by that order; so does this.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfreg.core.conversions.converting import source_of
from tfreg.core.errors import ConversionRefusedError
from tfreg.core.formats.registry import format_named
from tfreg.core.rewrites.keras.architecture import architecture_of
from tfreg.core.rewrites.keras.configs import json_text
from tfreg.core.rewrites.keras.legacy_file import TOP
from tfreg.core.rewrites.keras.weight_files import weight_files_of
from tfreg.core.rewrites.pieces import chunks_of
from tfreg.core.rewrites.weights import Weight, weights_of
from tfreg.core.trees import LocalTree

if TYPE_CHECKING:
    import numpy as np


def read_by_tfreg(path: Path, custom_objects: dict[str, object] | None) -> Any:
    """Returns the model of a whole `.h5`.

    Raises:
        ConversionRefusedError: Its weights are not those of its architecture.
        Exception: Whatever Keras raises for a config that it cannot take.
    """
    import keras

    tree, kind = LocalTree(path), format_named("keras_h5")
    source = source_of(tree, kind, kind.inspect(tree))
    model = keras.models.model_from_json(json_text(architecture_of(source)), custom_objects=custom_objects)
    weights = {weight.path: weight for weight in weights_of(source)}
    layers = {layer.name: layer for layer in model.layers}
    for name, paths in weight_files_of(source).layers():
        if name != TOP:
            _fill(name, layers.get(name), [weights[one] for one in paths])
    return model


def _fill(name: str, layer: Any, weights: Iterable[Weight]) -> None:
    values = [_array(weight) for weight in weights]
    variables = [] if layer is None else [*layer.trainable_weights, *layer.non_trainable_weights]
    if [tuple(variable.shape) for variable in variables] != [value.shape for value in values]:
        raise ConversionRefusedError(
            f"The layer {name!r} has {len(variables)} weights, and the file {len(values)} of other shapes.",
            hint="Save the model again.",
            layer=name,
        )
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _array(weight: Weight) -> np.ndarray:
    import numpy as np
    import tensorflow as tf

    content = b"".join(chunks_of(weight.pieces))
    array: np.ndarray = np.frombuffer(content, tf.dtypes.as_dtype(weight.dtype).as_numpy_dtype).reshape(weight.shape)
    return array
