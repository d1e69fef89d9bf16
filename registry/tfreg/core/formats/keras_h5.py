"""The format `keras_h5`: a whole model in one HDF5 file, of Keras 1, 2 and 3: the config in the attribute `model_config`, weights below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tfreg.core.codecs.errors import CodecError
from tfreg.core.codecs.hdf5 import Directory, is_hdf5
from tfreg.core.codecs.json_text import Json, as_mapping, parse_json
from tfreg.core.files import FileTree
from tfreg.core.formats.keras_json import no_graph
from tfreg.core.formats.keras_reading import (
    Found,
    WeightFile,
    add_model,
    add_weights,
    hdf5_directory,
    looks_damaged,
    tell_directory,
    weight_file,
)
from tfreg.core.formats.one_file import one_file, with_strangers
from tfreg.core.formats.tensor_places import spans_by_file
from tfreg.core.graphs.graph import Graph
from tfreg.core.inspections import Inspection
from tfreg.core.layouts import Span

_SUFFIXES = (".h5", ".hdf5", ".keras")
_CONFIG, _TRAINING = "model_config", "training_config"


class KerasH5Format:
    """See the module."""

    name = "keras_h5"
    has_graph = False

    def recognise(self, tree: FileTree) -> bool:
        """True if the one file in question is HDF5 with a model's config, even if it breaks later on."""
        file = one_file(tree, _SUFFIXES, is_hdf5)
        if file is None:
            return False
        directory = hdf5_directory(tree, file)
        return looks_damaged(tree, file, _CONFIG.encode()) if directory is None else _CONFIG in directory.groups.get("", {})

    def tensor_spans(self, tree: FileTree, inspection: Inspection) -> Mapping[str, Sequence[Span]]:  # noqa: ARG002  # a format's method
        """Where the contiguous datasets are."""
        return spans_by_file(inspection.tensors)

    def inspect(self, tree: FileTree) -> Inspection:
        """Reads all that the artifact says about itself."""
        file, found = one_file(tree, _SUFFIXES, is_hdf5) or "", Found()
        try:
            weights = weight_file(tree, file, "model_weights/")
        except CodecError as error:
            found.problems.fault("TFR101", file, error)
        else:
            _read(found, weights)
        inspection = Inspection(
            self.name, tensors=tuple(found.tensors), facts=found.facts, problems=tuple(found.problems), keras=found.keras
        )
        return with_strangers(inspection, tree, file)

    def graph(self, tree: FileTree, meta_graph: int) -> Graph:  # noqa: ARG002  # a format's method
        """Raises NoGraphError: the layers' code makes the graph."""
        raise no_graph(tree)


def _read(found: Found, weights: WeightFile) -> None:
    tell_directory(found, weights.directory, weights.file)
    found.facts |= versions(weights.directory)
    config = _parsed(found, weights, _CONFIG)
    training = as_mapping(_parsed(found, weights, _TRAINING)) if _TRAINING in weights.directory.groups[""] else {}
    model = add_model(found, config, training, weights.file) if config is not None else None
    if not any(dataset.path.startswith("model_weights/") for dataset in weights.directory.datasets) and model and model.layers:
        found.problems.warn("TFR102", f"{weights.file} holds a model without weights.", file=weights.file)
    add_weights(found, [weights], model)


def versions(directory: Directory) -> dict[str, str]:
    """Returns which Keras wrote the file, on which backend, as its root or its group of weights says."""
    told = {**directory.groups.get("model_weights", {}), **directory.groups.get("", {})}
    facts = {"keras.version": told.get("keras_version"), "keras.backend": told.get("backend")}
    return {key: value[:100] for key, value in facts.items() if isinstance(value, str)}


def _parsed(found: Found, weights: WeightFile, attribute: str) -> Json:
    """Returns what an attribute of the root holds as JSON; None, and a problem, if it cannot be read."""
    text = weights.directory.groups[""].get(attribute)
    try:
        if isinstance(text, str):
            return parse_json(text)
        raise CodecError("is no text")
    except CodecError as error:
        error.message = f"has an attribute {attribute} that {error.message}"
        found.problems.fault("TFR103", weights.file, error)
        return None
