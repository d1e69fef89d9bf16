"""Further names for tensors: an Identity each."""

from __future__ import annotations

import re
from dataclasses import replace

from tfreg.core.conversions.options import Renamed
from tfreg.core.errors import RequestInvalidError
from tfreg.core.inspections import Signature
from tfreg.core.resolving.nearest import shown
from tfreg.core.rewrites.graphs.edit import GraphEdit
from tfreg.core.rewrites.interface.interface import Interface
from tfreg.core.rewrites.interface.placing import identity
from tfreg.core.signing.tensors import tensor_of
from tfreg.core.tensors import TensorRef, TensorSpec

_OPERATION_NAME = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*")
"""What TensorFlow takes for a name (framework/node_def_util.cc)."""


def add_names(edit: GraphEdit, interface: Interface, renamed: tuple[Renamed, ...]) -> Interface:
    """Adds an Identity for each, and lets the outputs of signatures that were the tensor name it.

    Raises:
        RequestInvalidError: The name is taken, or none.
        SignatureInvalidError: The graph has no such tensor.
        ConversionRefusedError: The tensor's dtype is not known.
    """
    for one in renamed:
        interface = _added(edit, interface, one)
    return interface


def _added(edit: GraphEdit, interface: Interface, wanted: Renamed) -> Interface:
    if wanted.operation in edit or not _OPERATION_NAME.fullmatch(wanted.operation):
        reason = "there is an operation of that name" if wanted.operation in edit else "that is no name of an operation"
        raise RequestInvalidError(
            f"No tensor can be renamed to {shown(wanted.operation)}: {reason}.",
            hint="Choose another: --rename-tensor NEW=OLD:0.",
            name=wanted.operation,
        )
    old = _tensor(edit, interface, wanted.tensor)
    if old.ref is None:
        raise RequestInvalidError(f"{shown(wanted.tensor)} is a composite tensor; rename its components.")
    device = edit.nodes()[old.ref.operation].device
    edit.put(identity(wanted.operation, str(old.ref) if old.ref.index else old.ref.operation, old, device))
    new = TensorRef(wanted.operation)
    signatures = tuple(_renamed(signature, old.ref, new) for signature in interface.signatures)
    before = next((text for text, now in interface.renamed.items() if now == str(old.ref)), str(old.ref))
    return replace(
        interface,
        signatures=signatures,
        renamed={**interface.renamed, before: str(new)},
        further=(*interface.further, wanted.operation),
    )


def _tensor(edit: GraphEdit, interface: Interface, text: str) -> TensorSpec:
    """Returns a tensor by its name, by that which it had in the source, or by its key among the outputs."""
    outputs = {spec.key: spec for signature in interface.signatures for spec in signature.outputs}
    graph = edit.as_graph()
    name = interface.renamed.get(text if ":" in text else f"{text}:0", text)
    if name not in graph.nodes and name in outputs and outputs[name].ref is not None:
        return tensor_of(graph, str(outputs[name].ref))
    return tensor_of(graph, name)


def _renamed(signature: Signature, old: TensorRef, new: TensorRef) -> Signature:
    """Returns a signature whose outputs name the new tensor; inputs stay, for feeding an Identity feeds nothing before it."""
    return replace(signature, outputs=tuple(replace(spec, ref=new) if spec.ref == old else spec for spec in signature.outputs))
