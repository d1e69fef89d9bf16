"""Which tensors and operations of an artifact a user means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tfreg.core.errors import SignatureInvalidError
from tfreg.core.graphs.graph import Graph, Node
from tfreg.core.graphs.outputs import outputs_of, spec_of
from tfreg.core.resolving.nearest import MAX_SHOWN_CHARACTERS, did_you_mean, listed, nearest, repaired, shown
from tfreg.core.tensors import TensorRef, TensorSpec


def tensor_of(graph: Graph, text: str) -> TensorSpec:
    """Returns the tensor `x:0` or `x` of a graph, with its dtype and shape as far as the graph says them.

    Raises:
        SignatureInvalidError: The graph has no such tensor.
    """
    try:
        ref = TensorRef.parse(text)
    except ValueError:
        raise _invalid(f"{shown(text)} is not the name of a tensor.", "Write operation:index, such as x:0.", text) from None
    node = graph.nodes.get(ref.operation)
    if node is None:
        index = f":{ref.index}" if ref.index or text.endswith(":0") else ""
        raise _unknown(graph, "tensor", text, ref.operation, index)
    _check_index(node, ref, graph)
    return spec_of(graph, ref)


def operation_of(graph: Graph, text: str) -> str:
    """Returns an operation's name.

    Raises:
        SignatureInvalidError: The graph has no such operation.
    """
    if text not in graph.nodes:
        raise _unknown(graph, "operation", text, text.partition(":")[0] or text, "")
    return text


def subgraph_tensor(tensors: Sequence[TensorSpec], text: str, kind: str) -> TensorSpec:
    """Returns the input or output of a TFLite model that has this name or this tensor index.

    Raises:
        SignatureInvalidError: There is none, or several have the name.
    """
    named = [spec for spec in tensors if spec.ref is not None and text in (spec.ref.operation, str(spec.ref))]
    found = named or [spec for spec in tensors if text == str(spec.tensor_index)]
    if len(found) == 1:
        return replace(found[0], ref=None)  # as in its own signatures: its tensors are fed by number
    existing = [f"{spec.tensor_index} ({spec.ref.operation if spec.ref else '-'})" for spec in tensors]
    names = [spec.ref.operation for spec in tensors if spec.ref is not None]
    close = () if found else nearest(text, names)
    reason = f"Several {kind}s have the name {shown(text)}." if found else f"The model has no {kind} {shown(text)}."
    hint = f"Its {kind}s are: {listed(existing)}." if existing else f"It has no {kind}s."
    raise _invalid(reason + did_you_mean(close), hint, text, close)


def _check_index(node: Node, ref: TensorRef, graph: Graph) -> None:
    outputs = outputs_of(node, graph.functions)
    if outputs is None or ref.index < len(outputs):
        return
    last = f"{ref.operation}:{len(outputs) - 1}"
    hint = f"Its last one is {shown(last)}." if outputs else "It can be a target, which is run and not fetched."
    count = len(outputs)
    message = (
        f"The operation {shown(ref.operation)} ({node.op}) has {count} output{'' if count == 1 else 's'}, not {shown(str(ref))}."
    )
    raise _invalid(message, hint, str(ref), (last,) if outputs else ())


def _unknown(graph: Graph, kind: str, text: str, operation: str, index: str) -> SignatureInvalidError:
    fixed = repaired(operation, graph.nodes.__contains__)
    close = tuple(name + index for name in ((fixed,) if fixed else nearest(operation, graph.nodes.keys())))
    if operation in graph.nodes:
        close = (operation,)
    message = f"The graph has no {kind} {shown(text)}.{did_you_mean(close)}"
    return _invalid(message, "`tfreg show --nodes` lists the names of the graph.", text, close)


def _invalid(message: str, hint: str, text: str, close: Sequence[str] = ()) -> SignatureInvalidError:
    return SignatureInvalidError(message, hint=hint, tensor=text[:MAX_SHOWN_CHARACTERS], nearest=listed(close))
