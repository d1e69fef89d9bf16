"""Signatures as functions: what tf.saved_model.load gives a caller, beside the SignatureDef that sessions go by.

A signature of a TF2 SavedModel is a call of a traced function at the top level. Another one of the same call, with other keys or fewer
outputs, is a further function around that call, as tf.saved_model.save makes one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tfreg.core.dtypes import dtype_number
from tfreg.core.graphs.calls import PARTITIONED_CALL_OPS
from tfreg.core.graphs.graph import Node
from tfreg.core.graphs.reachability import PLACEHOLDER_OPS
from tfreg.core.inspections import Signature
from tfreg.core.rewrites.graphs.edit import GraphEdit
from tfreg.core.rewrites.saved_models.signature_defs import shape_proto
from tfreg.core.tensors import TensorRef, TensorSpec
from tfreg.wire.graph_pb2 import FunctionDef, NodeDef
from tfreg.wire.object_graph_pb2 import SavedBareConcreteFunction, SavedConcreteFunction, SavedObject
from tfreg.wire.structure_pb2 import NamedTupleValue, StructuredValue

_PREFIX = "__inference_signature_wrapper_"
_NOT_IN_NAMES = re.compile(r"[^a-z0-9_]")
_UID = re.compile(r".*_(\d{1,15})", re.DOTALL)
_STALE_ATTRS = ("_output_shapes", "_input_shapes")
_MAX_STEPS = 8

TraceOf = Callable[[str], SavedConcreteFunction | None]
"""Returns what the object graph says of a function of the library; None if it does not know it."""


@dataclass(frozen=True, slots=True)
class SignatureFunction:
    """A function that was added for a signature.

    Attributes:
        name: Its name in the library.
        trace: What the object graph is to say of it.
        saved: It as an object.
    """

    name: str
    trace: SavedConcreteFunction
    saved: SavedObject


def add_function(edit: GraphEdit, signature: Signature, trace_of: TraceOf) -> SignatureFunction | None:
    """Adds the function of a signature to the library; None if its tensors are no single call of a traced function.

    Args:
        edit: The graph, in which the signature's tensors are.
        signature: The signature.
        trace_of: See `TraceOf`.
    """
    found = _called(edit, signature)
    if found is None or any(spec.ref is None for spec in (*signature.inputs, *signature.outputs)):
        return None
    call, outputs = found
    name = call.op if edit.has_function(call.op) else call.attr["f"].func.name
    trace = trace_of(name)
    if trace is None or not edit.has_function(name):
        return None
    arguments = [TensorRef.parse(text) for text in call.inputs if not text.startswith("^")]
    given = {spec.ref: spec for spec in signature.inputs}
    own = len(arguments) - len(trace.bound_inputs)
    fed = [given.get(ref) or _unfed(edit, ref) for ref in arguments[: max(own, 0)]]
    if own < 0 or None in fed:
        return None
    builder = _Builder(edit, replace(signature, inputs=_sorted(signature.inputs), outputs=_sorted(signature.outputs)), call, name)
    function = builder.function([argument for argument in fed if argument is not None], outputs)
    edit.put_function(function)
    return SignatureFunction(function.signature.name, builder.trace(trace), builder.saved(function.signature.name))


def _unfed(edit: GraphEdit, ref: TensorRef) -> NodeDef | None:
    """Returns the placeholder of an argument that the signature does not name, for no output needs it; None if it is none."""
    node = edit.node(ref.operation) if ref.operation in edit else None
    return node if node is not None and node.op in PLACEHOLDER_OPS else None


def _called(edit: GraphEdit, signature: Signature) -> tuple[Node, Mapping[str, int]] | None:
    """Returns the one call that gives all outputs, and which of its outputs each is."""
    nodes = edit.as_graph().nodes
    call: Node | None = None
    indices: dict[str, int] = {}
    for spec in signature.outputs:
        ref, node = spec.ref, nodes.get(spec.ref.operation) if spec.ref else None
        for _ in range(_MAX_STEPS):
            if ref is None or node is None or node.op != "Identity" or not node.inputs:
                break
            ref = TensorRef.parse(node.inputs[0])
            node = nodes.get(ref.operation)
        if ref is None or node is None or not (node.op in PARTITIONED_CALL_OPS or edit.has_function(node.op)):
            return None
        if call is not None and call.name != node.name:
            return None
        call, indices[spec.key] = node, ref.index
    return None if call is None else (call, indices)


@dataclass(frozen=True, slots=True)
class _Builder:
    edit: GraphEdit
    signature: Signature
    call: Node
    inner: str

    def function(self, fed: Sequence[TensorSpec | NodeDef], outputs: Mapping[str, int]) -> FunctionDef:
        """Returns the function that calls the inner one.

        Args:
            fed: Which input each argument of the inner one is, those that it captured left out; a placeholder where it is none.
            outputs: Which of its outputs each key is.
        """
        inner, function = self.edit.function(self.inner), FunctionDef()
        function.signature.name = self._name()
        names = _argument_names(spec.key for spec in self.signature.inputs)
        for position, spec in enumerate(self.signature.inputs):
            argument = function.signature.input_arg.add(name=names[spec.key])
            argument.type = dtype_number(spec.dtype) or 0  # type: ignore[assignment]  # a number of the enum
            function.arg_attr[position].attr["_user_specified_name"].s = spec.key.encode()
        call = NodeDef(name="call", op=self.call.op)
        for position, one in enumerate(fed):
            call.input.append(names[one.key] if isinstance(one, TensorSpec) else _add_unfed(function, one, position))
        for position in range(len(fed), len(inner.signature.input_arg)):
            captured = function.signature.input_arg.add()
            captured.CopyFrom(inner.signature.input_arg[position])
            captured.name = f"captured_{position}"
            call.input.append(captured.name)
        for key, value in self.call.attr.items():
            if key not in _STALE_ATTRS:
                call.attr[key].CopyFrom(value)
        function.node_def.append(call)
        for number, spec in enumerate(self.signature.outputs):
            self._add_output(function, number, outputs[spec.key])
        if "Stateful" in self.call.op or inner.signature.is_stateful:
            function.signature.is_stateful = True
            function.signature.control_output.append("call")
            function.control_ret["call"] = "call"
        function.attr["_construction_context"].s = b"kEagerRuntime"
        return function

    def trace(self, inner: SavedConcreteFunction) -> SavedConcreteFunction:
        """Returns what it takes and gives: keyword arguments only, a dictionary."""
        trace = SavedConcreteFunction(bound_inputs=inner.bound_inputs)
        pair = trace.canonicalized_input_signature.tuple_value
        pair.values.add().tuple_value.SetInParent()
        _specs(pair.values.add(), self.signature.inputs)
        _specs(trace.output_signature, self.signature.outputs)
        return trace

    def saved(self, name: str) -> SavedObject:
        """Returns it as an object, which is called by keywords."""
        keys = [spec.key for spec in self.signature.inputs]
        bare = SavedBareConcreteFunction(concrete_function_name=name, argument_keywords=keys)
        spec = bare.function_spec
        _set_full_argument_spec(spec.fullargspec.named_tuple_value, keys)
        spec.input_signature.none_value.SetInParent()
        return SavedObject(bare_concrete_function=bare)

    def _add_output(self, function: FunctionDef, number: int, index: int) -> None:
        inner, name = self.edit.function(self.inner), f"identity_{number}" if number else "identity"
        dtype = inner.signature.output_arg[index].type
        function.signature.output_arg.add(name=name, type=dtype)
        node = function.node_def.add(name=f"Identity_{number}", op="Identity", input=[f"call:output:{index}"])
        if self.call.op not in PARTITIONED_CALL_OPS:
            node.input[0] = f"call:{inner.signature.output_arg[index].name}:0"
        node.attr["T"].type = dtype
        function.ret[name] = f"{node.name}:output:0"

    def _name(self) -> str:
        """Returns a name whose number none has: TensorFlow orders functions by it when it hashes a model."""
        numbers = (found[1] for name in self.edit.functions() if (found := _UID.fullmatch(name)))
        return f"{_PREFIX}{_NOT_IN_NAMES.sub('_', self.signature.key.lower())}_{1 + max(map(int, numbers), default=0)}"


def _add_unfed(function: FunctionDef, placeholder: NodeDef, position: int) -> str:
    """Adds a placeholder that nobody feeds and no output needs; returns what to call its output."""
    node = function.node_def.add(name=f"unfed_{position}", op=placeholder.op)
    for key in ("dtype", "shape"):
        if key in placeholder.attr:
            node.attr[key].CopyFrom(placeholder.attr[key])
    return f"{node.name}:output:0"


def _argument_names(keys: Iterable[str]) -> dict[str, str]:
    """Returns names that arguments of a function may have."""
    names: dict[str, str] = {}
    for key in keys:
        name = _NOT_IN_NAMES.sub("_", key.lower())
        name = name if name[:1].isalpha() else f"arg_{name}"
        while name in names.values() or name.startswith("captured_"):
            name += "_"
        names[key] = name
    return names


def _sorted(specs: Iterable[TensorSpec]) -> tuple[TensorSpec, ...]:
    """Returns them in the order in which tf.nest flattens a dictionary: TensorFlow takes arguments and results in it."""
    return tuple(sorted(specs, key=lambda spec: spec.key))


def _specs(value: StructuredValue, specs: Iterable[TensorSpec]) -> None:
    value.dict_value.SetInParent()
    for spec in specs:
        one = value.dict_value.fields[spec.key].tensor_spec_value
        one.name, one.dtype = spec.key, dtype_number(spec.dtype) or 0  # type: ignore[assignment]
        one.shape.CopyFrom(shape_proto(spec.shape if spec.has_shape else None))


def _set_full_argument_spec(spec: NamedTupleValue, keys: Iterable[str]) -> None:
    """Says that a function takes these keyword arguments and nothing else."""
    spec.name = "FullArgSpec"
    for name in ("args", "varargs", "varkw", "defaults", "kwonlyargs", "kwonlydefaults", "annotations"):
        value = spec.values.add(key=name).value
        if name in ("args", "kwonlyargs"):
            value.list_value.SetInParent()
        elif name == "annotations":
            value.dict_value.SetInParent()
        else:
            value.none_value.SetInParent()
        if name == "kwonlyargs":
            for key in keys:
                value.list_value.values.add(string_value=key)
