"""Loads a model by the Keras that fits it: Keras 3, or tf-keras for what Keras 1 and 2 wrote."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from tfreg.convert.steps.keras_models.config import KerasFile
from tfreg.convert.steps.keras_models.custom_objects import load_custom_objects
from tfreg.convert.steps.keras_models.old_files import as_read_today
from tfreg.convert.steps.keras_models.own_reading import read_by_tfreg
from tfreg.core.errors import ConversionRefusedError, ForeignCodeError

_MAX_REASON_CHARACTERS = 600


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in memory.

    Attributes:
        model: The Keras model.
        library: `keras` or `tf-keras`.
        version: That library's version.
    """

    model: Any
    library: str
    version: str

    @property
    def is_keras_3(self) -> bool:
        """Whether Keras 3 holds it."""
        return self.library == "keras"


def load_model(file: KerasFile, custom_objects: Path | None, scratch: Path, *, may_run_foreign_code: bool) -> LoadedModel:
    """Loads a model without its optimiser.

    tf-keras runs a Lambda layer of an .h5 whatever `safe_mode` says, so leave is asked for before anything is loaded.

    Raises:
        ForeignCodeError: It would run code of its author's own, without leave.
        ConversionRefusedError: Neither Keras can load it.
    """
    _check_leave(file, custom_objects, may_run_foreign_code=may_run_foreign_code)
    objects = load_custom_objects(custom_objects, file.major) if custom_objects is not None else {}
    failures: list[str] = []
    for library in ("keras",) if file.major >= 3 else ("tf_keras", "keras"):
        module = _imported(library)
        if module is None:
            failures.append(f"{library} is not installed")
            continue
        try:
            model = _load(module, file, objects, scratch, safe_mode=not may_run_foreign_code)
        except ConversionRefusedError:
            raise
        except Exception as error:  # whatever Keras raises for a file that it cannot read
            failures.append(f"{library} {module.__version__}: {_told(error)}")
            continue
        return LoadedModel(model, library.replace("_", "-"), str(module.__version__))
    raise _refused(file, failures)


def _check_leave(file: KerasFile, custom_objects: Path | None, *, may_run_foreign_code: bool) -> None:
    if may_run_foreign_code:
        return
    if file.foreign.lambdas:
        names = ", ".join(file.foreign.lambdas)
        raise ForeignCodeError(
            f"Loading the model runs compiled Python code of its author's own: Lambda layers {names}.",
            hint="Ask for a server that allows foreign code, convert it where you trust its author, or replace the layers.",
            layers=names,
        )
    if custom_objects is not None:
        raise ForeignCodeError(
            "A module of custom objects is its author's own code, which this server does not run.",
            hint="Ask for a server that allows foreign code, or export the model where its code is.",
        )
    if file.foreign.objects:
        raise _lacks(file)


def _imported(library: str) -> ModuleType | None:
    try:
        return importlib.import_module(library)
    except ImportError:
        return None


def _load(module: Any, file: KerasFile, objects: Mapping[str, object], scratch: Path, *, safe_mode: bool) -> Any:
    def load(path: Path) -> Any:
        return module.models.load_model(path, custom_objects=dict(objects) or None, compile=False, safe_mode=safe_mode)

    if module.__name__ == "tf_keras":
        return load(as_read_today(file, scratch))
    try:
        return load(file.path)
    except Exception as error:
        if file.path.suffix != ".h5" or file.major < 3:
            raise
        try:
            return read_by_tfreg(file.path, dict(objects) or None)
        except Exception:  # what Keras said of the file itself says more
            raise error from None


def _refused(file: KerasFile, failures: list[str]) -> ConversionRefusedError:
    if file.foreign.objects:
        return _lacks(file)
    written = f"Keras {file.keras_version}" if file.keras_version else "Keras 1"
    hint = "Load it where it was made, and push its SavedModel: model.export('DIR')."
    if file.major == 1:
        hint = "No Keras of today reads files of Keras 1: load it by Keras 2.0 to 2.3 and save it again."
    return ConversionRefusedError(
        f"The model of {written} cannot be loaded: {'; '.join(failures)}.", hint=hint, keras_version=file.keras_version
    )


def _lacks(file: KerasFile) -> ConversionRefusedError:
    missing = ", ".join(file.foreign.objects)
    return ConversionRefusedError(
        f"The model uses what Keras does not have: {missing}.",
        hint="Attach the Python file that defines it, as custom_objects; the server must allow foreign code.",
        custom_objects=missing,
    )


def _told(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= _MAX_REASON_CHARACTERS else text[: _MAX_REASON_CHARACTERS - 1] + "…"
