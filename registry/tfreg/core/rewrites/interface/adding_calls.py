"""The call of a traced function, added to the graph."""

from __future__ import annotations

from tfreg.core.errors import ConversionRefusedError
from tfreg.core.rewrites.graphs.edit import GraphEdit
from tfreg.core.rewrites.interface.interface import TracedCall
from tfreg.core.rewrites.interface.placing import placeholder
from tfreg.wire.graph_pb2 import NodeDef

_OP = "StatefulPartitionedCall"


def add_call(edit: GraphEdit, call: TracedCall) -> None:
    """Adds a placeholder for each argument, and the call.

    Raises:
        ConversionRefusedError: The library lacks the function, or an argument cannot be fed.
    """
    if not edit.has_function(call.function):
        raise ConversionRefusedError(f"The library lacks the function {call.function!r}.", hint="Export the model again.")
    signature = edit.function(call.function).signature
    node = NodeDef(name=call.node, op=_OP)
    for spec in call.arguments:
        if spec.ref is not None:
            edit.put(placeholder(spec.ref.operation, spec))
            node.input.append(spec.ref.operation)
    node.input.extend(str(ref) if ref.index else ref.operation for ref in call.captures)
    node.attr["f"].func.name = call.function
    node.attr["Tin"].list.SetInParent()
    node.attr["Tout"].list.SetInParent()
    node.attr["Tin"].list.type.extend(arg.type for arg in signature.input_arg)
    node.attr["Tout"].list.type.extend(arg.type for arg in signature.output_arg)
    edit.put(node)
