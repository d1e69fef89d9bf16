"""Shapes of a layer's variables, from its config and the shape of its input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tfreg.core.codecs.json_text import Json
from tfreg.core.formats.keras_shapes import shape_of as written
from tfreg.core.rewrites.keras.layers import SWITCHED_ON, Variable
from tfreg.core.tensors import Shape

_MAX_SIZE = 1 << 31
__all__ = ["exists", "shape_of", "written"]


def exists(variable: Variable, config: Mapping[str, Json]) -> bool:
    """Whether a layer of such a config has a variable."""
    return all(_holds(condition, config) for condition in variable.when)


def shape_of(variable: Variable, config: Mapping[str, Json], taken: Shape) -> Shape:
    """Returns the shape of a variable as far as it is known.

    Args:
        variable: Of the table.
        config: Its layer's.
        taken: Shape of the layer's input, None if not known.
    """
    if variable.shape is None:
        return None
    sizes: list[int | None] = []
    for size in variable.shape:
        if size == "axis":
            axes = list(_along_axis(config.get("axis", -1), taken))
            if not axes:
                return None
            sizes.extend(axes)
        elif size.startswith("..."):
            listed = config.get(size.removeprefix("..."))
            if not isinstance(listed, list):
                return None
            sizes.extend(one if isinstance(one, int) and 0 <= one < _MAX_SIZE else None for one in listed)
        else:
            sizes.append(_size(size, config, taken))
    return tuple(sizes)


def _holds(condition: str, config: Mapping[str, Json]) -> bool:
    key, equals, value = condition.partition("=")
    if equals:
        return (config.get(key.removesuffix("!")) == value) is not key.endswith("!")
    name = condition.removeprefix("!")
    told = config.get(name, name in SWITCHED_ON)
    return (told is not None and told is not False) is not condition.startswith("!")


def _size(text: str, config: Mapping[str, Json], taken: Shape) -> int | None:
    """Returns a product and what is left of it when divided."""
    product, _, divisor = text.partition("/")
    size = 1
    for factor in product.split("*"):
        known = _factor(factor, config, taken)
        if known is None:
            return None
        size *= known
    by = _factor(divisor, config, taken) if divisor else 1
    return size // by if by and size < _MAX_SIZE else None


def _factor(text: str, config: Mapping[str, Json], taken: Shape) -> int | None:
    if text.isdigit():
        return int(text)
    if text == "in":
        if not taken or len(taken) < 2:
            return None
        return taken[1] if config.get("data_format") == "channels_first" else taken[-1]
    told = config.get(text, 1 if text == "groups" else None)
    return told if isinstance(told, int) and not isinstance(told, bool) and 0 <= told < _MAX_SIZE else None


def _along_axis(axis: Json, taken: Shape) -> Iterator[int | None]:
    """Yields the input's sizes along an axis, or several; nothing if they are not known."""
    axes: Sequence[Json] = axis if isinstance(axis, list) else [axis]
    for one in axes:
        if taken is None or not isinstance(one, int) or not -len(taken) <= one < len(taken):
            return
        yield taken[one]
