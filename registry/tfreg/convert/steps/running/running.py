"""Opens a model for runs, whatever its format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tfreg.core.checking.calls import ModelCall
from tfreg.core.errors import ConversionRefusedError, InputsInvalidError

if TYPE_CHECKING:
    import numpy as np

    Arrays = Mapping[str, np.ndarray]
    Run = Callable[[Arrays], Arrays]
    """Takes values by input key, returns values by output key."""


@contextmanager
def open_model(
    path: Path, call: ModelCall, scratch: Path, *, may_run_foreign_code: bool, custom_objects: Path | None = None
) -> Iterator[Run]:
    """Loads a model and yields what runs its signature.

    Args:
        path: The artifact's folder or file.
        call: The signature.
        scratch: An empty folder of its own.
        may_run_foreign_code: As for `keras_models.loading.load_model`.
        custom_objects: Likewise; for Keras models only.

    Raises:
        ConversionRefusedError: It cannot be loaded, or its format cannot be run.
        InputsInvalidError: It takes a composite input.
    """
    composite = sorted(feed.key for feed in call.feeds if feed.composite and not feed.unused)
    if composite:
        raise InputsInvalidError(
            f"The input {composite[0]!r} is no plain tensor, so it cannot be fed by one array.",
            hint="Run the model in TensorFlow, where it is fed as a SparseTensor or RaggedTensor.",
            keys=", ".join(composite),
        )
    if call.format in ("saved_model", "frozen_graph", "tf1_checkpoint"):
        from tfreg.convert.steps.running.sessions import open_session

        with open_session(path, call) as run:
            yield run
    elif call.format == "tflite":
        from tfreg.convert.steps.running.tflite import open_interpreter

        yield open_interpreter(path, call)
    elif call.format in ("keras_v3", "keras_h5"):
        from tfreg.convert.steps.running.keras_calls import open_keras

        yield open_keras(path, scratch, custom_objects, may_run_foreign_code=may_run_foreign_code)
    else:
        raise ConversionRefusedError(
            f"A {call.format} cannot be run.", hint="Run the model that it belongs to.", format=call.format
        )
