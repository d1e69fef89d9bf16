"""The format `keras_weights`: weights without an architecture.

Legacy HDF5 (`layer_names`), HDF5 of Keras 3 and late Keras 2 (`.weights.h5`), and the latter in several files with an index
(`.weights.json`, whose `weight_map` says which group is in which files).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.hdf5 import Directory, is_hdf5
from tfreg.core.codecs.json_text import as_mapping, parse_json
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.keras_h5 import versions
from tfreg.core.formats.keras_json import no_graph
from tfreg.core.formats.keras_reading import (
    Found,
    WeightFile,
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

_SUFFIXES = (".h5", ".hdf5")
_MAX_INDEX_BYTES = 4 << 20
_MAX_SHARDS = 256


class KerasWeightsFormat:
    """See the module."""

    name = "keras_weights"
    has_graph = False

    def recognise(self, tree: FileTree) -> bool:
        """True if the one file in question is HDF5 with weights as Keras lays them out, or an index of such files."""
        if one_file(tree, (".json",), _is_index) is not None:
            return True
        file = one_file(tree, _SUFFIXES, is_hdf5)
        if file is None:
            return False
        directory = hdf5_directory(tree, file)
        if directory is None:
            return looks_damaged(tree, file, b"layer_names", b"layers", b"vars")
        return bool(_layout(directory))

    def tensor_spans(self, tree: FileTree, inspection: Inspection) -> Mapping[str, Sequence[Span]]:  # noqa: ARG002  # a format's method
        """Where the contiguous datasets are."""
        return spans_by_file(inspection.tensors)

    def inspect(self, tree: FileTree) -> Inspection:
        """Reads all that the artifact says about itself."""
        found, index = Found(), one_file(tree, (".json",), _is_index)
        file = index or one_file(tree, _SUFFIXES, is_hdf5) or ""
        shards = list(_shards(tree, index, found)) if index is not None else [file]
        weights = list(_weights(tree, shards, found))
        if weights:
            found.facts |= versions(weights[0].directory)
            found.facts["keras.weights_layout"] = "sharded" if index is not None else _layout(weights[0].directory)
        add_weights(found, weights, None)
        _tell_twice(found)
        inspection = Inspection(self.name, tensors=tuple(found.tensors), facts=found.facts, problems=tuple(found.problems))
        return with_strangers(inspection, tree, file) if index is None else inspection

    def graph(self, tree: FileTree, meta_graph: int) -> Graph:  # noqa: ARG002  # a format's method
        """Raises NoGraphError: weights are no graph."""
        raise no_graph(tree)


def _layout(directory: Directory) -> str:
    """Returns how the weights are laid out: `legacy`, `variables` by number, or empty if it is no file of Keras."""
    root = directory.groups.get("", {})
    if "layer_names" in root or "layer_names0" in root:
        return "legacy"
    return "variables" if any(path.rpartition("/")[2] == "vars" for path in directory.groups) else ""


def _is_index(reader: FileReader) -> bool:
    return bool(_index(reader))


def _index(reader: FileReader) -> dict[str, list[str]]:
    """Returns which files each group is in; empty if a file is no index of weights."""
    if reader.size_bytes > _MAX_INDEX_BYTES or reader.read_at(0, 64).lstrip()[:1] != b"{":
        return {}
    try:
        told = as_mapping(as_mapping(parse_json(reader.read_at(0, _MAX_INDEX_BYTES))).get("weight_map"))
    except CodecError:
        return {}
    groups = {group: [name] if isinstance(name, str) else name for group, name in told.items()}
    files = {
        group: [name for name in names if isinstance(name, str)] for group, names in groups.items() if isinstance(names, list)
    }
    return files if any(name.endswith(_SUFFIXES) for names in files.values() for name in names) else {}


def _shards(tree: FileTree, index: str, found: Found) -> Iterator[str]:
    """Yields the files that an index names and that are there, and tells which are missing."""
    with tree.open(index) as reader:
        named = sorted({name for names in _index(reader).values() for name in names})
    if len(named) > _MAX_SHARDS:
        found.problems.fault("TFR103", index, LimitError(f"names more than {_MAX_SHARDS} files"))
    present = {file.path for file in tree.files()}
    for name in named[:_MAX_SHARDS]:
        if name in present:
            yield name
        else:
            hint = "Copy all files that the weights were saved in."
            found.problems.error("TFR102", f"{name[:200]} is missing, which {index} names.", hint, file=name[:200])
    found.facts["keras.shards"] = str(len(named))


def _weights(tree: FileTree, files: Sequence[str], found: Found) -> Iterator[WeightFile]:
    for file in files:
        try:
            weights = weight_file(tree, file)
        except CodecError as error:
            found.problems.fault("TFR101", file, error)
            continue
        tell_directory(found, weights.directory, file)
        yield weights


def _tell_twice(found: Found) -> None:
    """Tells of a dataset that two shards hold."""
    for before, tensor in zip(found.tensors, found.tensors[1:], strict=False):
        if before.name == tensor.name and before.file != tensor.file:
            message = f"{before.file} and {tensor.file} both hold {tensor.name!r}."
            found.problems.warn("TFR103", message, "Save the weights again into an empty folder.", file=tensor.file)
