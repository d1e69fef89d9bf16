"""Weights are fitted to an architecture: those of layers that are known by matching, those of others by the layer's name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tfreg.core.conversions.options import ConversionOptions
from tfreg.core.conversions.results import WeightMatch, WeightMatches
from tfreg.core.errors import ConversionRefusedError, WeightsMismatchError
from tfreg.core.rewrites.keras.architecture import FORMATS, Architecture, architecture_of
from tfreg.core.rewrites.keras.slots import Slot, in_legacy_order, slots_of, unknown_in
from tfreg.core.rewrites.keras.structure import Part
from tfreg.core.rewrites.keras.weight_files import LEGACY, NUMBERED, WeightFiles, weight_files_of
from tfreg.core.rewrites.matching import Place, match
from tfreg.core.rewrites.rewriting import Source
from tfreg.core.rewrites.weights import Weight, weights_of

_POSITION = re.compile(r"(?:arr_)?\d+")
"""What numpy.savez calls arrays without names, such as those of `get_weights()`."""
Carried = dict[str, tuple[tuple[str, Weight], ...]]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What goes where.

    Attributes:
        slots: The variables that are known.
        values: The weight of each by `Slot.numbered`; not of those that were left out.
        carried: Weights of other layers: of a numbered file by the layer's group with the way below it, of a legacy file by the model's
            layer with the variable's name.
        matches: What became of all weights and places.
    """

    slots: tuple[Slot, ...]
    values: Mapping[str, Weight]
    carried: Carried
    matches: WeightMatches


def fitted(architecture: Architecture, source: Source, options: ConversionOptions, layout: str) -> Fitted:
    """Finds the weights of a model.

    Args:
        architecture: What they are to be fitted to.
        source: Where they are.
        options: How they are matched.
        layout: Of the file to be written: `NUMBERED` or `LEGACY`.

    Raises:
        WeightsMismatchError: They do not fit.
        ConversionRefusedError: A layer's variables are not known, and the source does not say either.
    """
    files, weights = weight_files_of(source), weights_of(source)
    slots = slots_of(architecture.root)
    carried, open_parts = _carried(architecture.root, source, files, layout, weights)
    if layout == LEGACY:
        slots = [slot for slot in slots if slot.layer not in carried]
    taken = {weight.name for found in carried.values() for _, weight in found}
    left = [weight for weight in weights if weight.name not in taken]
    left, slots = _ordered(left, slots, files, architecture.root)
    places = [slot.place for slot in slots]
    how = options.match or ("path" if files.is_unnamed and _all_found(left, places) else "")
    ordered = files.layout == LEGACY or all(_POSITION.fullmatch(weight.name) for weight in left)
    pairs, matches = match(left, places, how, options.partial, ordered=ordered)
    if open_parts and matches.left_over and not options.partial:
        raise _not_known(open_parts[0], matches.left_over)
    by_place = {id(place): weight for weight, place in pairs}
    values = {slot.numbered: by_place[id(slot.place)] for slot in slots if id(slot.place) in by_place}
    moved = tuple(WeightMatch(weight.name, f"{where}/{way}") for where, found in carried.items() for way, weight in found)
    return Fitted(tuple(slots), values, carried, replace(matches, matched=(*matches.matched, *moved)))


def _all_found(weights: Sequence[Weight], places: Sequence[Place]) -> bool:
    """Whether numbers of groups lead to all places. Where a file has no names, `dense_1` in it may be the layer `dense_2`."""
    try:
        match(weights, places, "path", partial=False)
    except WeightsMismatchError:
        return False
    return True


def _ordered(weights: list[Weight], slots: list[Slot], files: WeightFiles, root: Part) -> tuple[list[Weight], list[Slot]]:
    """Returns both in one order: that of a legacy file, which says layer by layer which weights it has; else as they come."""
    if files.layout != LEGACY:
        return weights, slots
    slots = in_legacy_order(slots, root)
    paths = {path: number for number, path in enumerate(path for _, names in files.layers() for path in names)}
    weights = sorted(weights, key=lambda weight: paths.get(weight.path, len(paths)))
    by_layer: dict[str, list[Slot]] = {}
    for slot in slots:
        by_layer.setdefault(slot.layer, []).append(slot)
    same: dict[int, str] = {}
    for layer, names in files.layers():
        wanted = by_layer.get(layer, [])
        if len(wanted) == len(names):  # as Keras loads by name
            same |= {id(slot): name for slot, name in zip(wanted, names, strict=True)}
    return weights, [
        replace(slot, place=replace(slot.place, others=(*slot.place.others, same[id(slot)]))) if id(slot) in same else slot
        for slot in slots
    ]


def _carried(
    root: Part, source: Source, files: WeightFiles, layout: str, weights: Sequence[Weight]
) -> tuple[Carried, list[Part]]:
    """Returns the weights of layers that the table does not know, and those layers of which the source says nothing either."""
    found: Carried = {}
    unsaid: list[Part] = []
    unknown = list(unknown_in(root))
    if not unknown:
        return found, unsaid
    by_path = {weight.path: weight for weight in weights}
    layers = dict(files.layers()) if files.layout == LEGACY else {}
    groups = _groups_by_name(source) if files.layout == NUMBERED else {}
    for chain in unknown:
        part, names = chain[-1], "/".join(one.name for one in chain[1:])
        layer, group = chain[1].name if len(chain) > 1 else "", "/".join(one.group for one in chain[1:])
        if files.layout == LEGACY and layer in layers and (layout == LEGACY or not layers[layer]):
            below = f"{files.root}{layer}/"
            found[layer] = tuple((path.removeprefix(below), by_path[path]) for path in layers[layer] if path in by_path)
        elif files.layout == NUMBERED:
            start = groups.get(names, group)
            start = f"{start}/" if start else ""
            inside = tuple((path.removeprefix(start), weight) for path, weight in by_path.items() if path.startswith(start))
            if layout == LEGACY and inside:
                unsaid.append(part)  # the order of its variables is not known
            elif layout == NUMBERED:
                found[group] = inside
        else:
            unsaid.append(part)
    return {where: inside for where, inside in found.items() if inside or layout == LEGACY}, unsaid


def _groups_by_name(source: Source) -> Mapping[str, str]:
    """Returns where a `.keras` keeps each layer, by the layer's name below those of the models around it."""
    if source.format not in FORMATS:
        return {}
    return {
        "/".join(part.name for part in chain[1:]): "/".join(part.group for part in chain[1:])
        for chain in architecture_of(source).root.walk()
    }


def _not_known(part: Part, left_over: Sequence[str]) -> ConversionRefusedError:
    named = f"'{part.name}' of the class {part.class_name}" if part.name else f"the class {part.class_name}"
    return ConversionRefusedError(
        f"Which variables the layer {named} has is not known, and {len(left_over)} weights are left over, such as {left_over[0]}.",
        hint="Give the weights in a file of Keras in the layout that is asked for: there they stand by layer.",
        layer=part.name,
        layer_class=part.class_name,
    )
