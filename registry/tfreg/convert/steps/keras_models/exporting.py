"""Traces a Keras model into a SavedModel that a session of TensorFlow 1, and so Java, can load.

`tf.saved_model.save(model)` of Keras 3 cannot be loaded so, and `model.export()` loses the outputs' names and stores each variable twice.
What is saved here is a module that holds the variables, the tables, and one signature that was traced with the names of the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow as tf

from tfreg.convert.steps.keras_models.interface import ModelInterface
from tfreg.convert.steps.keras_models.loading import LoadedModel
from tfreg.core.errors import ConversionRefusedError

_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")
_SIGNATURE = "serving_default"
_MAX_REASON_CHARACTERS = 600


@dataclass(frozen=True, slots=True)
class _Names:
    """What arguments of a traced function are called: TensorFlow takes no other characters."""

    by_key: dict[str, str]

    @property
    def replaced(self) -> dict[str, str]:
        """Names by the key that they stand for, where they differ."""
        return {name: key for key, name in self.by_key.items() if name != key}


def export(loaded: LoadedModel, interface: ModelInterface, folder: Path, method_name: str = "") -> None:
    """Writes the model as a SavedModel.

    Args:
        loaded: The model.
        interface: How to call it: the signature's inputs have these dtypes and shapes, its outputs these keys.
        folder: Where to; it may exist, empty.
        method_name: The signature's method name; empty: `tensorflow/serving/predict`.

    Raises:
        ConversionRefusedError: The model cannot be traced.
    """
    names = _names([one.key for one in interface.inputs])
    specs = [tf.TensorSpec(one.shape, one.dtype, name=names.by_key[one.key]) for one in interface.inputs]

    @tf.function(input_signature=specs)  # type: ignore[untyped-decorator]  # TensorFlow has no types
    def serve(*tensors: Any) -> dict[str, Any]:
        results = interface.call(tensors)
        keys = interface.outputs or [f"output_{number}" for number in range(len(results))]
        return dict(zip(keys, results, strict=True))

    module = tf.Module()
    try:
        concrete = serve.get_concrete_function()
        module.model_variables = _variables(loaded)
        module.resources = list(_resources(loaded.model))
        tf.saved_model.save(module, str(folder), signatures={_SIGNATURE: concrete})
    except Exception as error:  # whatever a layer raises when it is traced
        reason = " ".join(str(error).split())[:_MAX_REASON_CHARACTERS]
        raise ConversionRefusedError(
            f"The model cannot be traced: {type(error).__name__}: {reason}",
            hint="Export it where it was made, by model.export('DIR'), and push that.",
        ) from error
    if names.replaced or method_name:
        _edit_signature(folder / "saved_model.pb", names.replaced, method_name)


def _names(keys: list[str]) -> _Names:
    found: dict[str, str] = {}
    for number, key in enumerate(keys):
        plain = key if _PLAIN_NAME.fullmatch(key) else re.sub(r"[^A-Za-z0-9_.]", "_", f"x_{key}" if key[:1].isdigit() else key)
        if not _PLAIN_NAME.fullmatch(plain) or plain in found.values():
            plain = f"input_{number}"
        found[key] = plain
    return _Names(found)


def _variables(loaded: LoadedModel) -> list[Any]:
    """Returns the variables as TensorFlow's own, each once; seeds of dropout are among them."""
    return [getattr(variable, "value", variable) if loaded.is_keras_3 else variable for variable in loaded.model.variables]


def _resources(model: Any) -> Iterator[Any]:
    """Yields the tables and other resources of the model's layers, which TensorFlow saves only if something holds them."""
    waiting, seen = [model], {id(model)}
    while waiting:
        one = waiting.pop()
        if isinstance(one, tf.saved_model.experimental.TrackableResource):
            yield one
        children = getattr(one, "_trackable_children", None)
        for child in (children() if children is not None else {}).values():
            if id(child) not in seen:
                seen.add(id(child))
                waiting.append(child)


def _edit_signature(path: Path, replaced: dict[str, str], method_name: str) -> None:
    """Gives a signature the keys and the method name that tracing does not take."""
    from tensorflow.core.protobuf import saved_model_pb2

    saved_model = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    signature = saved_model.meta_graphs[0].signature_def[_SIGNATURE]
    for name, key in replaced.items():
        signature.inputs[key].CopyFrom(signature.inputs[name])
        del signature.inputs[name]
    signature.method_name = method_name or signature.method_name
    path.write_bytes(saved_model.SerializeToString())
