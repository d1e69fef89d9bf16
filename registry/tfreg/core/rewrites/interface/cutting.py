"""Tensors within a graph that become placeholders, so that the model can be fed there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tfreg.core.graphs.reachability import INPUT_OPS, Reachability
from tfreg.core.inspections import Signature
from tfreg.core.rewrites.graphs.edit import GraphEdit
from tfreg.core.rewrites.interface.flowing import consumers_of
from tfreg.core.rewrites.interface.interface import Interface
from tfreg.core.rewrites.interface.naming import placeholder_specs, refs
from tfreg.core.rewrites.interface.placing import placeholder
from tfreg.core.rewrites.rewriting import RewriteRequest
from tfreg.core.tensors import TensorRef, TensorSpec


@dataclass(frozen=True, slots=True)
class _Cut:
    """A tensor that a placeholder replaces.

    Attributes:
        ref: The tensor.
        spec: What the placeholder is.
        name: The placeholder's name that the caller gave; empty: the tensor's own where that can be kept.
    """

    ref: TensorRef
    spec: TensorSpec
    name: str = ""


def cut_inputs(edit: GraphEdit, interface: Interface, request: RewriteRequest) -> Interface:
    """Puts a placeholder in the place of each input that is none, and of each tensor that the caller wants replaced.

    A placeholder has the name of the operation whose place it takes where none of its other outputs is used. Where a SavedModel
    keeps several signatures their inputs are left as they are: another signature may compute what one is fed.

    Raises:
        ConversionRefusedError: A tensor's dtype is not known, or nobody can feed it.
    """
    cuts = [_Cut(ref, spec, spec.key) for ref, spec in _replaced(edit, request).items()]
    given = {cut.name for cut in cuts}
    if len(interface.signatures) == 1:
        for spec in interface.signatures[0].inputs:
            ref = spec.ref
            if ref and ref.operation not in given and ref.operation in edit and edit.op_of(ref.operation) not in INPUT_OPS:
                cuts.append(_Cut(ref, spec))
    return _Cutting(edit, cuts, interface).run(interface) if cuts else interface


def _replaced(edit: GraphEdit, request: RewriteRequest) -> dict[TensorRef, TensorSpec]:
    return placeholder_specs(edit.as_graph(), request.options.placeholders) if request.options.placeholders else {}


class _Cutting:
    """Several tensors cut at once."""

    def __init__(self, edit: GraphEdit, cuts: list[_Cut], interface: Interface) -> None:
        self._edit = edit
        self._cuts = {cut.ref: cut for cut in cuts}
        self._operations = {cut.ref.operation for cut in cuts}
        self._consumers = consumers_of(edit.nodes())
        self._needed = self._reached(interface)
        self._names: dict[TensorRef, str] = {}

    def run(self, interface: Interface) -> Interface:
        """Edits the graph and returns the interface with the placeholders' names."""
        for ref, cut in self._cuts.items():
            self._names[ref] = cut.name or self._name(cut, interface)
        for ref, cut in self._cuts.items():
            name = self._names[ref]
            node = placeholder(name, replace(cut.spec, ref=ref))
            if name == ref.operation:
                self._drop_others(ref)
                self._edit.remove(name)
            self._edit.put(node)
        for operation in self._operations:
            for consumer in self._consumers.get(operation, ()):
                if consumer in self._edit and consumer not in self._names.values():
                    self._rewire(consumer)
        renamed = {str(ref): f"{name}:0" for ref, name in self._names.items() if str(ref) != f"{name}:0"}
        signatures = tuple(self._signature(signature) for signature in interface.signatures)
        return replace(interface, signatures=signatures, renamed={**interface.renamed, **renamed})

    def _reached(self, interface: Interface) -> frozenset[str]:
        """Returns the nodes that the outputs and the initialisers need, fed with the placeholders."""
        wanted = refs(spec for signature in interface.signatures for spec in signature.outputs)
        wanted += tuple(TensorRef(name) for name in interface.targets)
        return Reachability(self._edit.as_graph()).reached(wanted, tuple(self._cuts)).nodes

    def _name(self, cut: _Cut, interface: Interface) -> str:
        """Returns the operation's own name if the outputs need nothing but the cut tensor of it, else a free one."""
        operation = cut.ref.operation
        specs = [spec for signature in interface.signatures for spec in signature.outputs]
        used = {spec.ref.index for spec in specs if spec.ref and spec.ref.operation == operation}
        for consumer in self._consumers.get(operation, ()):
            if consumer in self._needed:
                used |= _outputs_used(self._edit.nodes()[consumer].inputs, operation)
        others = {ref.index for ref in self._cuts if ref.operation == operation}
        if (used | others) <= {cut.ref.index}:
            return operation
        name, number = f"{operation}_{cut.ref.index}", 0
        while name in self._edit or name in self._names.values():
            number += 1
            name = f"{operation}_{cut.ref.index}_{number}"
        return name

    def _drop_others(self, ref: TensorRef) -> None:
        """Removes what uses other outputs of an operation whose place a placeholder takes: nothing that is wanted needs it."""
        nodes = self._edit.nodes()
        waiting = [
            consumer
            for consumer in self._consumers.get(ref.operation, ())
            if consumer in self._edit and _outputs_used(nodes[consumer].inputs, ref.operation) - {ref.index}
        ]
        while waiting:
            name = waiting.pop()
            if name in self._edit and name not in self._needed:
                self._edit.remove(name)
                waiting += self._consumers.get(name, ())

    def _rewire(self, consumer: str) -> None:
        node = self._edit.node(consumer)
        data = [self._data(text) for text in node.input if not text.startswith("^")]
        control = list(dict.fromkeys(self._control(text) for text in node.input if text.startswith("^")))
        if [*data, *control] != list(node.input):
            del node.input[:]
            node.input.extend([*data, *control])
            self._edit.put(node)

    def _data(self, text: str) -> str:
        operation, _, index = text.partition(":")
        name = self._names.get(TensorRef(operation, int(index or 0))) if operation in self._operations else None
        return text if name is None else name

    def _control(self, text: str) -> str:
        """Returns a control input; one of an operation that was cut waits for the placeholder."""
        operation = text.removeprefix("^")
        if operation not in self._operations:
            return text
        names = [name for ref, name in sorted(self._names.items()) if ref.operation == operation]
        return text if operation in names else f"^{names[0]}"

    def _signature(self, signature: Signature) -> Signature:
        inputs, outputs = (tuple(map(self._spec, specs)) for specs in (signature.inputs, signature.outputs))
        return replace(signature, inputs=inputs, outputs=outputs)

    def _spec(self, spec: TensorSpec) -> TensorSpec:
        name = self._names.get(spec.ref) if spec.ref else None
        return spec if name is None else replace(spec, ref=TensorRef(name))


def _outputs_used(inputs: Sequence[str], operation: str) -> set[int]:
    """Returns which outputs of an operation are among a node's inputs."""
    found = (text.partition(":") for text in inputs if not text.startswith("^"))
    return {int(index or 0) for name, _, index in found if name == operation}
