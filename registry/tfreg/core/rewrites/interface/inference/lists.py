"""Lists of tensors, by which loops read and write what recurrent layers take and give. A list's value is the shape of its elements."""

from __future__ import annotations

from collections.abc import Sequence

from tfreg.core.rewrites.interface.inference.attributes import Attrs
from tfreg.core.rewrites.interface.inference.dims import Dim, Shaped, lost, merged


def reserve(_: str, inputs: Sequence[Shaped], __: Attrs) -> Shaped:
    """The rule of TensorListReserve."""
    return Shaped((), value=inputs[0].value)


def from_tensor(name: str, inputs: Sequence[Shaped], _: Attrs) -> Shaped:
    """The rule of TensorListFromTensor."""
    data, element = inputs[0], inputs[1].value
    if data.dims is None:
        return Shaped((), data.changed, element)
    return Shaped((), value=_fitted(element, data.dims[1:], name))


def set_item(name: str, inputs: Sequence[Shaped], _: Attrs) -> Shaped:
    """The rule of TensorListSetItem."""
    kept, item = inputs[0], inputs[2]
    return Shaped((), kept.changed, kept.value if item.dims is None else _fitted(kept.value, item.dims, name))


def get_item(name: str, inputs: Sequence[Shaped], _: Attrs) -> Shaped:
    """The rule of TensorListGetItem."""
    element = _element(name, inputs[0].value, inputs[2].value)
    return lost(inputs[0]) if element is None else Shaped(element)


def stack(name: str, inputs: Sequence[Shaped], _: Attrs) -> Shaped:
    """The rule of TensorListStack."""
    element = _element(name, inputs[0].value, inputs[1].value)
    return lost(inputs[0]) if element is None else Shaped((Dim(), *element))


def _element(name: str, kept: tuple[Dim, ...] | None, asked: tuple[Dim, ...] | None) -> tuple[Dim, ...] | None:
    """Returns the shape of an element, from that of the list and that which a node asks for."""
    if kept is None or asked is None or len(kept) != len(asked):
        return None if asked is None or len(asked) == 1 else tuple(map(_open, asked))  # a single -1: of any rank
    return tuple(merged(_open(one), _open(other), f"the list {name}") for one, other in zip(kept, asked, strict=True))


def _fitted(element: tuple[Dim, ...] | None, item: tuple[Dim, ...], name: str) -> tuple[Dim, ...] | None:
    """Returns the shape of a list's elements when one of this shape is in it."""
    if element is None or len(element) != len(item):
        return element
    return tuple(merged(_open(one), other, f"the list {name}") for one, other in zip(element, item, strict=True))


def _open(dim: Dim) -> Dim:
    """Returns a size that a constant gives as -1 as one that is not known."""
    return dim if dim.is_known or dim.size is None else Dim(changed=dim.changed)
