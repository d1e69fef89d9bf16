"""From the inputs and outputs that a caller names to tensors with keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from tfreg.core.conversions.options import NamedTensor
from tfreg.core.errors import RequestInvalidError
from tfreg.core.graphs.graph import Graph
from tfreg.core.graphs.outputs import spec_of
from tfreg.core.graphs.reachability import Reachability
from tfreg.core.inspections import Signature
from tfreg.core.resolving.feeds import feeds_of_graph, refs_of
from tfreg.core.resolving.fetches import choose_fetches
from tfreg.core.resolving.guess_rules import SOURCE_OPS
from tfreg.core.resolving.guesses import key_of
from tfreg.core.resolving.nearest import shown
from tfreg.core.signing.tensors import tensor_of
from tfreg.core.tensors import TensorRef, TensorSpec


def named_outputs(
    graph: Graph, reachability: Reachability, signature: Signature | None, named: Iterable[NamedTensor]
) -> tuple[TensorSpec, ...]:
    """Returns a tensor for each named output, sorted by key.

    Raises:
        OutputNotFoundError: One is neither a key of the signature nor a tensor.
        RequestInvalidError: Two have one key.
    """

    def is_live(name: str) -> bool:
        return reachability.needs_feed(TensorRef(name))

    specs = []
    for one in named:
        (spec,) = choose_fetches(graph, signature, (one.tensor,), is_live)
        specs.append(_keyed(spec, one.key))
    return by_key(specs, "output")


def named_inputs(graph: Graph, signature: Signature | None, named: Iterable[NamedTensor]) -> tuple[TensorSpec, ...]:
    """Returns a tensor for each named input, sorted by key; any tensor of the graph can be one.

    Raises:
        SignatureInvalidError: One is neither a key of the signature nor a tensor.
        RequestInvalidError: Two have one key.
    """
    known = signature.inputs if signature else ()
    by_name = {spec.key: spec for spec in reversed(known)}
    by_ref = {spec.ref: spec for spec in reversed(known)}
    specs = []
    for one in named:
        spec = by_name.get(one.tensor)
        if spec is None:
            found = tensor_of(graph, one.tensor)
            spec = by_ref.get(found.ref, found)
        specs.append(_keyed(spec, one.key))
    return by_key(specs, "input")


def placeholder_specs(graph: Graph, named: Iterable[NamedTensor]) -> dict[TensorRef, TensorSpec]:
    """Returns, for each tensor that a placeholder shall replace, the placeholder.

    Raises:
        SignatureInvalidError: The graph has no such tensor.
        RequestInvalidError: The placeholder's name is that of a node, or of another placeholder.
    """
    replaced: dict[TensorRef, TensorSpec] = {}
    for one in named:
        spec = tensor_of(graph, one.tensor)
        name = one.key or (spec.ref.operation if spec.ref else "")
        taken = name in graph.nodes and (spec.ref is None or name != spec.ref.operation)
        if taken or name in (other.key for other in replaced.values()):
            raise RequestInvalidError(
                f"The placeholder for {shown(one.tensor)} cannot be named {shown(name)}: that name is taken.",
                hint="Give another: --placeholder NAME=TENSOR.",
                name=name,
            )
        if spec.ref is not None:
            replaced[spec.ref] = replace(spec, key=name, ref=TensorRef(name))
    return replaced


def needed_inputs(
    graph: Graph, reachability: Reachability, wanted: tuple[TensorRef, ...], *, batches: bool
) -> tuple[TensorSpec, ...]:
    """Returns the placeholders that the wanted tensors need, each under its node's name; with `batches`, also what iterators give."""
    found = (feed.tensor for feed in feeds_of_graph(graph, reachability, wanted))
    return tuple(spec for spec in found if batches or (spec.ref and graph.nodes.op_of(spec.ref.operation) not in SOURCE_OPS))


def described_again(graph: Graph, spec: TensorSpec) -> TensorSpec:
    """Returns a signature's tensor with the dtype and shape of the graph where the signature says none."""
    if spec.ref is None or (spec.dtype and spec.has_shape):
        return spec
    found = spec_of(graph, spec.ref, spec.key)
    shaped = spec if spec.has_shape else found
    return replace(spec, dtype=spec.dtype or found.dtype, shape=shaped.shape, has_shape=shaped.has_shape)


def refs(specs: Iterable[TensorSpec]) -> tuple[TensorRef, ...]:
    """Returns the tensors of specs, components of composite ones included."""
    return tuple(ref for spec in specs for ref in refs_of(spec))


def by_key(specs: Iterable[TensorSpec], kind: str) -> tuple[TensorSpec, ...]:
    """Returns specs sorted by key.

    Raises:
        RequestInvalidError: Two have one key.
    """
    ordered = sorted(specs, key=lambda spec: spec.key.encode())
    for one, other in pairwise(ordered):
        if one.key == other.key:
            raise RequestInvalidError(
                f"Two {kind}s have the key {shown(one.key)}: {one.ref} and {other.ref}.",
                hint=f"Give one another key: --{kind}s KEY={other.ref}.",
                key=one.key,
            )
    return tuple(ordered)


def _keyed(spec: TensorSpec, key: str) -> TensorSpec:
    """Returns a tensor under the key that the caller gave, else its own, else its node's name."""
    return replace(spec, key=key or spec.key or (key_of(spec.ref) if spec.ref else ""))
