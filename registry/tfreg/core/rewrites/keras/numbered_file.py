"""The layout of Keras 3 and late Keras 2: a group for each object, its variables by number (`model.weights.h5`, `.weights.h5`)."""

from __future__ import annotations

from collections.abc import Mapping

from tfreg.core.codecs.hdf5_messages import AttributeValue
from tfreg.core.codecs.hdf5_writing import HdfDataset, HdfGroup, group_at
from tfreg.core.diagnostics import Diagnostic, Severity
from tfreg.core.rewrites.keras.architecture import Architecture
from tfreg.core.rewrites.keras.fitting import Fitted
from tfreg.core.rewrites.keras.structure import Part
from tfreg.core.rewrites.weights import Weight

_SINCE = (2, 13)
"""The Keras since which groups are called `layers`; 2.12 calls and counts them otherwise, and no later Keras reads that."""
_OPAQUE = ("bfloat16", "float8")


def numbered_file(root: Part, fitted: Fitted, major: int) -> HdfGroup:
    """Returns the file of a model's weights. Every object has its group, with its name where Keras 3 writes that."""
    members: dict[str, HdfGroup | HdfDataset] = {}
    for chain in root.walk():
        group = "".join(f"{part.group}/" for part in chain[1:])
        attributes: dict[str, AttributeValue] = {"name": chain[-1].name} if major >= 3 else {}
        group_at(members, group)["vars"] = HdfGroup(attributes, {})
    for slot in fitted.slots:
        if slot.numbered in fitted.values:
            put(members, slot.numbered, fitted.values[slot.numbered])
    for group, found in fitted.carried.items():
        for way, weight in found:
            put(members, f"{group}/{way}", weight)
    return HdfGroup({}, members)


def readers(architecture: Architecture) -> tuple[Diagnostic, ...]:
    """Returns a note if the Keras of the architecture is older than this layout."""
    version = tuple(int(part) for part in architecture.written_version.split(".")[:2] if part.isdigit())
    if version >= _SINCE:
        return ()
    message = (
        f"The model is of Keras {architecture.written_version}, which cannot read this file; tf-keras and Keras 2.13 to 2.15 do."
    )
    hint = "For the Keras that it is of, convert to keras_h5 or keras_weights_legacy."
    return (Diagnostic("TFR501", Severity.WARNING, message, hint),)


def put(members: dict[str, HdfGroup | HdfDataset], path: str, weight: Weight) -> None:
    """Puts a weight into a file."""
    group, _, name = path.rpartition("/")
    group_at(members, group)[name] = dataset_of(weight)


def dataset_of(weight: Weight) -> HdfDataset:
    """Returns a weight as a dataset; a type that HDF5 does not have is named beside it, as Keras 3 does."""
    attributes: Mapping[str, AttributeValue] = {"dtype": weight.dtype} if weight.dtype.startswith(_OPAQUE) else {}
    return HdfDataset(weight.dtype, weight.shape, weight.pieces, attributes)
