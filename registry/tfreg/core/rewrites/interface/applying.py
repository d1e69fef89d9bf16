"""How a graph is edited so that it has the interface that the caller asked for."""

from __future__ import annotations

from tfreg.core.rewrites.graphs.edit import GraphEdit
from tfreg.core.rewrites.interface.adding_calls import add_call
from tfreg.core.rewrites.interface.cutting import cut_inputs
from tfreg.core.rewrites.interface.devices import clear_devices
from tfreg.core.rewrites.interface.further_names import add_names
from tfreg.core.rewrites.interface.interface import Interface
from tfreg.core.rewrites.interface.reshaping import reshape, told_shapes
from tfreg.core.rewrites.rewriting import RewriteRequest


def apply_options(edit: GraphEdit, interface: Interface, request: RewriteRequest) -> Interface:
    """Edits the graph: traced call, placeholders, cut inputs, further names, shapes, devices. Returns the interface as it is then.

    Call it once, on the unchanged graph for which `choose_interface` made the interface. What no signature needs is left in the graph.

    Raises:
        ShapeFixedError: A constant fixes the shape that was to be changed; the metadata names the node.
        ConversionRefusedError: A tensor cannot be replaced by a placeholder.
        RequestInvalidError, SignatureInvalidError: An option names a tensor that is not there, or a name that is taken.
    """
    if interface.trace is not None:
        add_call(edit, interface.trace)
    interface = cut_inputs(edit, interface, request)
    interface = add_names(edit, interface, request.options.renamed)
    interface = reshape(edit, interface, request.options.shapes)
    if request.options.clear_devices:
        clear_devices(edit)
    return told_shapes(edit, interface)
