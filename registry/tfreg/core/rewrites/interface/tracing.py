"""A signature made of a traced function: `--function __call__ --spec 'x: float32[?,3]'`."""

from __future__ import annotations

from dataclasses import replace

from tfreg.core.dtypes import dtype_name
from tfreg.core.errors import FunctionNotFoundError, NoSignaturesError, RequestInvalidError, SignatureAmbiguousError
from tfreg.core.graphs.graph import Function, Graph
from tfreg.core.inspections import Signature
from tfreg.core.resolving.nearest import listed, shown
from tfreg.core.resolving.signatures import SERVING_DEFAULT
from tfreg.core.rewrites.interface import specs
from tfreg.core.rewrites.interface.captures import captured_tensors
from tfreg.core.rewrites.interface.interface import Interface, TracedCall, graph_source
from tfreg.core.rewrites.interface.naming import by_key
from tfreg.core.rewrites.interface.structures import FlatTensor
from tfreg.core.rewrites.interface.traces import Trace, Traces, open_traces
from tfreg.core.rewrites.rewriting import RewriteRequest
from tfreg.core.shapes import shape_of
from tfreg.core.signing.request import PREDICT
from tfreg.core.tensors import TensorRef, TensorSpec

_CALL_NODE = "StatefulPartitionedCall"
_MAX_OFFERED = 20
_MAX_TOLD_APART = 64  # traces; each is compared with all others


def traced_interface(request: RewriteRequest, place: int) -> Interface:
    """Returns the interface that a call of the function gives.

    Its inputs have the names of the function's arguments; its outputs the keys of the dict that it returns, else `output_0` and so on,
    as tf.saved_model.save would name them.

    Raises:
        FunctionNotFoundError: No such function, or none of its traces has such arguments.
        SignatureAmbiguousError: Several traces have them.
        ConversionRefusedError: It captured what the graph does not have.
    """
    source, options = graph_source(request), request.options
    meta_graph = source.inspection.meta_graphs[place]
    key = options.signature or SERVING_DEFAULT
    with source.graph(place) as graph, open_traces(source, place) as traces:
        trace = _chosen(traces, options.function, options.spec)
        function = graph.functions.get(trace.function)
        if function is None:
            raise FunctionNotFoundError(
                f"The library of the SavedModel lacks {shown(trace.function)}, a trace of {shown(options.function)}.",
                hint="Export the model again.",
                function=options.function,
            )
        captures = captured_tensors(traces, trace, graph, meta_graph)
        taken = _Names(graph)
        arguments = _arguments(trace, function, len(captures), key, taken)
        node = taken.free(_CALL_NODE)
        signature = Signature(key, PREDICT, by_key(arguments, "input"), by_key(_outputs(trace, function, node), "output"))
        call = TracedCall(node, trace.function, arguments, captures)
        interface = Interface(place, (signature,), targets=_initialisers(graph, meta_graph.targets.init_operations), trace=call)
    return _selected(interface, request)


def function_required(request: RewriteRequest, place: int) -> NoSignaturesError:
    """Returns the error for a SavedModel without signatures: it lists the functions, each trace with the very options to give."""
    source = graph_source(request)
    offered: list[str] = []
    with open_traces(source, place) as traces:
        for function in traces.functions():
            try:
                written = [trace.arguments for trace in traces.of(function)][:_MAX_OFFERED]
            except FunctionNotFoundError:
                continue  # never traced
            offered += [specs.option(function, at, written) for at in range(len(written))]
    hint = f"Say which function to make a signature of: {listed(offered, '; ')}." if offered else "Export it with signatures."
    return NoSignaturesError(
        "The SavedModel has no signatures, so a session finds neither inputs nor outputs in it.",
        hint=hint,
        options=listed(offered, "; "),
    )


