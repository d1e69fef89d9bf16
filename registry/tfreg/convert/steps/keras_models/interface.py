"""The inputs and outputs of a loaded model, by the names that its file says: the same that `tfreg resolve` tells of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tfreg.convert.steps.keras_models.loading import LoadedModel
from tfreg.core.errors import ConversionRefusedError, ShapeFixedError
from tfreg.core.tensors import Shape


@dataclass(frozen=True, slots=True)
class ModelInput:
    """An input: the key by which it is fed, its dtype and shape."""

    key: str
    dtype: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class ModelInterface:
    """How to call a model.

    Attributes:
        inputs: In the order that `call` takes them.
        outputs: Keys, in the order of what `call` returns; empty if only a call tells how many there are.
        call: Runs the model on tensors; returns tensors.
    """

    inputs: tuple[ModelInput, ...]
    outputs: tuple[str, ...]
    call: Callable[[Sequence[Any]], Sequence[Any]]


def interface_of(loaded: LoadedModel) -> ModelInterface:
    """Returns how to call a functional or sequential model, or one of its author's own class that was built.

    Raises:
        ConversionRefusedError: It does not say what goes in.
    """
    import tensorflow as tf

    model = loaded.model
    structures = _structures(model)
    if structures is None:
        return _of_own_class(loaded)
    inputs, outputs = structures
    flatten, pack = tf.nest.flatten, tf.nest.pack_sequence_as
    if loaded.is_keras_3:
        from keras import tree

        flatten, pack = tree.flatten, tree.pack_sequence_as

    def call(tensors: Sequence[Any]) -> Sequence[Any]:
        return list(flatten(model(pack(inputs, list(tensors)), training=False)))

    specs = [
        ModelInput(key, _dtype(tensor), _shape(tensor))
        for key, tensor in zip(_keys(inputs, _input_name), flatten(inputs), strict=True)
    ]
    return ModelInterface(tuple(specs), tuple(_unique(_keys(outputs, _layer_name))), call)


def with_shapes(interface: ModelInterface, shapes: dict[str, Shape]) -> ModelInterface:
    """Returns the interface with other shapes for some inputs, the batch size too.

    Raises:
        ConversionRefusedError: There is no such input.
        ShapeFixedError: The model was built for another shape.
    """
    keys = [one.key for one in interface.inputs]
    for key in shapes.keys() - set(keys):
        raise ConversionRefusedError(f"The model has no input {key!r}.", hint=f"There are: {', '.join(keys)}.", key=key)
    inputs = tuple(ModelInput(one.key, one.dtype, _chosen(one, shapes.get(one.key, one.shape))) for one in interface.inputs)
    return ModelInterface(inputs, interface.outputs, interface.call)


def _chosen(one: ModelInput, wanted: Shape) -> Shape:
    if one.shape is None or wanted is None or wanted == one.shape:
        return one.shape if wanted is None else wanted
    fits = len(one.shape) == len(wanted) and all(old in (None, new) for old, new in zip(one.shape[1:], wanted[1:], strict=True))
    if not fits:
        raise ShapeFixedError(
            f"The input {one.key!r} has the shape {list(one.shape)} in the model's config, so it cannot be {list(wanted)}.",
            hint="Only the batch size and sizes that are None can be chosen.",
            input=one.key,
        )
    return wanted


def _structures(model: Any) -> tuple[Any, Any] | None:
    """Returns the nested symbolic inputs and outputs; None for a model that has none."""
    try:
        return model.input, model.output
    except (AttributeError, ValueError):
        pass
    inputs, outputs = getattr(model, "inputs", None), getattr(model, "outputs", None)
    if not inputs or not outputs:
        return None
    return (inputs[0] if len(inputs) == 1 else inputs), (outputs[0] if len(outputs) == 1 else outputs)


def _of_own_class(loaded: LoadedModel) -> ModelInterface:
    """Returns how to call a model of its author's own class by what it was built with."""
    shapes = getattr(loaded.model, "_build_shapes_dict", None) or {}
    shape = shapes.get("input_shape")
    if not isinstance(shape, list | tuple) or not all(size is None or isinstance(size, int) for size in shape):
        raise ConversionRefusedError(
            "The model does not say what goes in: it is of its author's own class, and was never built with one input.",
            hint="Export it where its code is: model.export('DIR').",
        )

    def call(tensors: Sequence[Any]) -> Sequence[Any]:
        result = loaded.model(tensors[0], training=False)
        return [result] if not isinstance(result, list | tuple) else list(result)

    return ModelInterface((ModelInput("inputs", "float32", tuple(shape)),), (), call)


def _keys(structure: Any, name_of: Callable[[Any], str], key: str = "") -> Iterator[str]:
    """Yields the keys of a structure's tensors in the order in which Keras flattens it: dicts by sorted key."""
    if isinstance(structure, dict):
        for name in sorted(structure):
            yield from _keys(structure[name], name_of, f"{key}/{name}" if key else str(name))
    elif isinstance(structure, list | tuple):
        for number, inner in enumerate(structure):
            yield from _keys(inner, name_of, f"{key}/{number}" if key else "")
    else:
        yield key or name_of(structure)


def _unique(keys: Iterator[str]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for key in keys:
        number = seen[key] = seen.get(key, -1) + 1
        yield f"{key}_{number}" if number else key


def _input_name(tensor: Any) -> str:
    return _layer_name(tensor) or str(tensor.name).partition(":")[0]


def _layer_name(tensor: Any) -> str:
    history = tensor._keras_history
    layer = getattr(history, "layer", None) or history.operation
    return str(layer.name)


def _dtype(tensor: Any) -> str:
    return str(getattr(tensor.dtype, "name", tensor.dtype))


def _shape(tensor: Any) -> Shape:
    shape = tensor.shape
    if getattr(shape, "rank", 0) is None:
        return None
    return tuple(None if size is None else int(size) for size in shape)
