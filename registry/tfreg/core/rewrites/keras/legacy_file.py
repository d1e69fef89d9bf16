"""The layout of `save_weights` to `.h5` before Keras 3, and of `model_weights` in a whole `.h5`: a group for each of a model's layers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tfreg.core.codecs.hdf5_messages import AttributeValue
from tfreg.core.codecs.hdf5_writing import HdfDataset, HdfGroup, group_at
from tfreg.core.errors import ConversionRefusedError
from tfreg.core.rewrites.keras.architecture import Architecture
from tfreg.core.rewrites.keras.fitting import Fitted
from tfreg.core.rewrites.keras.name_lists import name_list
from tfreg.core.rewrites.keras.numbered_file import put
from tfreg.core.rewrites.keras.slots import in_legacy_order
from tfreg.core.rewrites.weights import Weight

TOP = "top_level_model_weights"
"""The group of variables that belong to the model and to no layer."""
Members = dict[str, HdfGroup | HdfDataset]


def legacy_group(architecture: Architecture, fitted: Fitted) -> HdfGroup:
    """Returns the group that all layers are in: the file itself, or `model_weights`."""
    by_layer: dict[str, list[tuple[str, Weight]]] = {part.name: [] for part in architecture.root.parts}
    ending = "" if architecture.major >= 3 else ":0"
    for slot in in_legacy_order(fitted.slots, architecture.root):
        if (weight := fitted.values.get(slot.numbered)) is not None:
            _check(weight)
            by_layer[slot.layer].append((f"{slot.place.name}{ending}", weight))
    by_layer |= {layer: list(found) for layer, found in fitted.carried.items()}
    if architecture.major > 1:
        by_layer[TOP] = []
    version = architecture.written_version
    head: dict[str, AttributeValue] = {
        "backend": architecture.backend.encode(),
        "keras_version": version.encode(),
    }  # as Keras writes it
    names = name_list("layer_names", [layer for layer in by_layer if layer != TOP], version)
    return HdfGroup(
        {**names, **(head if architecture.major > 1 or architecture.version else {})}, layer_groups(by_layer, version)
    )


def layer_groups(weights: Mapping[str, Iterable[tuple[str, Weight]]], version: str) -> Members:
    """Returns the groups of layers, for the Keras of a version. That of `a/b` lies in that of `a`, which may be a layer too."""
    members: Members = {}
    for layer in sorted(weights):
        above, _, name = layer.rpartition("/")
        group_at(members, above)[name] = _layer_group(weights[layer], version)
    return members


def _layer_group(weights: Iterable[tuple[str, Weight]], version: str) -> HdfGroup:
    """Returns the group of a layer, whose weights are called by their variables."""
    members: Members = {}
    named = list(_apart(weights))
    for name, weight in named:
        put(members, name, weight)
    return HdfGroup(name_list("weight_names", [name for name, _ in named], version), members)


def _check(weight: Weight) -> None:
    """Raises ConversionRefusedError: Keras itself writes such a weight into a legacy file, but cannot read it again."""
    if weight.dtype.startswith(("bfloat16", "float8")):
        raise ConversionRefusedError(
            f"{weight.name} is of the type {weight.dtype}, which no Keras reads from an .h5 of this layout.",
            hint="Convert to keras_v3 or keras_weights.",
            weight=weight.name,
        )


def _apart(weights: Iterable[tuple[str, Weight]]) -> Iterator[tuple[str, Weight]]:
    """Yields the weights under names of which no two are the same."""
    used: set[str] = set()
    for name, weight in weights:
        number, free = 0, name
        while free in used:
            number += 1
            free = f"{name}_{number}"
        used.add(free)
        yield free, weight
