"""The author's own classes and functions, from a module that was attached."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tfreg.core.errors import ConversionRefusedError

_MODULE_NAME = "tfreg_custom_objects"


def load_custom_objects(path: Path, keras_major: int) -> Mapping[str, object]:
    """Runs an attached module and returns its public classes and functions by name; what it registers is registered by Keras itself.

    Args:
        path: A Python file, or a folder with a single one.
        keras_major: The Keras that the module shall find as `tf.keras`.

    Raises:
        ConversionRefusedError: It is no Python file, or it fails.
    """
    os.environ["TF_USE_LEGACY_KERAS"] = "0" if keras_major >= 3 else "1"
    files = sorted(path.glob("*.py")) if path.is_dir() else [path]
    if len(files) != 1 or files[0].suffix != ".py":
        raise ConversionRefusedError(
            "The custom objects are not one Python file.", hint="Attach one file that defines or imports all of them."
        )
    spec = importlib.util.spec_from_file_location(_MODULE_NAME, files[0])
    if spec is None or spec.loader is None:
        raise ConversionRefusedError("The custom objects are no Python module.", hint="Attach one Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[_MODULE_NAME] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ConversionRefusedError(
            f"The module of custom objects fails: {type(error).__name__}: {error}.",
            hint="It must run by itself, with TensorFlow and Keras only.",
        ) from error
    return {name: value for name, value in vars(module).items() if not name.startswith("_") and callable(value)}
