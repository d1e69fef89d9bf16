"""What a Keras file says before it is loaded: which Keras wrote it, and whether loading it runs code of its author's own."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from tfreg.core.codecs.json_text import Json
from tfreg.core.errors import ConversionRefusedError
from tfreg.core.formats.keras_safety import Foreign, find_foreign

_ZIP_MAGIC = b"PK\x03\x04"
_MAX_CONFIG_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class KerasFile:
    """A Keras model as a file, not yet loaded.

    Attributes:
        path: The file.
        keras_version: The Keras that wrote it; Keras 1 says nothing.
        config: Its config.
        foreign: Lambda layers, and what Keras does not have.
    """

    path: Path
    keras_version: str
    config: Json
    foreign: Foreign = field(default_factory=Foreign)

    @property
    def major(self) -> int:
        """The first number of Keras's version: 1, 2 or 3."""
        start = self.keras_version.partition(".")[0]
        return int(start) if start.isdigit() else 1


def open_keras_file(path: Path, scratch: Path) -> KerasFile:
    """Reads the config of a .keras (also one that was unzipped) or a whole-model HDF5 file; loads nothing.

    Raises:
        ConversionRefusedError: It has no config that can be read.
    """
    if path.is_dir():
        path = _zipped(path, scratch / "model.keras")
    try:
        with path.open("rb") as file:
            is_hdf5 = file.read(4) != _ZIP_MAGIC  # HDF5 may begin with a block of the user's own
        version, config = _of_hdf5(path) if is_hdf5 else _of_zip(path)
    except (OSError, KeyError, ValueError, RecursionError, zipfile.BadZipFile) as error:
        raise ConversionRefusedError(
            f"The model's config cannot be read: {error}.", hint="Save the model again, as a whole.", file=path.name
        ) from None
    path = _named_for(path, ".h5" if is_hdf5 else ".keras", scratch)
    return KerasFile(path, version, config, find_foreign(_architecture(config)))


def _named_for(path: Path, suffix: str, scratch: Path) -> Path:
    """Returns the file under a name that tells Keras what it is: both libraries go by the suffix."""
    if path.suffix == suffix:
        return path
    named = scratch / f"model{suffix}"
    named.symlink_to(path.resolve())
    return named


def _architecture(config: Json) -> Json:
    """Returns a config without losses and metrics, which are not loaded."""
    if not isinstance(config, dict):
        return config
    return {key: config[key] for key in config if key != "compile_config"}


def _of_hdf5(path: Path) -> tuple[str, Json]:
    import h5py

    with h5py.File(path, "r") as file:
        if "model_config" not in file.attrs:
            raise KeyError("it has no attribute model_config")
        version = _text(file.attrs.get("keras_version", ""))
        return version, json.loads(_text(file.attrs["model_config"]))


def _of_zip(path: Path) -> tuple[str, Json]:
    with zipfile.ZipFile(path) as file:
        config = json.loads(_member(file, "config.json"))
        metadata = json.loads(_member(file, "metadata.json"))
    version = metadata.get("keras_version", "") if isinstance(metadata, dict) else ""
    return str(version), config


def _member(file: zipfile.ZipFile, name: str) -> bytes:
    if file.getinfo(name).file_size > _MAX_CONFIG_BYTES:
        raise ValueError(f"{name} has more than {_MAX_CONFIG_BYTES} bytes")
    return file.read(name)


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _zipped(folder: Path, path: Path) -> Path:
    """Packs an unzipped .keras, as Keras reads only the whole."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        for inner in sorted(folder.rglob("*")):
            if inner.is_file():
                file.write(inner, inner.relative_to(folder).as_posix())
    return path
