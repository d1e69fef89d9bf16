"""A config as each of Keras's files wants it.

Keras 3 and late Keras 2 say of a class where it is found (`module`, `registered_name`): a `.keras` needs that of the model, and the JSON of
Keras 3 too. The layers may be described in the old way below it. What `.h5` files of Keras 3 hold has it for layers but not for the model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from tfreg.core.codecs.json_text import Json, as_text
from tfreg.core.rewrites.keras.architecture import Architecture

_RENAMED = {"Model": "Functional"}


def json_text(architecture: Architecture) -> str:
    """Returns what `model.to_json()` gives."""
    if architecture.major >= 3:
        return _dumped(_found_by_module(architecture))
    return _dumped(
        {
            "class_name": architecture.config["class_name"],
            "config": architecture.config.get("config"),
            "keras_version": architecture.written_version,
            "backend": architecture.backend,
        }
    )


def hdf5_text(architecture: Architecture) -> str:
    """Returns the attribute `model_config` of a whole `.h5`."""
    keys = ("module", "class_name", "config", "registered_name") if architecture.major >= 3 else ("class_name", "config")
    return _dumped({key: architecture.config[key] for key in keys if key in architecture.config})


def archive_texts(architecture: Architecture) -> dict[str, str]:
    """Returns the members of a `.keras` beside its weights, by name.

    What Keras 2 says there of compiling is left out: it would ask for the metrics' state, which is not kept.
    """
    config = _found_by_module(architecture)
    if architecture.major < 3:
        config = {key: value for key, value in config.items() if key not in ("compile_config", "keras_version", "backend")}
    metadata: dict[str, Json] = {"keras_version": architecture.written_version, "date_saved": architecture.saved_at}
    return {"metadata.json": _dumped(metadata), "config.json": _dumped(config)}


def _found_by_module(architecture: Architecture) -> Mapping[str, Json]:
    """Returns the config with where its class is found, if that is one of Keras."""
    config = architecture.config
    name = as_text(config["class_name"])
    name = _RENAMED.get(name, name)
    if "module" in config or name not in ("Functional", "Sequential"):
        return config
    of_own = {"module": _module(architecture, name), "class_name": name, "config": config.get("config"), "registered_name": None}
    return {**of_own, **{key: value for key, value in config.items() if key not in of_own}}


def _module(architecture: Architecture, name: str) -> str:
    if name == "Sequential":
        return "keras"
    return "keras.src.models.functional" if architecture.major >= 3 else "keras.src.engine.functional"


def _dumped(config: Mapping[str, Json]) -> str:
    return json.dumps(config)
