"""Attributes of nodes as rules read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tfreg.core.rewrites.interface.inference.dims import Shaped

if TYPE_CHECKING:
    from tfreg.wire.graph_pb2 import AttrValue

Attrs = Mapping[str, "AttrValue"]
Rule = Callable[[str, Sequence[Shaped], Attrs], Shaped | list[Shaped]]
"""From a node's name, inputs and attributes to its outputs, or to one shape for all of them. Raises FixedError."""


def flag(attr: Attrs, *names: str) -> bool:
    """Returns whether an attribute of one of these names is set to true."""
    return any(name in attr and attr[name].b for name in names)


def numbers(attr: Attrs, name: str) -> list[int]:
    """Returns a list of integers; an empty one if the node lacks it."""
    return list(attr[name].list.i) if name in attr else []


def is_nchw(attr: Attrs) -> bool:
    """Returns whether the channels come before the space."""
    return "data_format" in attr and attr["data_format"].s.startswith(b"NC")
