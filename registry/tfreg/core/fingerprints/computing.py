"""All fingerprints of an artifact."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from tfreg.core.digests import Digest, digest_of, from_hex
from tfreg.core.errors import CancelledError, TfregError
from tfreg.core.files import FileTree
from tfreg.core.fingerprints.frames import GaveUpError
from tfreg.core.fingerprints.graph_values import GraphValues
from tfreg.core.fingerprints.interface import interface_fingerprint
from tfreg.core.fingerprints.program import MAX_NODES, computed
from tfreg.core.fingerprints.restoring import restored_variables
from tfreg.core.fingerprints.weights import KnownDigests, TensorDigests, digested, stored_weights, weights_fingerprint
from tfreg.core.formats.format import Format
from tfreg.core.graphs.graph import Graph
from tfreg.core.inspections import Inspection, MetaGraph
from tfreg.core.records import Fingerprints
from tfreg.core.tensors import TensorRef, TensorSpec
from tfreg.core.values.lookup import Found
from tfreg.core.values.reading import Values

_SERVE = frozenset({"serve"})
_log = logging.getLogger(__name__)


def fingerprints_of(tree: FileTree, kind: Format, inspection: Inspection, digests: TensorDigests | None = None) -> Fingerprints:
    """Computes the fingerprints of an artifact; those that cannot be told are empty.

    Args:
        tree: Its files.
        kind: Its format.
        inspection: What it says about itself, declared signatures merged in if they shall count.
        digests: Knows the digests of its tensors; None: they are read.
    """
    if digests is not None:
        return _computed(tree, kind, inspection, KnownDigests(digests))
    with Values(tree, inspection.tensors) as values:
        return _computed(tree, kind, inspection, KnownDigests(_Read(values)))


@dataclass(frozen=True, slots=True)
class _Read:
    values: Values

    def of(self, found: Found) -> Digest:
        return self.values.digest(found)


def _computed(tree: FileTree, kind: Format, inspection: Inspection, digests: KnownDigests) -> Fingerprints:
    interface = interface_fingerprint(inspection)
    found = _of_graph(tree, kind, inspection, digests) if kind.has_graph else None
    if found is not None:
        return Fingerprints(*found, interface)
    stored = stored_weights(inspection) if inspection.format != "frozen_graph" else None  # which lists its large constants only
    weights = None if stored is None else digested(stored, digests)
    return Fingerprints(weights=weights_fingerprint(weights or ()), interface=interface)


def _of_graph(tree: FileTree, kind: Format, inspection: Inspection, digests: KnownDigests) -> tuple[str, str, str] | None:
    """Returns model, program and weights by the graph; None if it does not tell them."""
    chosen = _chosen(inspection.meta_graphs)
    if chosen is None:
        return None
    number, meta_graph = chosen
    try:
        with kind.graph(tree, number) as graph:
            if len(graph.nodes) > MAX_NODES:
                raise GaveUpError(f"the graph has more than {MAX_NODES} nodes")
            outputs = _outputs(graph, meta_graph)
            if not outputs:
                return None
            restored = restored_variables(graph, _restore_operation(meta_graph))
            values = GraphValues(inspection, restored, digests)
            found = computed(graph, outputs, values)
    except GaveUpError as error:
        _log.info("No program fingerprint of %s: %s.", tree.name, error)
        return None
    except CancelledError:
        raise
    except TfregError as error:
        _log.info("No program fingerprint of %s: %s", tree.name, error)
        return None
    weights = values.weights(found.leaves)
    return (
        _joined("model", found.model) if values.complete and found.is_closed else "",
        _joined("program", found.program),
        weights_fingerprint(weights or ()),
    )


def _chosen(meta_graphs: Sequence[MetaGraph]) -> tuple[int, MetaGraph] | None:
    """Returns the MetaGraphDef to look at: {serve}, else the first one with a callable signature, else the first one."""
    numbered = list(enumerate(meta_graphs))
    serving = [(number, one) for number, one in numbered if frozenset(one.tags) == _SERVE]
    callable_ones = [(number, one) for number, one in numbered if any(not signature.internal for signature in one.signatures)]
    return next(iter((*serving, *callable_ones, *numbered)), None)


def _outputs(graph: Graph, meta_graph: MetaGraph) -> list[TensorRef]:
    """Returns the outputs of all callable signatures; without any, those that look like outputs."""
    specs: Sequence[TensorSpec] = [
        tensor for signature in meta_graph.signatures if not signature.internal for tensor in signature.outputs
    ]
    if not specs:
        from tfreg.core.resolving.guesses import find_candidates

        specs = [spec for spec in find_candidates(graph, _fed_by_loader(meta_graph)).fetches if not _is_pivot(graph, spec)]
    plain = [part for spec in specs for part in (spec.components or (spec,))]
    return sorted({spec.ref for spec in plain if spec.ref is not None})


def _is_pivot(graph: Graph, spec: TensorSpec) -> bool:
    """True for the `switch_t` and `switch_f` of a tf.cond of control flow v1, which only say which branch was taken."""
    node = graph.nodes.get(spec.ref.operation) if spec.ref else None
    if node is None or node.op != "Identity" or not node.inputs:
        return False
    source = graph.nodes.get(node.inputs[0].partition(":")[0])
    return source is not None and source.op == "Switch" and len(set(source.inputs[:2])) == 1


def _fed_by_loader(meta_graph: MetaGraph) -> set[str]:
    filename = meta_graph.targets.restore_filename
    return {asset.ref.operation for asset in meta_graph.assets} | ({filename.operation} if filename else set())


def _restore_operation(meta_graph: MetaGraph) -> str:
    return meta_graph.targets.restore_operation or (meta_graph.saver.restore_operation if meta_graph.saver else "")


def _joined(kind: str, digests: Sequence[bytes]) -> str:
    lines = (f"tfreg {kind} 1", *(from_hex(digest.hex()) for digest in digests), "")
    return digest_of("\n".join(lines).encode())
