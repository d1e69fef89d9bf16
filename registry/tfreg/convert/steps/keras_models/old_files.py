"""Files of old releases as those of today read them.

A .h5 of Keras 1 says of layers what Keras 2 calls otherwise (`rewrites.keras.first_keras`); its weights are read as they are.

In a .keras of Keras 2.12 modules and groups of weights have other names than since 2.13:
- `keras.engine.functional` is `keras.src.engine.functional`.
- The weights of a model's layers lie below `layers`, not `_layer_checkpoint_dependencies`; there each layer was counted twice if it has
  weights, so that the second Dense is `dense_2` and now `dense_1`.
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tfreg.convert.steps.keras_models.config import KerasFile
from tfreg.core.codecs.json_text import Json, as_mapping
from tfreg.core.rewrites.keras.first_keras import as_second_keras

_OLD, _NEW = "keras.", "keras.src."
_OLD_LAYERS, _NEW_LAYERS = "_layer_checkpoint_dependencies", "layers"
_WEIGHTS, _CONFIG = "model.weights.h5", "config.json"
_COUNTED = re.compile(r"(.*?)(?:_(\d+))?")


def as_read_today(file: KerasFile, scratch: Path) -> Path:
    """Returns the file, or a copy of it with the names of today.

    Raises:
        ConversionRefusedError: It has a layer that only Keras 1 had.
    """
    if file.major == 1 and file.path.suffix == ".h5":
        return _of_keras_1(file, scratch / "renamed.h5")
    if file.path.suffix != ".keras" or not re.match(r"2\.(\d|1[0-2])(\.|$)", file.keras_version):
        return file.path
    weights, path = scratch / _WEIGHTS, scratch / "renamed.keras"
    with zipfile.ZipFile(file.path) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as new:
        for member in old.namelist():
            if member == _CONFIG:
                new.writestr(_CONFIG, json.dumps(_moved(file.config)))
                continue
            with old.open(member) as content, weights.open("wb") as out:
                shutil.copyfileobj(content, out)
            if member == _WEIGHTS:
                _rename_groups(weights)
            new.write(weights, member)
    weights.unlink(missing_ok=True)
    return path


def _of_keras_1(file: KerasFile, path: Path) -> Path:
    import h5py

    shutil.copyfile(file.path, path)
    path.chmod(0o600)
    with h5py.File(path, "r+") as copy:
        copy.attrs["model_config"] = json.dumps(as_second_keras(as_mapping(file.config)))
        if "model_weights" in copy:
            copy["model_weights"].attrs["keras_version"] = "1"  # what today's Keras compares with
    return path


def _rename_groups(path: Path) -> None:
    import h5py

    with h5py.File(path, "r+") as file:
        _rename_in(file)


def _rename_in(group: Any) -> None:
    if _OLD_LAYERS in group and _NEW_LAYERS not in group:
        group.move(_OLD_LAYERS, _NEW_LAYERS)
        _count_anew(group[_NEW_LAYERS])
    for name in list(group):
        if hasattr(group[name], "keys"):
            _rename_in(group[name])


def _count_anew(layers: Any) -> None:
    """Numbers the groups of each class without gaps: `dense`, `dense_2`, `dense_4` become `dense`, `dense_1`, `dense_2`."""
    by_class: dict[str, list[tuple[int, str]]] = {}
    for name in layers:
        match = _COUNTED.fullmatch(name)
        base, number = (match[1], int(match[2] or 0)) if match else (name, 0)
        if any(True for _ in layers[name]):
            by_class.setdefault(base, []).append((number, name))
    for base, counted in by_class.items():
        for place, (_, name) in enumerate(sorted(counted)):
            wanted = f"{base}_{place}" if place else base
            if wanted != name:
                if wanted in layers:
                    del layers[wanted]
                layers.move(name, wanted)


def _moved(value: Json) -> Json:
    if isinstance(value, list):
        return [_moved(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {key: _module(inner) if key == "module" and isinstance(inner, str) else _moved(inner) for key, inner in value.items()}


def _module(name: str) -> str:
    rest = name.removeprefix(_OLD)
    if rest == name or rest.startswith("src.") or _exists(f"tf_keras.{rest}"):
        return name
    return _NEW + rest if _exists(f"tf_keras.src.{rest}") else name


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False
