"""Inputs of another shape: `--shape x=?,224,224,3`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tfreg.core.conversions.options import InputShape
from tfreg.core.errors import RequestInvalidError, ShapeFixedError
from tfreg.core.graphs.calls import CALL_OPS, call_of, is_call
from tfreg.core.graphs.graph import Graph
from tfreg.core.graphs.reachability import INPUT_OPS
from tfreg.core.inspections import Signature
from tfreg.core.resolving.nearest import listed, shown
from tfreg.core.rewrites.graphs.edit import GraphEdit
from tfreg.core.rewrites.graphs.nodes_edit import NodesEdit
from tfreg.core.rewrites.interface.flowing import consumers_of, downstream
from tfreg.core.rewrites.interface.inference.dims import Dim, Shaped
from tfreg.core.rewrites.interface.inference.inferring import ConflictError, infer
from tfreg.core.rewrites.interface.interface import Interface
from tfreg.core.rewrites.interface.naming import refs
from tfreg.core.rewrites.interface.placing import set_shape
from tfreg.core.tensors import Shape, TensorRef, TensorSpec
from tfreg.core.written_types import written_shape

_MAX_NODES_FOR_MANNERS = 50_000
"""In larger graphs shapes are not inferred that nobody asked to be changed."""
_INFERRED, _GIVEN, _DECLARED = "_output_shapes", "_input_shapes", "output_shapes"


def reshape(edit: GraphEdit, interface: Interface, wanted: tuple[InputShape, ...]) -> Interface:
    """Gives placeholders other shapes, takes out of the graph what was inferred from the old ones, and infers the outputs' anew.

    Raises:
        ShapeFixedError: Something in the graph holds an old size; the metadata names the node.
        RequestInvalidError: There is no such input, it is no placeholder, or it has another number of dimensions.
    """
    if not wanted:
        return interface
    given: dict[str, Shaped] = {}
    for one in wanted:
        for spec in _inputs(interface, one.input):
            name = spec.ref.operation if spec.ref else ""
            if name not in edit or edit.op_of(name) not in INPUT_OPS:
                raise RequestInvalidError(
                    f"The input {shown(one.input)} is no placeholder, so its shape cannot be changed.",
                    hint="Name it among --inputs, so that it becomes one.",
                )
            given[name] = _changed(spec, one.shape)
    graph = edit.as_graph()
    _check_defaults(graph, given)
    touched = downstream(consumers_of(graph.nodes), given)
    outputs = refs(spec for signature in interface.signatures for spec in signature.outputs)
    for name, shape in given.items():
        node = edit.node(name)
        set_shape(node.attr["shape"].shape, shape.shape)
        edit.put(node)
    _forget(edit, touched)
    found = _inferred(graph, (ref for ref in outputs if ref.operation in touched), given)
    return replace(interface, signatures=tuple(_reshaped(signature, given, found) for signature in interface.signatures))


def told_shapes(edit: GraphEdit, interface: Interface) -> Interface:
    """Returns the interface with the shapes of those outputs of which neither signature nor node says any, as far as they follow."""
    silent = [spec.ref for signature in interface.signatures for spec in signature.outputs if spec.ref and not spec.has_shape]
    if not silent or len(edit) > _MAX_NODES_FOR_MANNERS:
        return interface
    found = _inferred(edit.as_graph(), silent, {})
    known = {ref: shaped for ref, shaped in found.items() if shaped.dims is not None}
    return replace(interface, signatures=tuple(_reshaped(signature, {}, known) for signature in interface.signatures))


def _inputs(interface: Interface, text: str) -> list[TensorSpec]:
    """Returns the inputs of this key in all signatures, else those that are this tensor."""
    specs = [spec for signature in interface.signatures for spec in signature.inputs if spec.ref is not None]
    named = [spec for spec in specs if spec.key == text] or [
        spec for spec in specs if spec.ref is not None and text in (spec.ref.operation, str(spec.ref))
    ]
    before = interface.renamed.get(text if ":" in text else f"{text}:0")
    named = named or [spec for spec in specs if str(spec.ref) == before]
    if not named:
        existing = listed(tuple(dict.fromkeys(spec.key for spec in specs)))
        raise RequestInvalidError(
            f"There is no input {shown(text)} whose shape could be changed.",
            hint=f"The inputs are: {existing}.",
            existing=existing,
        )
    return named


def _changed(spec: TensorSpec, wanted: Shape) -> Shaped:
    """Returns the shape that an input shall have, its sizes marked that were fixed and are others now."""
    before = spec.shape if spec.has_shape else None
    if wanted is None or before is None:
        return Shaped(None if wanted is None else tuple(Dim(size) for size in wanted))
    if len(before) != len(wanted):
        raise RequestInvalidError(
            f"The input {shown(spec.key)} has {len(before)} dimensions, {written_shape(before)}, not {len(wanted)}.",
            hint="Give as many sizes, ? for one that stays open.",
        )
    return Shaped(tuple(Dim(new, old is not None and new != old) for old, new in zip(before, wanted, strict=True)))


def _check_defaults(graph: Graph, given: Mapping[str, Shaped]) -> None:
    """Raises ShapeFixedError if the default of a placeholder does not have the shape that the placeholder shall have."""
    for name, wanted in given.items():
        inputs = graph.nodes[name].inputs
        if not inputs or graph.nodes.op_of(name) != "PlaceholderWithDefault":
            continue
        default = _inferred(graph, [TensorRef.parse(inputs[0])], {})[TensorRef.parse(inputs[0])]
        if default.shape is None or wanted.shape is None:
            continue
        fits = len(default.shape) == len(wanted.shape) and all(
            a is None or b is None or a == b for a, b in zip(default.shape, wanted.shape, strict=True)
        )
        if not fits:
            raise _fixed(inputs[0].partition(":")[0], "", f"the default of {name} has the shape {written_shape(default.shape)}")


def _inferred(graph: Graph, wanted: Iterable[TensorRef], given: Mapping[str, Shaped]) -> dict[TensorRef, Shaped]:
    try:
        return infer(graph, wanted, given)
    except ConflictError as error:
        raise _fixed(error.node, error.function, error.why) from None


def _fixed(node: str, function: str, why: str) -> ShapeFixedError:
    where = f" in the function {shown(function)}" if function else ""
    return ShapeFixedError(
        f"The shape cannot be changed, for the node {shown(node)}{where} holds the old one: {why}.",
        hint="Change the other inputs with it if they belong together; else export the model again with a size left open.",
        node=node,
        function=function,
    )


def _forget(edit: GraphEdit, touched: Iterable[str]) -> None:
    """Takes out of nodes, and of the functions that they call, the shapes that TensorFlow inferred from the old ones."""
    graph = edit.as_graph()
    waiting: list[str] = []
    for name in touched:
        node = graph.nodes[name]
        if is_call(node.op, graph.functions):
            waiting += call_of(node, graph.functions).functions
        _forget_of(edit, name)
    seen: set[str] = set()
    while waiting:
        function = waiting.pop()
        if function in seen or not edit.has_function(function):
            continue
        seen.add(function)
        body = edit.function(function)
        nodes = body.nodes()
        for name in nodes:
            if is_call(nodes.op_of(name), graph.functions):
                waiting += call_of(nodes[name], graph.functions).functions
            _forget_of(body, name)
        body.attr.pop(_GIVEN, None)
        for position in list(body.arg_attr):
            body.arg_attr[position].attr.pop(_INFERRED, None)


def _forget_of(nodes: NodesEdit, name: str) -> None:
    attr = nodes.nodes()[name].attr
    stale = [key for key in (_INFERRED, _DECLARED) if key in attr and (key == _INFERRED or nodes.op_of(name) in CALL_OPS)]
    if stale:
        node = nodes.node(name)
        for key in stale:
            del node.attr[key]
        nodes.put(node)


def _reshaped(signature: Signature, given: Mapping[str, Shaped], found: Mapping[TensorRef, Shaped]) -> Signature:
    def output(spec: TensorSpec) -> TensorSpec:
        shaped = found.get(spec.ref) if spec.ref else None
        return spec if shaped is None else replace(spec, shape=_combined(spec, shaped), has_shape=True)

    def fed(spec: TensorSpec) -> TensorSpec:
        shaped = given.get(spec.ref.operation) if spec.ref else None
        return spec if shaped is None else replace(spec, shape=shaped.shape, has_shape=True)

    return replace(signature, inputs=tuple(map(fed, signature.inputs)), outputs=tuple(map(output, signature.outputs)))


def _combined(spec: TensorSpec, found: Shaped) -> Shape:
    """Returns the new shape; where nothing is known of it and nothing was changed that was fixed, what was said before still holds."""
    if found.is_changed or not spec.has_shape or spec.shape is None:
        return found.shape
    if found.shape is None or len(found.shape) != len(spec.shape):
        return spec.shape
    return tuple(old if new is None else new for old, new in zip(spec.shape, found.shape, strict=True))
