"""The variables of a model as places for weights, each with where Keras's files keep it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tfreg.core.formats.keras_names import group_key
from tfreg.core.rewrites.keras.structure import Part
from tfreg.core.rewrites.matching.place import Place

_OLD_CONTAINER = "_layer_checkpoint_dependencies"


@dataclass(frozen=True, slots=True)
class Slot:
    """A variable and where files keep it.

    Attributes:
        place: What it is called and what fits.
        numbered: Its dataset in a `.weights.h5`, such as `layers/dense_1/vars/0`.
        layer: The model's layer that it belongs to, which is its group in a legacy file.
    """

    place: Place
    numbered: str
    layer: str


def slots_of(root: Part) -> list[Slot]:
    """Returns a model's variables in Keras's order: layer by layer, a layer's own before those of the layers in it."""
    old, with_weights = _old_groups(root), _with_weights(root)
    found: list[Slot] = []
    for chain in root.walk():
        below = chain[1:]
        group = "".join(f"{part.group}/" for part in below)
        for number, variable in enumerate(chain[-1].variables):
            numbered = f"{group}vars/{number}"
            others = (
                numbered,
                _joined((with_weights.get(id(part), part.attribute) for part in below), variable.name),
                "".join(f"{old.get(id(part), part.group)}/" for part in below) + f"vars/{number}",
            )
            place = Place(
                _joined((part.name for part in below), variable.name),
                _joined((part.attribute for part in below), variable.name),
                variable.dtype,
                variable.shape,
                variable.trainable,
                tuple(dict.fromkeys(others)),
            )
            found.append(Slot(place, numbered, below[0].name if below else ""))
    return found


def in_legacy_order(slots: Iterable[Slot], root: Part) -> list[Slot]:
    """Returns the variables as legacy files have them: layer by layer, trainable ones before others."""
    by_layer: dict[str, list[Slot]] = {part.name: [] for part in root.parts}
    for slot in slots:
        by_layer.setdefault(slot.layer, []).append(slot)
    return [slot for found in by_layer.values() for slot in sorted(found, key=lambda slot: not slot.place.trainable)]


def _joined(names: Iterable[str], variable: str) -> str:
    return "/".join((*names, variable))


def _with_weights(root: Part) -> Mapping[int, str]:
    """Returns what a checkpoint of Keras 2 calls the layers of a model: `layer_with_weights-0` and so on."""
    found: dict[int, str] = {}
    for chain in root.walk():
        if chain[-1].is_model:
            weighted = [part for part in chain[-1].parts if _has_variables(part)]
            found |= {id(part): f"layer_with_weights-{number}" for number, part in enumerate(weighted)}
    return found


def _old_groups(root: Part) -> Mapping[int, str]:
    """Returns the groups of Keras 2.12, which counts layers with variables twice: `dense`, `dense_2`, `dense_4`."""
    found: dict[int, str] = {}
    for chain in root.walk():
        times: dict[str, int] = {}
        for part in chain[-1].parts if chain[-1].is_model else ():
            key = group_key(part.class_name)
            number = times.get(key, 0)
            times[key] = number + (2 if _has_variables(part) else 1)
            found[id(part)] = f"{_OLD_CONTAINER}/{key}_{number}" if number else f"{_OLD_CONTAINER}/{key}"
    return found


def _has_variables(part: Part) -> bool:
    return any(chain[-1].variables or not chain[-1].is_known for chain in part.walk())


def unknown_in(root: Part) -> Iterator[tuple[Part, ...]]:
    """Yields the parts whose variables are not known, each with what it is part of before it."""
    for chain in root.walk():
        if not chain[-1].is_known:
            yield chain
