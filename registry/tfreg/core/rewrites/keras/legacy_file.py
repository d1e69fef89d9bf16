"""The layout of `save_weights` to `.h5` before Keras 3, and of `model_weights` in a whole `.h5`: a group for each of a model's layers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tfreg.core.codecs.hdf5_messages import AttributeValue
from tfreg.core.codecs.hdf5_writing import HdfDataset, HdfGroup, group_at, text_attributes
from tfreg.core.rewrites.keras.architecture import Architecture
from tfreg.core.rewrites.keras.fitting import Fitted
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
        if slot.numbered in fitted.values:
            by_layer[slot.layer].append((f"{slot.place.name}{ending}", fitted.values[slot.numbered]))
    by_layer |= {layer: list(found) for layer, found in fitted.carried.items()}
    if architecture.major > 1:
        by_layer[TOP] = []
    return HdfGroup(header(architecture, [layer for layer in by_layer if layer != TOP]), layer_groups(by_layer))


def header(architecture: Architecture, layers: Iterable[str]) -> dict[str, AttributeValue]:
    """Returns what stands at the head of such a group."""
    told: dict[str, AttributeValue] = {"backend": architecture.backend, "keras_version": architecture.written_version}
    return {**text_attributes("layer_names", list(layers)), **(told if architecture.major > 1 or architecture.version else {})}


def layer_groups(weights: Mapping[str, Iterable[tuple[str, Weight]]]) -> Members:
    """Returns the groups of layers. That of `a/b` lies in that of `a`, which may be a layer too."""
    members: Members = {}
    for layer in sorted(weights):
        above, _, name = layer.rpartition("/")
        group_at(members, above)[name] = layer_group(weights[layer])
    return members


def layer_group(weights: Iterable[tuple[str, Weight]]) -> HdfGroup:
    """Returns the group of a layer, whose weights are called by their variables."""
    members: Members = {}
    named = list(_apart(weights))
    for name, weight in named:
        put(members, name, weight)
    return HdfGroup(text_attributes("weight_names", [name for name, _ in named]), members)


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