def _chosen(traces: Traces, function: str, spec: str) -> Trace:
    found = traces.of(function)
    written = [trace.arguments for trace in found]
    matching = specs.matching(spec, written)
    if len(matching) == 1:
        return found[matching[0]]
    known = written[:_MAX_TOLD_APART]
    meant = [at for at in (matching or range(len(found))) if at < len(known)][:_MAX_OFFERED]
    offered = listed([specs.option(function, at, known, with_spec=not matching) for at in meant], "; ")
    if not matching:
        raise FunctionNotFoundError(
            f"No trace of the function {shown(function)} has the arguments {shown(spec)}.",
            hint=f"Its traces: {offered}.",
            function=function,
            existing=offered,
        )
    if len({trace.function for trace in found}) == 1:
        return found[0]
    raise SignatureAmbiguousError(
        f"The function {shown(function)} has {len(matching)} traces{' with these arguments' if spec else ''}.",
        hint=f"Say which: {offered}.",
        existing=offered,
    )


class _Names:
    """Names of nodes that are still free."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._given: set[str] = set()

    def free(self, name: str) -> str:
        """Returns the name, or the next `name_1` that is free."""
        number, free = 0, name
        while free in self._graph.nodes or free in self._given:
            number += 1
            free = f"{name}_{number}"
        self._given.add(free)
        return free


def _arguments(trace: Trace, function: Function, captured: int, key: str, taken: _Names) -> tuple[TensorSpec, ...]:
    """Returns a placeholder for each tensor that is fed, in the function's order."""
    names = function.input_names[: len(function.input_names) - captured]
    told: tuple[FlatTensor, ...] | tuple[None, ...] = trace.tensors
    if len(told) != len(names) or any(not tensor.dtype for tensor in trace.tensors):
        told = (None,) * len(names)  # composite tensors, of which each component is an argument of its own
    keys = [tensor.name or name if tensor else name for tensor, name in zip(told, names, strict=True)]
    if len(set(keys)) < len(keys):
        keys = list(names)
    placeholders = []
    for at, (own, tensor) in enumerate(zip(keys, told, strict=True)):
        shape = tensor.shape if tensor else _traced_shape(function, at)
        dtype = dtype_name(function.signature.input_arg[at].type)
        placeholders.append(TensorSpec(own, TensorRef(taken.free(f"{key}_{names[at]}")), dtype, shape))
    return tuple(placeholders)


def _traced_shape(function: Function, at: int) -> tuple[int | None, ...] | None:
    """Returns the shape of an argument as TensorFlow noted it when it traced the function; None if it did not."""
    noted = function.attr["_input_shapes"].list.shape if "_input_shapes" in function.attr else []
    return shape_of(noted[at]) if at < len(noted) else None


def _outputs(trace: Trace, function: Function, node: str) -> list[TensorSpec]:
    told = trace.outputs
    if len(told) != len(function.output_names) or any(not tensor.dtype for tensor in told):
        return [
            TensorSpec(name, TensorRef(node, at), dtype_name(function.signature.output_arg[at].type), None, has_shape=False)
            for at, name in enumerate(function.output_names)
        ]
    return [
        TensorSpec(tensor.path, TensorRef(node, at), dtype_name(function.signature.output_arg[at].type), tensor.shape)
        for at, tensor in enumerate(told)
    ]


def _initialisers(graph: Graph, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        name for name in names if name in graph.nodes and (graph.nodes.op_of(name) != "NoOp" or graph.nodes[name].inputs)
    )


def _selected(interface: Interface, request: RewriteRequest) -> Interface:
    """Returns the interface with only the inputs and outputs that were named, under the keys that were given.

    Raises:
        RequestInvalidError: One that was named is no key of the function; or an input was left out.
    """
    (signature,) = interface.signatures
    chosen = {"input": signature.inputs, "output": signature.outputs}
    for kind, named in (("input", request.options.inputs), ("output", request.options.outputs)):
        if not named:
            continue
        known = {spec.key: spec for spec in chosen[kind]}
        unknown = next((one.tensor for one in named if one.tensor not in known), None)
        if unknown is not None:
            raise RequestInvalidError(
                f"The function has no {kind} {shown(unknown)}.", hint=f"Its {kind}s are: {listed(known)}.", existing=listed(known)
            )
        renamed = {one.tensor: one.key or one.tensor for one in named}
        kept = known if kind == "input" else renamed  # what a function takes must be fed
        chosen[kind] = by_key([replace(known[key], key=renamed.get(key, key)) for key in kept], kind)
    return replace(interface, signatures=(replace(signature, inputs=chosen["input"], outputs=chosen["output"]),))
