"""A weight file written again in its own layout, without what only training keeps."""

from __future__ import annotations

from tfreg.core.codecs.hdf5_messages import AttributeValue
from tfreg.core.codecs.hdf5_writing import HdfDataset, HdfGroup, group_at
from tfreg.core.errors import ConversionRefusedError
from tfreg.core.rewrites.keras.legacy_file import TOP, layer_groups
from tfreg.core.rewrites.keras.name_lists import name_list
from tfreg.core.rewrites.keras.numbered_file import put
from tfreg.core.rewrites.keras.weight_files import LEGACY, WeightFiles
from tfreg.core.rewrites.rewriting import RewriteRequest, Source
from tfreg.core.rewrites.weights import Weight, weights_of

_HEAD = ("backend", "keras_version")


def copied(source: Source, files: WeightFiles) -> HdfGroup:
    """Returns the file."""
    return _legacy(source, files) if files.layout == LEGACY else _numbered(source, files)


def no_architecture(request: RewriteRequest) -> ConversionRefusedError:
    """Returns the error for weights that do not say to which layers they belong."""
    return ConversionRefusedError(
        f"{request.source.tree.name} does not say which layers its weights belong to, as {request.target} needs.",
        hint="Give the model's config or the whole model: --architecture model.json, a .keras or an .h5.",
        target=request.target,
    )


def _numbered(source: Source, files: WeightFiles) -> HdfGroup:
    members: dict[str, HdfGroup | HdfDataset] = {}
    for path, attributes in files.groups.items():
        if path:
            above, _, name = path.rpartition("/")
            told: dict[str, AttributeValue] = {key: value for key, value in attributes.items() if isinstance(value, str)}
            group_at(members, above).setdefault(name, HdfGroup(told, {}))
    for weight in weights_of(source):
        put(members, weight.path, weight)
    return HdfGroup({}, members)


def _legacy(source: Source, files: WeightFiles) -> HdfGroup:
    by_path = {weight.path: weight for weight in weights_of(source)}
    by_layer: dict[str, list[tuple[str, Weight]]] = {}
    for layer, paths in files.layers():
        below = f"{files.root}{layer}/"
        by_layer[layer] = [(path.removeprefix(below), by_path[path]) for path in paths if path in by_path]
    told = {**files.groups.get("", {}), **files.groups.get(files.root.removesuffix("/"), {})}
    head: dict[str, AttributeValue] = {key: value.encode() for key in _HEAD if isinstance(value := told.get(key), str)}
    version = source.inspection.facts.get("keras.version", "")
    names = name_list("layer_names", list(by_layer), version)
    if f"{files.root}{TOP}" in files.groups:
        by_layer[TOP] = []
    return HdfGroup({**names, **head}, layer_groups(by_layer, version))
