"""What the Keras formats share: reading weight files and configs, and putting both together into an inspection."""

from __future__ import annotations

import json
from collections import ChainMap, Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from weakref import WeakKeyDictionary

from tfreg.core.codecs.errors import CodecError, LimitError
from tfreg.core.codecs.hdf5 import Dataset, Directory, is_hdf5, read_directory
from tfreg.core.codecs.json_text import Json, as_mapping, as_text
from tfreg.core.files import FileReader, FileTree
from tfreg.core.formats.keras_config import LayerNode, model_inputs, model_outputs, plain_class, read_model, text_bytes
from tfreg.core.formats.keras_names import is_own_class
from tfreg.core.formats.keras_safety import find_foreign, tell_foreign, tell_trained
from tfreg.core.formats.keras_shapes import shape_bytes
from tfreg.core.formats.keras_variables import Naming
from tfreg.core.formats.limits import MAX_TENSORS
from tfreg.core.formats.problems import Problems
from tfreg.core.inspections import KerasModel, Layer
from tfreg.core.layouts import Span
from tfreg.core.shapes import MAX_RANK, element_count
from tfreg.core.tensors import StoredAs, StoredTensor

_START_BYTES = 64 << 10
_MAX_NAME_CHARACTERS = 2_000
_MAX_LAYERS_BYTES = 8 << 20
_MAX_COUNT = (1 << 63) - 1
_MAX_TRAINING_CHARACTERS = 256 << 10
_COMPILED = "compile_config"

_directories: WeakKeyDictionary[FileTree, dict[tuple[str, int, int], Directory]] = WeakKeyDictionary()


@dataclass(slots=True)
class Found:
    """What is known of a Keras artifact while it is read."""

    problems: Problems = field(default_factory=Problems)
    facts: dict[str, str] = field(default_factory=dict)
    tensors: list[StoredTensor] = field(default_factory=list)
    keras: KerasModel | None = None


@dataclass(frozen=True, slots=True)
class WeightFile:
    """An HDF5 file of weights: where it lies and what it holds.

    Attributes:
        file: The artifact's file that it is, or lies in.
        place: Where in that file; for a packed one, where its packed bytes are.
        packed: Whether it is a deflated member of a zip.
        directory: What it holds.
        root: The group that the weights of the legacy layout are in, with `/` at its end; empty for the file itself.
    """

    file: str
    place: Span
    packed: bool
    directory: Directory
    root: str = ""


def directory_of(tree: FileTree, file: str, reader: FileReader, place: Span) -> Directory:
    """Returns what an HDF5 file holds; asked for the same tree again, it starts no child again.

    Raises:
        CodecError: As `open_hdf5`.
    """
    try:
        kept = _directories.setdefault(tree, {})
    except TypeError:  # a tree that cannot be referred to weakly
        kept = {}
    key = file, place.offset_bytes, place.length_bytes
    if key not in kept:
        kept[key] = read_directory(reader)
    return kept[key]


def weight_file(tree: FileTree, file: str, root: str = "") -> WeightFile:
    """Reads an HDF5 file of the tree.

    Raises:
        CodecError: As `open_hdf5`.
    """
    with tree.open(file) as reader:
        place = Span(0, reader.size_bytes)
        return WeightFile(file, place, False, directory_of(tree, file, reader, place), root)


def looks_damaged(tree: FileTree, file: str, *marks: bytes) -> bool:
    """Whether an HDF5 file cannot be read but has one of these words near its start, where the first names and attributes stand."""
    with tree.open(file) as reader:
        start = reader.read_at(0, _START_BYTES)
    return hdf5_directory(tree, file) is None and any(mark in start for mark in marks)


def hdf5_directory(tree: FileTree, file: str) -> Directory | None:
    """Returns what a file holds if it begins like HDF5 and can be read; None otherwise."""
    with tree.open(file) as reader:
        try:
            return directory_of(tree, file, reader, Span(0, reader.size_bytes)) if is_hdf5(reader) else None
        except CodecError:
            return None


def tell_directory(found: Found, directory: Directory, file: str) -> None:
    """Adds what the HDF5 file says about itself, and what could not be read."""
    found.facts["hdf5.superblock_version"] = str(directory.superblock_version)
    for fault in directory.faults:
        if directory.limited and fault == directory.faults[-1]:
            found.problems.fault("TFR103", file, LimitError(fault))
        else:
            message = f"{file} {fault}."
            found.problems.error("TFR103", message, "It was cut off or damaged; copy or save it again.", file=file)


