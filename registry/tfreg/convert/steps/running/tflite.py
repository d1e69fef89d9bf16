"""Runs a TFLite model by the interpreter of TensorFlow's wheel, which has no delegate for TensorFlow's own ops (Flex)."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfreg.core.checking.calls import CalledTensor, ModelCall
from tfreg.core.errors import ConversionRefusedError

if TYPE_CHECKING:
    from tfreg.convert.steps.running.running import Arrays, Run

NO_DELEGATE = "no delegate"
"""Reason why a model with TensorFlow's own ops is not run."""
_MAX_REASON_CHARACTERS = 600


def open_interpreter(path: Path, call: ModelCall) -> Run:
    """Returns what runs a signature, or the main subgraph of a model without signatures.

    Raises:
        ConversionRefusedError: The model cannot be loaded; for one with Flex ops the message is `NO_DELEGATE`.
    """
    import tensorflow as tf

    file = path if path.is_file() else next(file for file in sorted(path.iterdir()) if file.suffix == ".tflite")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that it will move to another package
        try:
            interpreter = tf.lite.Interpreter(model_path=str(file))
            signed = call.signature in interpreter.get_signature_list()
        except (ValueError, RuntimeError) as error:
            raise _refused(error) from error
    return _by_signature(interpreter, call) if signed else _by_index(interpreter, call)


def _by_signature(interpreter: Any, call: ModelCall) -> Run:
    runner = interpreter.get_signature_runner(call.signature)

    def run(values: Arrays) -> Arrays:
        try:
            wanted = {key: value for key, value in values.items() if key in runner.get_input_details()}
            return {fetch.key: result for fetch, result in _chosen(call, runner(**wanted))}
        except RuntimeError as error:
            raise _refused(error) from error

    return run


def _by_index(interpreter: Any, call: ModelCall) -> Run:
    def run(values: Arrays) -> Arrays:
        try:
            for feed in call.feeds:
                if feed.key in values and feed.tensor_index is not None:
                    interpreter.resize_tensor_input(feed.tensor_index, values[feed.key].shape)
            interpreter.allocate_tensors()
            for feed in call.feeds:
                if feed.key in values and feed.tensor_index is not None:
                    interpreter.set_tensor(feed.tensor_index, values[feed.key])
            interpreter.invoke()
        except (RuntimeError, ValueError) as error:
            raise _refused(error) from error
        return {fetch.key: interpreter.get_tensor(fetch.tensor_index) for fetch in call.fetches if fetch.tensor_index is not None}

    return run


def _chosen(call: ModelCall, results: dict[str, np.ndarray]) -> list[tuple[CalledTensor, np.ndarray]]:
    return [(fetch, np.array(results[fetch.key])) for fetch in call.fetches if fetch.key in results]


def _refused(error: Exception) -> ConversionRefusedError:
    reason = " ".join(str(error).split())
    if "Flex" in reason or "Select TensorFlow op" in reason:
        return ConversionRefusedError(NO_DELEGATE, hint="Run it where the Flex delegate is linked in.")
    return ConversionRefusedError(
        f"The interpreter cannot run the model: {reason[:_MAX_REASON_CHARACTERS]}",
        hint="Custom ops must be given to it; run the model where they are.",
    )
