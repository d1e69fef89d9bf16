"""The architecture that a Keras file holds: its config as it stands in the file, and what it says about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.json_text import Json, as_mapping, as_text, parse_json
from tfreg.core.codecs.zip_directory import is_zip, read_zip, unpack_whole
from tfreg.core.errors import ConversionRefusedError
from tfreg.core.formats.keras_config import LayerNode, read_model
from tfreg.core.formats.keras_reading import hdf5_directory
from tfreg.core.rewrites.keras.structure import Part, structure_of
from tfreg.core.rewrites.rewriting import Source

FORMATS = ("keras_json", "keras_v3", "keras_h5")
"""Formats that hold an architecture."""
_CONFIG, _METADATA = "config.json", "metadata.json"
_MAX_BYTES = 16 << 20
_DEFAULT_VERSIONS = {1: "1.2.2", 2: "2.15.0", 3: "3.0.0"}
_DEFAULT_DATE = "1970-01-01@00:00:00"


@dataclass(frozen=True, slots=True)
class Architecture:
    """A model's config and what belongs to it.

    Attributes:
        format: Format of the file that it is from.
        config: The root: `class_name`, `config` and, by version and format, more.
        version: Version of the Keras that wrote it; empty if it does not say.
        major: Which Keras it is of: 1, 2 or 3.
        backend: What Keras ran on.
        saved_at: When it was saved, as `metadata.json` says it.
        training: The text of the attribute `training_config`; empty if there is none.
        node: The layers.
        root: The layers with their variables.
    """

    format: str
    config: Mapping[str, Json]
    version: str
    major: int
    backend: str
    saved_at: str
    training: str
    node: LayerNode
    root: Part

    @property
    def written_version(self) -> str:
        """The version that a file says that it is of, where the config does not say it."""
        return self.version or _DEFAULT_VERSIONS[self.major]


def architecture_of(source: Source) -> Architecture:
    """Reads the architecture of a Keras file.

    Raises:
        ConversionRefusedError: The file holds none, or it cannot be read.
    """
    if source.format not in FORMATS:
        hint = "Give a .json of model.to_json(), a .keras or a whole .h5."
        raise ConversionRefusedError(
            f"{source.tree.name} is of the format {source.format}, which holds no Keras config.", hint=hint, format=source.format
        )
    try:
        config, training = _READERS[source.format](source)
        return _read(source, config, training)
    except CodecError as error:
        raise ConversionRefusedError(f"{source.tree.name} {error.message}.", hint="Save the model again.") from None


def _read(source: Source, config: Mapping[str, Json], training: str) -> Architecture:
    if not as_text(config.get("class_name")):
        raise CodecError("has a config that describes no model")
    node, facts = read_model(config), source.inspection.facts
    version = facts.get("keras.version", as_text(config.get("keras_version")))
    major = _major(version, config)
    return Architecture(
        source.format,
        config,
        version,
        major,
        facts.get("keras.backend", "tensorflow"),
        facts.get("keras.saved_at", _DEFAULT_DATE),
        training,
        node,
        structure_of(node, major),
    )


def _major(version: str, config: Mapping[str, Json]) -> int:
    """Returns which Keras wrote a config; only Keras 3 writes JSON without its version, only Keras 1 HDF5 without."""
    if version[:1] in ("1", "2", "3"):
        return int(version[0])
    return 3 if "module" in config else 1


def _from_json(source: Source) -> tuple[Mapping[str, Json], str]:
    return as_mapping(_parsed(source, _file(source, (".json",)))), ""


def _from_hdf5(source: Source) -> tuple[Mapping[str, Json], str]:
    directory = hdf5_directory(source.tree, _file(source, (".h5", ".hdf5", ".keras")))
    attributes = directory.groups.get("", {}) if directory is not None else {}
    text, training = attributes.get("model_config"), attributes.get("training_config")
    if not isinstance(text, str):
        raise CodecError("has no config of a model")
    return as_mapping(parse_json(text)), training if isinstance(training, str) else ""


def _from_archive(source: Source) -> tuple[Mapping[str, Json], str]:
    files = {file.path for file in source.tree.files()}
    if _CONFIG in files:
        return as_mapping(_parsed(source, _CONFIG)), ""
    with source.tree.open(_file(source, (".keras", ".zip"))) as reader:
        members = read_zip(reader) if is_zip(reader) else {}
        if _CONFIG not in members:
            raise CodecError("has no config of a model")
        return as_mapping(parse_json(unpack_whole(reader, members[_CONFIG], _MAX_BYTES))), ""


_READERS = {"keras_json": _from_json, "keras_h5": _from_hdf5, "keras_v3": _from_archive}


def _file(source: Source, suffixes: tuple[str, ...]) -> str:
    """Returns the one file of an artifact, beside which there may be others that are no model."""
    paths = [file.path for file in source.tree.files()]
    fitting = [path for path in paths if path.endswith(suffixes)]
    return next(iter(fitting or paths), "")


def _parsed(source: Source, path: str) -> Json:
    with source.tree.open(path) as reader:
        return parse_json(reader.read_at(0, _MAX_BYTES))
