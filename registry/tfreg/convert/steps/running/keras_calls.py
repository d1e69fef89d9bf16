"""Runs a Keras model by Keras itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tfreg.convert.steps.keras_models.config import open_keras_file
from tfreg.convert.steps.keras_models.interface import interface_of
from tfreg.convert.steps.keras_models.loading import load_model

if TYPE_CHECKING:
    from tfreg.convert.steps.running.running import Arrays, Run


def open_keras(path: Path, scratch: Path, custom_objects: Path | None = None, *, may_run_foreign_code: bool) -> Run:
    """Returns what calls the model, in inference mode.

    Raises:
        ForeignCodeError: Loading it runs code of its author's own, without leave.
        ConversionRefusedError: It cannot be loaded.
    """
    import tensorflow as tf

    loaded = load_model(open_keras_file(path, scratch), custom_objects, scratch, may_run_foreign_code=may_run_foreign_code)
    interface = interface_of(loaded)

    def run(values: Arrays) -> Arrays:
        tensors = [tf.constant(values[one.key], dtype=one.dtype) for one in interface.inputs]
        results = interface.call(tensors)
        keys = interface.outputs or [f"output_{number}" for number in range(len(results))]
        return {key: np.asarray(result) for key, result in zip(keys, results, strict=True)}

    return run