def add_model(found: Found, config: Json, training: Mapping[str, Json], file: str) -> LayerNode | None:
    """Reads the architecture and what it brings along; None if the config is none."""
    if not isinstance(config, dict) or not as_text(config.get("class_name")):
        found.problems.error("TFR103", f"{file} has a config that describes no model.", "Save the model again.", file=file)
        return None
    try:
        model = read_model(config)
    except LimitError as error:
        found.problems.fault("TFR103", file, error)
        return None
    foreign = find_foreign({key: value for key, value in config.items() if key != _COMPILED})
    trained = find_foreign({_COMPILED: config.get(_COMPILED), **training})
    registered = as_text(config.get("registered_name"))
    own = registered if ">" in registered else model.class_name
    if not model.layers and not is_own_class(model.class_name, model.module, registered):
        foreign.objects.pop(own, None)
        foreign.objects.pop(f"{model.module}.{model.class_name}", None)
        message = f"No architecture is stored: the model is of the class {own!r}, whose code is needed."
        found.problems.warn("TFR111", message, "Export it with model.export('DIR') to get a graph.", file=file)
        objects = (own[:_MAX_NAME_CHARACTERS], *foreign.objects)
    else:
        objects = tuple(foreign.objects)
    tell_foreign(foreign, file, found.problems)
    for name in objects:
        trained.objects.pop(name, None)
    tell_trained(trained, file, found.problems)
    found.keras = KerasModel(
        model.name,
        model.class_name,
        model_inputs(model),
        model_outputs(model),
        optimizer=_optimizer(training),
        training=_texts(training, found.problems, file),
        custom_objects=(*objects, *trained.objects),
    )
    return model


def add_weights(found: Found, files: Iterable[WeightFile], model: LayerNode | None) -> None:
    """Adds the tensors of weight files, and to the architecture how many parameters each layer has."""
    keras_3 = not found.facts.get("keras.version", "3").startswith(("1", "2"))
    counts: Counter[int] = Counter()
    total = trained = 0
    files = list(files)
    groups = ChainMap(*(dict(weights.directory.groups) for weights in files))
    for weights in files:
        naming = Naming(groups, model, keras_3, weights.root)
        for dataset in weights.directory.datasets:
            variable = naming.variable(dataset)
            tensor = _tensor(weights, dataset, variable.path, variable.trainable, found.problems)
            if tensor is None or len(found.tensors) >= MAX_TENSORS:
                continue
            found.tensors.append(tensor)
            if variable.is_weight:
                size = element_count(tensor.shape)
                total += size
                trained += 0 if variable.trainable is False else size
                counts.update({id(layer): size for layer in variable.layers})
    found.tensors.sort(key=lambda tensor: tensor.name.encode())
    if model is not None and found.keras is not None:
        found.keras = replace(
            found.keras,
            layers=tuple(_layers(model, counts if files else None, found.problems)),
            parameter_count=_told(total) if files else None,
            trainable_parameter_count=_told(trained) if files else None,
        )


def _told(count: int) -> int | None:
    """Returns a number of elements; None for more than any tensors have, which chunks that nobody wrote can claim."""
    return count if count <= _MAX_COUNT else None


def _layers(model: LayerNode, counts: Mapping[int, int] | None, problems: Problems) -> Iterator[Layer]:
    """Yields the layers and what they weigh; that is not known without weights."""
    left = _MAX_LAYERS_BYTES
    for path, node in model.walk():
        inputs = tuple(dict.fromkeys(name[:_MAX_NAME_CHARACTERS] for name, _ in node.inputs))
        left -= sum(map(text_bytes, (path, node.class_name, node.module, node.dtype, *inputs))) + shape_bytes(node.output_shape)
        if left < 0:
            problems.warn(
                "TFR104", f"The layers need more than {_MAX_LAYERS_BYTES} bytes to be told; the last ones are left out."
            )
            return
        yield Layer(
            path,
            node.class_name,
            node.module,
            None if counts is None else _told(counts.get(id(node), 0)),
            node.trainable,
            node.dtype,
            node.output_shape,
            inputs,
        )


def _tensor(weights: WeightFile, dataset: Dataset, path: str, trainable: bool | None, problems: Problems) -> StoredTensor | None:
    """Returns where a dataset's value is; None if it is of no type that TensorFlow has."""
    if not dataset.dtype or len(dataset.shape) > MAX_RANK:
        problems.warn("TFR103", f"{weights.file} has a dataset {dataset.path!r} of a type that TensorFlow does not have.")
        return None
    place, stored_as = weights.place, StoredAs.ZIPPED if weights.packed else StoredAs.HDF5
    if dataset.is_raw and dataset.offset_bytes is not None and not weights.packed:
        place, stored_as = Span(place.offset_bytes + dataset.offset_bytes, dataset.size_bytes), StoredAs.RAW
    path = "" if path == dataset.path else path
    return StoredTensor(
        dataset.path,
        dataset.dtype,
        dataset.shape,
        weights.file,
        place.offset_bytes,
        place.length_bytes,
        stored_as,
        path,
        trainable,
    )


def _optimizer(training: Mapping[str, Json]) -> str:
    told = training.get("optimizer", training.get("optimizer_config"))
    name = as_text(as_mapping(told).get("class_name")) if isinstance(told, dict) else as_text(told)
    return plain_class(name)[:_MAX_NAME_CHARACTERS]


def _texts(training: Mapping[str, Json], problems: Problems, file: str) -> dict[str, str]:
    """Returns the compile config as JSON texts, as long as they fit."""
    texts: dict[str, str] = {}
    left = _MAX_TRAINING_CHARACTERS
    for key, value in training.items():
        try:
            text = json.dumps(value, separators=(",", ":"))
        except RecursionError:
            text = '"nested too deeply"'
        left -= len(key) + len(text)
        if left < 0:
            problems.warn("TFR104", f"{file} has a compile config of more than {_MAX_TRAINING_CHARACTERS} characters.", file=file)
            break
        texts[key] = text
    return texts
