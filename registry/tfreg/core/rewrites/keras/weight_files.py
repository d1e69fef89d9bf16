"""How the weights of a Keras file are laid out, which a rewrite needs to carry layers over that no table knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tfreg.core.codecs.hdf5 import Attribute
from tfreg.core.formats.keras_reading import hdf5_directory
from tfreg.core.rewrites.rewriting import Source

NUMBERED, LEGACY = "numbered", "legacy"
"""Datasets `layers/dense/vars/0`, or a group for each layer with `weight_names`."""
_STATES = ("optimizer", "metrics", "optimizer_weights")


@dataclass(frozen=True, slots=True)
class WeightFiles:
    """The groups of a source.

    Attributes:
        layout: `NUMBERED`, `LEGACY`, or empty for what is no Keras file.
        groups: Attributes of each group by path, those of optimisers and metrics left out.
        root: Of the legacy layout: the group that all layers are in, with `/` at its end.
    """

    layout: str
    groups: Mapping[str, Mapping[str, Attribute]] = field(default_factory=dict)
    root: str = ""

    @property
    def is_unnamed(self) -> bool:
        """Whether its groups have numbers and no names."""
        return self.layout == NUMBERED and bool(self.groups) and not any("name" in told for told in self.groups.values())

    def layers(self) -> Iterator[tuple[str, list[str]]]:
        """Yields the layers of a legacy file in its order, each with its datasets' paths, without the `:0` of a TensorFlow name."""
        for layer in texts(self.groups.get(self.root.removesuffix("/"), {}), "layer_names"):
            names = texts(self.groups.get(f"{self.root}{layer}", {}), "weight_names")
            yield layer, [f"{self.root}{layer}/{name}".removesuffix(":0") for name in names]


def weight_files_of(source: Source) -> WeightFiles:
    """Reads the groups of a source's HDF5 files; none for another format."""
    if source.format == "keras_h5":
        return WeightFiles(LEGACY, _groups(source, [""]), "model_weights/")
    if source.format == "keras_v3":
        return WeightFiles(NUMBERED)
    if source.format != "keras_weights":
        return WeightFiles("")
    files = sorted({tensor.file for tensor in source.inspection.tensors})
    layout = LEGACY if source.inspection.facts.get("keras.weights_layout") == "legacy" else NUMBERED
    return WeightFiles(layout, _groups(source, files))


def texts(attributes: Mapping[str, Attribute], name: str) -> Sequence[str]:
    """Returns a list of texts, which Keras cuts into `name0`, `name1` where it is long."""
    found = _list(attributes.get(name))
    number = 0
    while f"{name}{number}" in attributes:
        found += _list(attributes[f"{name}{number}"])
        number += 1
    return found


def _list(value: Attribute) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _groups(source: Source, files: Sequence[str]) -> dict[str, Mapping[str, Attribute]]:
    found: dict[str, Mapping[str, Attribute]] = {}
    for file in files if files != [""] else [tensor.file for tensor in source.inspection.tensors[:1]]:
        directory = hdf5_directory(source.tree, file)
        if directory is not None:
            found |= {path: told for path, told in directory.groups.items() if path.partition("/")[0] not in _STATES}
    return found
