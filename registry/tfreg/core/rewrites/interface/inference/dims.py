"""Shapes that know what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import prod

from tfreg.core.tensors import Shape

_MAX_SIZE = 1 << 62


@dataclass(frozen=True, slots=True)
class Dim:
    """A size. One that no tensor can have, which a damaged graph may compute, counts as not known.

    Attributes:
        size: None if it is not known; -1 where a Reshape's target leaves it open.
        changed: Whether it follows from a size that was fixed and is another now.
        origin: The constant that says it; empty if no constant does.
    """

    size: int | None = None
    changed: bool = False
    origin: str = ""

    def __post_init__(self) -> None:
        if self.size is not None and abs(self.size) > _MAX_SIZE:
            object.__setattr__(self, "size", None)

    @property
    def is_known(self) -> bool:
        """Whether it is a number of elements."""
        return self.size is not None and self.size >= 0


@dataclass(frozen=True, slots=True)
class Shaped:
    """What is known of a tensor.

    Attributes:
        dims: Its shape; None if not even the rank is known.
        changed: Whether a tensor of unknown rank follows from a size that was changed.
        value: The elements of a small vector or scalar of integers, such as a shape; None if they are not known.
    """

    dims: tuple[Dim, ...] | None = None
    changed: bool = False
    value: tuple[Dim, ...] | None = None

    @property
    def is_changed(self) -> bool:
        """Whether any size follows from one that was changed."""
        return self.changed or (self.dims is not None and any(dim.changed for dim in self.dims))

    @property
    def shape(self) -> Shape:
        """The plain shape."""
        return None if self.dims is None else tuple(dim.size if dim.is_known else None for dim in self.dims)


UNKNOWN = Shaped()


class FixedError(Exception):
    """A size was changed that something in the graph holds fast.

    Args:
        node: What holds it; empty: the node at hand.
        why: A clause.
    """

    def __init__(self, node: str, why: str) -> None:
        super().__init__(why)
        self.node, self.why = node, why


def shaped(shape: Shape, origin: str = "") -> Shaped:
    """Returns a plain shape as one."""
    return Shaped(None if shape is None else tuple(Dim(size, origin=origin) for size in shape))


def lost(*inputs: Shaped) -> Shaped:
    """Returns what is known of a tensor of which nothing follows but whether its inputs were changed."""
    return Shaped(changed=any(one.is_changed for one in inputs))


def merged(one: Dim, other: Dim, what: str) -> Dim:
    """Returns the size of two dimensions that must be equal.

    Raises:
        FixedError: One was changed, and the other is a number that it need not be any more.
    """
    _check(one, other, what)
    known = one if one.is_known else other
    return replace(known, changed=one.changed or other.changed)


def broadcast(shapes: Iterable[Shaped], what: str) -> Shaped:
    """Returns the shape of an elementwise op.

    Raises:
        FixedError: See `merged`.
    """
    result: tuple[Dim, ...] = ()
    operands = list(shapes)
    if any(one.dims is None for one in operands):
        return lost(*operands)
    for one in operands:
        dims = one.dims or ()
        rank = max(len(result), len(dims))
        left, right = ((Dim(1),) * (rank - len(side)) + side for side in (result, dims))
        result = tuple(_broadcast(a, b, what) for a, b in zip(left, right, strict=True))
    return Shaped(result)


def without(dims: tuple[Dim, ...], at: int) -> tuple[Dim, ...]:
    """Returns all dimensions but one."""
    return (*dims[:at], *dims[at + 1 :])


def product(dims: Iterable[Dim]) -> Dim:
    """Returns how many elements there are."""
    listed = list(dims)
    size = prod(dim.size or 0 for dim in listed) if all(dim.is_known for dim in listed) else None
    return Dim(size, any(dim.changed for dim in listed))


def _broadcast(one: Dim, other: Dim, what: str) -> Dim:
    if one.size == 1:
        return other
    if other.size == 1:
        return one
    if not one.is_known and other.is_known and not one.changed:
        return other  # the unknown one is 1 or as large
    if not other.is_known and one.is_known and not other.changed:
        return one
    return merged(one, other, what)


def _check(one: Dim, other: Dim, what: str) -> None:
    for moved, fixed in ((one, other), (other, one)):
        if moved.changed and not fixed.changed and fixed.is_known and moved.size != fixed.size:
            size = "open" if moved.size is None else str(moved.size)
            raise FixedError(fixed.origin, f"{what} needs {fixed.size} where the size is {size} now")
