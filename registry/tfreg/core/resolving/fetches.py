"""Which tensors a caller means by the outputs that it names."""

from __future__ import annotations

from collections.abc import Callable

from tfreg.core.errors import OutputNotFoundError
from tfreg.core.graphs.graph import Graph
from tfreg.core.graphs.outputs import outputs_of, spec_of
from tfreg.core.inspections import Signature
from tfreg.core.resolving.guesses import guess_fetches, key_of
from tfreg.core.resolving.housekeeping import belongs_to_saver
from tfreg.core.resolving.nearest import MAX_SHOWN_CHARACTERS, did_you_mean, listed, nearest, repaired, shown
from tfreg.core.tensors import TensorRef, TensorSpec

NodeTest = Callable[[str], bool]


def choose_fetches(
    graph: Graph, signature: Signature | None, outputs: tuple[str, ...], is_live: NodeTest
) -> tuple[TensorSpec, ...]:
    """Returns a tensor for each of `outputs`, in this order and each once.

    Args:
        graph: Where tensors that are no keys are looked for.
        signature: Whose output keys count first; None if there is none.
        outputs: Keys, or tensors of the graph such as `fc3`, `fc3:0`, `block/relu:1`.
        is_live: Whether a node belongs to what the model computes; such ones are offered first for a wrong name.

    Raises:
        OutputNotFoundError: One of them is neither.
    """
    named = signature.outputs if signature else ()
    by_key = {spec.key: spec for spec in reversed(named)}
    by_ref = {spec.ref: spec for spec in reversed(named)}
    chosen: dict[tuple[str, TensorRef | None], TensorSpec] = {}
    for text in dict.fromkeys(outputs):
        spec = by_key.get(text)
        if spec is None:
            spec = _tensor(graph, signature, text, is_live)
            spec = by_ref.get(spec.ref, spec)
        chosen.setdefault((spec.key, spec.ref), spec)
    return tuple(chosen.values())


def _tensor(graph: Graph, signature: Signature | None, text: str, is_live: NodeTest) -> TensorSpec:
    try:
        ref = TensorRef.parse(text)
    except ValueError:
        raise _not_found(graph, signature, text, is_live) from None
    node = graph.nodes.get(ref.operation)
    if node is None or belongs_to_saver(node.name, node.op):
        raise _not_found(graph, signature, text, is_live)
    found = outputs_of(node, graph.functions)
    if found is not None and ref.index >= len(found):
        raise _wrong_index(ref, node.op, len(found))
    return spec_of(graph, ref, "" if signature else key_of(ref))


def _wrong_index(ref: TensorRef, op: str, count: int) -> OutputNotFoundError:
    existing = [f"{ref.operation}:{index}" for index in range(count)]
    has = f"has {count} output{'s' if count > 1 else ''}" if count else "has no outputs"
    return OutputNotFoundError(
        f"The operation {shown(ref.operation)} ({op}) {has}, so there is no {shown(str(ref))}.{did_you_mean(existing[-1:])}",
        hint=f"There are: {listed(existing)}." if existing else "It can be run as a target, not fetched.",
        output=str(ref)[:MAX_SHOWN_CHARACTERS],
        existing=listed(existing),
        nearest=listed(existing[-1:]),
    )


def _not_found(graph: Graph, signature: Signature | None, text: str, is_live: NodeTest) -> OutputNotFoundError:
    keys = [spec.key for spec in (signature.outputs if signature else guess_fetches(graph))]
    operation = text.rpartition(":")[0] or text
    hidden = operation in graph.nodes and belongs_to_saver(operation, graph.nodes.op_of(operation))
    reason = "belongs to saving and restoring, not to the model" if hidden else "does not exist"
    close = () if hidden else _meant(graph, keys, text, operation, is_live)
    existing = f"The outputs of {shown(signature.key)} are" if signature else "What look like outputs are"
    return OutputNotFoundError(
        f"The output {shown(text)} {reason}.{did_you_mean(close)}",
        hint=f"{existing}: {listed(keys)}. Any tensor of the graph will do too." if keys else "Name a tensor of the graph.",
        output=text[:MAX_SHOWN_CHARACTERS],
        existing=listed(keys),
        nearest=listed(close),
    )


def _meant(graph: Graph, keys: list[str], text: str, operation: str, is_live: NodeTest) -> tuple[str, ...]:
    def exists(name: str) -> bool:
        return name in keys or (name in graph.nodes and not belongs_to_saver(name, graph.nodes.op_of(name)))

    if found := repaired(text, exists, lambda name: name in keys or is_live(name)):
        index = text.removeprefix(operation)
        return (found,) if found in keys or index in ("", ":0") else (found + index,)
    return nearest(text, keys) or nearest(operation, graph.nodes.keys())
