"""How a graph is edited so that it has the interface that the caller asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfreg.core.rewrites.interface.interface import Interface
from tfreg.core.rewrites.rewriting import RewriteRequest

if TYPE_CHECKING:
    from tfreg.core.rewrites.graphs.edit import GraphEdit


def apply_options(edit: GraphEdit, interface: Interface, request: RewriteRequest) -> Interface:
    """Edits the graph: traced call, placeholders, cut inputs, shapes, further names, devices. Returns the interface as it is then.

    Raises:
        ShapeFixedError: A constant fixes the shape that was to be changed.
        RequestInvalidError: An option names a tensor that is not there, or a name that is taken.
    """
    raise NotImplementedError
